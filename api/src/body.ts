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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "not JSON";
    throw new ProblemError(400, "malformed_json", `The body is not JSON: ${reason}.`);
  }
}

const MAX_DEPTH = 64;

interface Node {
  value: unknown;
  key: string;
  parent: Node | undefined;
  depth: number;
}

function pointerTo(node: Node): string {
  const steps: string[] = [];
  for (let at: Node | undefined = node; at?.parent !== undefined; at = at.parent) {
    steps.unshift(at.key.replaceAll("~", "~0").replaceAll("/", "~1"));
  }
  return steps.map((step) => `/${step}`).join("");
}

function unfit(node: Node, message: string): ProblemError {
  const pointer = pointerTo(node);
  return new ProblemError(422, "validation_failed", `body${pointer}: ${message}`, {
    errors: [{ location: "body", pointer, message }],
  });
}

/** What JSON allows and PostgreSQL does not: NUL, half a surrogate pair. And nesting that recursive code would fall over. */
function requireStorable(body: unknown): void {
  const stack: Node[] = [{ value: body, key: "", parent: undefined, depth: 0 }];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const { value, key, depth } = node;
    for (const text of typeof value === "string" ? [key, value] : [key]) {
      if (text.includes("\0") || !text.isWellFormed())
        throw unfit(node, "text may not contain NUL or half a surrogate pair");
    }
    if (value === null || typeof value !== "object") continue;
    if (depth === MAX_DEPTH) throw unfit(node, `nested deeper than ${MAX_DEPTH} levels`);
    for (const [name, member] of Object.entries(value))
      stack.push({ value: member, key: name, parent: node, depth: depth + 1 });
  }
}

/** @returns undefined for no body. @throws ProblemError 400, 413, 415 or 422 */
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
  const body = parse(text);
  requireStorable(body);
  return body;
}
