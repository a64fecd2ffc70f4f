/** A sealed recording as the WAV it holds; each range is decrypted chunk by chunk. */
import {
  CHUNK_BYTES,
  HEAD_BYTES,
  Opener,
  type RecordingKey,
  SEALED_CHUNK_BYTES,
  SEALED_HEADER_BYTES,
  SealedError,
} from "../../contract/recordings/sealed.ts";
import { ProblemError } from "../../problem.ts";
import type { Stored } from "./store.ts";

/** @throws ProblemError 500 for a file that was changed, 503 without its key */
function problem(error: unknown): unknown {
  if (!(error instanceof SealedError)) return error;
  return new ProblemError(error.code === "recording_key_missing" ? 503 : 500, error.code, error.message);
}

/**
 * @param recordingId which the file is bound to: another recording in its place does not open
 * @throws ProblemError as its `slice` does
 */
export async function unseal(file: Stored, keys: readonly RecordingKey[], recordingId: string): Promise<Stored> {
  try {
    const header = await file.slice(0, Math.min(SEALED_HEADER_BYTES, file.bytes));
    const opener = new Opener(header, file.bytes, keys, recordingId);
    return {
      bytes: HEAD_BYTES + opener.bodyBytes,
      slice: (first, end) =>
        slice(file, opener, first, end).catch((error: unknown) => {
          throw problem(error);
        }),
    };
  } catch (error) {
    throw problem(error);
  }
}

async function slice(file: Stored, opener: Opener, first: number, end: number): Promise<Uint8Array> {
  const last = Math.min(end, HEAD_BYTES + opener.bodyBytes);
  if (first >= last) return new Uint8Array();
  const parts = [opener.head.subarray(first, Math.min(last, HEAD_BYTES))];
  const [from, to] = [Math.max(0, first - HEAD_BYTES), last - HEAD_BYTES];
  if (to > from) parts.push(await body(file, opener, from, to));
  return Buffer.concat(parts);
}

async function body(file: Stored, opener: Opener, from: number, to: number): Promise<Uint8Array> {
  const firstChunk = Math.floor(from / CHUNK_BYTES);
  const lastChunk = Math.floor((to - 1) / CHUNK_BYTES);
  const at = (chunk: number) => SEALED_HEADER_BYTES + chunk * SEALED_CHUNK_BYTES;
  const sealed = await file.slice(at(firstChunk), Math.min(at(lastChunk + 1), file.bytes));
  const chunks: Uint8Array[] = [];
  for (let chunk = firstChunk; chunk <= lastChunk; chunk++) {
    const begin = at(chunk) - at(firstChunk);
    chunks.push(opener.chunk(chunk, sealed.subarray(begin, begin + SEALED_CHUNK_BYTES)));
  }
  return Buffer.concat(chunks).subarray(from - firstChunk * CHUNK_BYTES, to - firstChunk * CHUNK_BYTES);
}
