/** One HTTP attempt: 15 s in all, no redirects, at most 4 kB of the answer kept. Never throws; what went wrong is in the result. */
import { sendOut } from "../outbound.ts";
import type { TargetPolicy } from "./target.ts";

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

export const sendOverHttp: Send = async ({ url, headers, body, policy }) => {
  const { status, error, ...answer } = await sendOut({
    url,
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "SK-Voice-Webhooks/1", ...headers },
    body,
    policy,
    timeoutMs: ATTEMPT_TIMEOUT_MS,
    maxBytes: RESPONSE_HEAD_BYTES,
  });
  const retryAfter = answer.headers["retry-after"];
  return { status, error, head: answer.body, retryAfter: typeof retryAfter === "string" ? retryAfter : undefined };
};
