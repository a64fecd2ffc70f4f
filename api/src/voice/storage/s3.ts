/** Recordings as objects of an S3-compatible storage. */
import { codeOf, explainS3, isThere, s3Options } from "../../contract/recordings/s3.ts";
import type { S3Settings } from "../../contract/recordings/settings.ts";
import { ProblemError } from "../../problem.ts";
import type { RecordingStore } from "./store.ts";

/** The path comes from a report. */
const PLAIN_PATH = /^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))[\w./@+=-]{1,500}$/;

export function s3Store(settings: S3Settings): RecordingStore {
  const client = new Bun.S3Client(s3Options(settings));
  const fileOf = (path: string) => client.file(settings.prefix + path);
  const ask = async <T>(what: Promise<T>): Promise<T> => {
    try {
      return await what;
    } catch (error) {
      throw new ProblemError(503, "recording_storage_unavailable", explainS3(error, settings), {
        extra: { storage_code: codeOf(error) },
      });
    }
  };
  const { publicEndpoint } = settings;
  const outside =
    publicEndpoint === undefined ? undefined : new Bun.S3Client(s3Options({ ...settings, endpoint: publicEndpoint }));
  return {
    async open(path) {
      if (!PLAIN_PATH.test(path)) return undefined;
      const file = fileOf(path);
      if (!(await ask(isThere(file)))) return undefined;
      const { size } = await ask(file.stat());
      const link = (seconds: number) => outside?.presign(settings.prefix + path, { expiresIn: seconds });
      return { bytes: size, slice: (first, end) => ask(file.slice(first, end).bytes()), link };
    },
    async remove(path) {
      if (!PLAIN_PATH.test(path)) return true;
      const file = fileOf(path);
      const wasThere = await ask(isThere(file));
      await ask(file.delete());
      return wasThere;
    },
  };
}
