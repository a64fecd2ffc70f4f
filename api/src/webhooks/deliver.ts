/** One HTTP attempt: 15 s in all, no redirects, at most 4 kB of the answer kept. Never throws; what went wrong is in the result. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { publicLookup, refuseTarget, type TargetPolicy } from "./target.ts";

export const ATTEMPT_TIMEOUT_MS = 15_000;
export const RESPONSE_HEAD_BYTES = 4096;

export interface Attempt {
  url: string;
  headers: Record<string, string>;
  body: string;
  policy: TargetPolicy;
}

export interface AttemptResult {
  /** null when no answer came */
  status: number | null;
  retryAfter: string | undefined;
  head: string | null;
  error: string | null;
}

export type Send = (attempt: Attempt) => Promise<AttemptResult>;

const failed = (error: string): AttemptResult => ({ status: null, retryAfter: undefined, head: null, error });

export const sendOverHttp: Send = (attempt) =>
  new Promise((resolve) => {
    const refusal = refuseTarget(attempt.url, attempt.policy);
    if (refusal !== undefined) return resolve(failed(refusal));
    const url = new URL(attempt.url);
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
      method: "POST",
      agent: false,
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(attempt.body),
        "user-agent": "SK-Voice-Webhooks/1",
        connection: "close",
        ...attempt.headers,
      },
      ...(attempt.policy.localDevelopment ? {} : { lookup: publicLookup }),
    });
    const finish = (result: AttemptResult) => {
      clearTimeout(timer);
      resolve(result);
      request.destroy();
    };
    const timer = setTimeout(
      () => finish(failed(`no answer within ${ATTEMPT_TIMEOUT_MS / 1000} s`)),
      ATTEMPT_TIMEOUT_MS,
    );
    request.on("error", (error) => finish(failed(describe(error))));
    request.on("response", (response) => readHead(response, finish));
    request.end(attempt.body);
  });

function describe(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? `${error.code}: ` : "";
  return `${code}${error.message}`.slice(0, 300);
}

/** Text that PostgreSQL takes: no NUL. */
function printable(bytes: Buffer): string {
  return bytes.toString("utf8").replaceAll("\0", "\ufffd");
}

function readHead(response: IncomingMessage, finish: (result: AttemptResult) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const done = () =>
    finish({
      status: response.statusCode ?? null,
      retryAfter: response.headers["retry-after"],
      head: printable(Buffer.concat(chunks).subarray(0, RESPONSE_HEAD_BYTES)),
      error: null,
    });
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= RESPONSE_HEAD_BYTES) done();
  });
  response.on("end", done);
  response.on("error", done);
}
