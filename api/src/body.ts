/** Reads a JSON body: bounded while it streams in, so that a length that lies costs nothing. */
import { ProblemError } from "./problem.ts";

/** The largest report, an hour's call, measured 0.6 MB. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

function tooLarge(): ProblemError {
  return new ProblemError(413, "body_too_large", `The body may have at most ${BODY_LIMIT_BYTES} bytes.`);
}

/** Refuses what announces too much, before anything of it is read. */
export function checkLength(request: Request): void {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
}

async function readText(request: Request): Promise<string> {
  if (request.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT_BYTES) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** @returns undefined for no body. @throws ProblemError 400, 413 or 415 */
export async function readJson(request: Request): Promise<unknown> {
  let text: string;
  try {
    text = await readText(request);
  } catch (error) {
    if (error instanceof TypeError) throw new ProblemError(400, "malformed_json", "The body is not UTF-8.");
    throw error;
  }
  if (text === "") return undefined;
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw new ProblemError(415, "unsupported_media_type", "Send the body as `Content-Type: application/json`.");
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "not JSON";
    throw new ProblemError(400, "malformed_json", `The body is not JSON: ${reason}.`);
  }
}
