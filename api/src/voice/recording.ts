/** Streams a call's WAV from the recordings folder, whole or one byte range (RFC 9110 §14). Needs the key; is never cached by others. */
import { realpath, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { notFound, ProblemError } from "../problem.ts";
import type { Work } from "../work.ts";
import { findCallRow } from "./calls.ts";

/** Where the file really is, and only if that is inside the folder: the path comes from a report. */
export async function inside(folder: string, path: string): Promise<string | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(resolve(root, path));
    return file.startsWith(root + sep) && (await stat(file)).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

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

export async function findRecording(work: Work, callId: string, folder: string): Promise<string> {
  const row = await findCallRow(work, callId);
  const file =
    row?.recordingPath == null || row.recordingDoomedAt !== null ? undefined : await inside(folder, row.recordingPath);
  if (file === undefined) throw notFound("recording");
  return file;
}

export function serveRecording(file: string, callId: string, range: string | null): Response {
  const blob = Bun.file(file);
  const headers = new Headers({
    "accept-ranges": "bytes",
    "cache-control": "private, no-store",
    "content-type": "audio/wav",
    "content-disposition": `inline; filename="${callId}.wav"`,
  });
  const part = parseRange(range, blob.size);
  if (part === null) {
    throw new ProblemError(416, "range_not_satisfiable", `The recording has ${blob.size} bytes.`, {
      headers: { "content-range": `bytes */${blob.size}` },
    });
  }
  if (part === undefined) {
    headers.set("content-length", String(blob.size));
    return new Response(blob.stream(), { headers });
  }
  headers.set("content-range", `bytes ${part.first}-${part.last}/${blob.size}`);
  headers.set("content-length", String(part.last - part.first + 1));
  return new Response(blob.slice(part.first, part.last + 1).stream(), { status: 206, headers });
}
