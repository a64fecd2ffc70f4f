/** Streams a call's WAV, whole or one byte range (RFC 9110 §14), from wherever it lies. Needs the key; is never cached by others. */
import { notFound, ProblemError } from "../problem.ts";
import type { Work } from "../work.ts";
import { findCallRow } from "./calls.ts";
import { unseal } from "./storage/sealed.ts";
import type { Recordings, Stored } from "./storage/store.ts";

/** Read and decrypted at a time. */
const PIECE_BYTES = 1 << 20;

/** @returns first and last byte, `undefined` for the whole file, `null` when no byte of it is asked for */
export function parseRange(header: string | null, size: number): { first: number; last: number } | undefined | null {
  const match = header === null ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [, from = "", to = ""] = match;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  return first > last || first >= size ? null : { first, last };
}

export interface Found {
  readonly callId: string;
  readonly path: string;
  readonly recordingId: string;
  /** Of the key that encrypts it. */
  readonly keyId: string | null;
}

/** @throws ProblemError 404 */
export async function findRecording(work: Work, callId: string): Promise<Found> {
  const row = await findCallRow(work, callId);
  if (row?.recordingPath == null || row.recordingId === null || row.recordingDoomedAt !== null)
    throw notFound("recording");
  return { callId, path: row.recordingPath, recordingId: row.recordingId, keyId: row.recordingKeyId };
}

/**
 * Outside a transaction: the storage may be slow. A recording that was told of as encrypted is served as nothing else: a plain file in its place
 * does not open.
 * @throws ProblemError 404 when there is no such file, 500 when it was changed, 503 without its key or without the storage
 */
export async function openRecording({ store, keys }: Recordings, found: Found): Promise<Stored> {
  const file = await store.open(found.path);
  if (file === undefined) throw notFound("recording");
  return found.keyId === null ? file : unseal(file, keys, found.recordingId);
}

export async function serveRecording(file: Stored, callId: string, range: string | null): Promise<Response> {
  const headers = new Headers({
    "accept-ranges": "bytes",
    "cache-control": "private, no-store",
    "content-type": "audio/wav",
    "content-disposition": `inline; filename="${callId}.wav"`,
  });
  const part = parseRange(range, file.bytes);
  if (part === null) {
    throw new ProblemError(416, "range_not_satisfiable", `The recording has ${file.bytes} bytes.`, {
      headers: { "content-range": `bytes */${file.bytes}` },
    });
  }
  const { first, last } = part ?? { first: 0, last: file.bytes - 1 };
  headers.set("content-length", String(last - first + 1));
  if (part !== undefined) headers.set("content-range", `bytes ${first}-${last}/${file.bytes}`);
  return new Response(await stream(file, first, last + 1), { status: part === undefined ? 200 : 206, headers });
}

/** The first piece is read before the answer begins, so that what is wrong with the file is an answer; later the connection breaks. */
async function stream(file: Stored, first: number, end: number): Promise<ReadableStream<Uint8Array>> {
  let at = first;
  const next = async () => {
    const until = Math.min(end, at + PIECE_BYTES);
    const bytes = await file.slice(at, until);
    if (bytes.length !== until - at) throw new Error("the recording became shorter while it was read");
    at = until;
    return bytes;
  };
  let begun: Uint8Array | undefined = await next();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (begun === undefined && at >= end) return controller.close();
      controller.enqueue(begun ?? (await next()));
      begun = undefined;
    },
  });
}
