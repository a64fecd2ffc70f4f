/**
 * Asks a remote product. Nobody waits for ever on a telephone: three tries, 2.5 s each at most. Every mutation carries an `Idempotency-Key`, so
 * that a try whose answer was lost does not happen twice.
 */
import type { Principal } from "../auth.ts";
import { BODY_LIMIT_BYTES } from "../body.ts";
import { type OutboundResult, sendOut } from "../outbound.ts";
import { ProblemError } from "../problem.ts";
import type { Product, Remote } from "./remotes.ts";

/** Keeps two instances that point at each other from passing a request round for ever. */
export const FORWARDED = "sk-forwarded";

const TRIES = 3;
const TIMEOUT_MS = 2500;
const PAUSE_MS = [100, 400];

export interface Question {
  method: string;
  /** With its query. */
  path: string;
  body: unknown;
  /** Needed for everything but GET. */
  idempotencyKey: string | undefined;
  requestId: string;
}

export interface RemoteAnswer {
  status: number;
  contentType: string | null;
  body: string;
  retryAfter: string | undefined;
}

/** Their trouble, or the way's: worth another try. */
const passing = ({ status }: OutboundResult) => status === null || status === 502 || status === 503 || status === 504;

function headerOf(answer: OutboundResult, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === "string" ? value : undefined;
}

function unreachable(product: Product, answer: OutboundResult): ProblemError {
  const reason = answer.error ?? `it answered ${answer.status}`;
  const detail = `The remote ${product} cannot be asked now (${reason}); repeat the request with the same Idempotency-Key.`;
  return new ProblemError(503, "remote_unavailable", detail, { headers: { "retry-after": "2" } });
}

function refused(product: Product, answer: OutboundResult): ProblemError {
  const detail = `The remote ${product} refused our key (${answer.status}); set one that works: PUT /voice/v1/suite/${product}.`;
  return new ProblemError(502, "remote_refused", detail);
}

/** @throws ProblemError 502, 503 */
export async function askRemote(remote: Remote, who: Principal, question: Question): Promise<RemoteAnswer> {
  const { method, path, body, idempotencyKey, requestId } = question;
  const outbound = {
    url: remote.baseUrl + path,
    method,
    headers: {
      authorization: `Bearer ${remote.key}`,
      accept: "application/json",
      "user-agent": "SK-Voice/1",
      [FORWARDED]: requestId,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    policy: who,
    timeoutMs: TIMEOUT_MS,
    maxBytes: BODY_LIMIT_BYTES,
  };
  let answer = await sendOut(outbound);
  for (let tries = 1; tries < TRIES && passing(answer); tries++) {
    await Bun.sleep(PAUSE_MS[tries - 1] ?? 0);
    answer = await sendOut(outbound);
  }
  if (answer.status === null || answer.cut || passing(answer)) throw unreachable(remote.product, answer);
  if (answer.status === 401 || answer.status === 403) throw refused(remote.product, answer);
  return {
    status: answer.status,
    contentType: headerOf(answer, "content-type") ?? null,
    body: answer.body ?? "",
    retryAfter: headerOf(answer, "retry-after"),
  };
}
