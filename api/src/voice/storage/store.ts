/** Where recordings are: on the disk, or in an object storage behind it. */
import type { RecordingKey } from "../../contract/recordings/sealed.ts";
import type { RecordingStorage, S3Settings } from "../../contract/recordings/settings.ts";
import { diskStore } from "./disk.ts";
import { s3Store } from "./s3.ts";

/** Bytes that lie somewhere. */
export interface Stored {
  readonly bytes: number;
  /** @param end exclusive */
  slice(first: number, end: number): Promise<Uint8Array>;
  /** An address that works for so long without us. */
  link?(seconds: number): string | undefined;
}

export interface RecordingStore {
  /** @throws ProblemError 503 when the storage does not answer */
  open(path: string): Promise<Stored | undefined>;
  /**
   * @returns whether that is certain: `false` when nothing was there but may still come, from an engine that has not sent it yet
   * @throws ProblemError 503
   */
  remove(path: string): Promise<boolean>;
}

export interface Recordings {
  readonly store: RecordingStore;
  readonly keys: readonly RecordingKey[];
}

export function openRecordings(folder: string, { keys, s3 }: RecordingStorage): Recordings {
  const disk = diskStore(folder);
  return { keys, store: s3 === undefined ? disk : moving(disk, s3) };
}

/** First where the engine writes, then where it moves them. */
function moving(disk: RecordingStore, s3: S3Settings): RecordingStore {
  const objects = s3Store(s3);
  return {
    open: async (path) => (await objects.open(path)) ?? disk.open(path),
    async remove(path) {
      // The disk first: an engine then finds nothing to send.
      const here = (await disk.open(path)) !== undefined;
      await disk.remove(path);
      return (await objects.remove(path)) || here;
    },
  };
}
