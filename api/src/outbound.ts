/** One HTTP request to an address that a customer named: public addresses only, no redirects, bounded in time and size. Never throws. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { publicLookup, refuseTarget, type TargetPolicy } from "./webhooks/target.ts";

export interface Outbound {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  policy: TargetPolicy;
  timeoutMs: number;
  /** The rest of a longer answer is left unread. */
  maxBytes: number;
}

export interface OutboundResult {
  /** null when no answer came */
  status: number | null;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string | null;
  /** The answer was longer than `maxBytes`. */
  cut: boolean;
  error: string | null;
}

const failed = (error: string): OutboundResult => ({ status: null, headers: {}, body: null, cut: false, error });

export function sendOut(outbound: Outbound): Promise<OutboundResult> {
  const { method, headers, body, policy, timeoutMs, maxBytes } = outbound;
  return new Promise((resolve) => {
    const refusal = refuseTarget(outbound.url, policy);
    if (refusal !== undefined) return resolve(failed(refusal));
    const url = new URL(outbound.url);
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
      method,
      agent: false,
      headers: { connection: "close", ...length, ...headers },
      ...(policy.localDevelopment ? {} : { lookup: publicLookup }),
    });
    const finish = (result: OutboundResult) => {
      clearTimeout(timer);
      resolve(result);
      request.destroy();
    };
    const timer = setTimeout(() => finish(failed(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    request.on("error", (error) => finish(failed(describe(error))));
    request.on("response", (response) => readBody(response, maxBytes, finish));
    request.end(body);
  });
}

function describe(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? `${error.code}: ` : "";
  return `${code}${error.message}`.slice(0, 300);
}

/** Text that PostgreSQL takes: no NUL. */
function printable(bytes: Buffer): string {
  return bytes.toString("utf8").replaceAll("\0", "\ufffd");
}

function readBody(response: IncomingMessage, maxBytes: number, finish: (result: OutboundResult) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const done = () =>
    finish({
      status: response.statusCode ?? null,
      headers: response.headers,
      body: printable(Buffer.concat(chunks).subarray(0, maxBytes)),
      cut: size > maxBytes,
      error: null,
    });
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) done();
  });
  response.on("end", done);
  response.on("error", done);
}
