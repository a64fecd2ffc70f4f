/** When a failed delivery is tried again: the platform's schedule, then the dead letter. */

/** Delay before try 2, 3, … 8; the first try is at once. 2 h 36 min 21 s in all. */
export const RETRY_DELAYS_MS = [1_000, 4_000, 16_000, 60_000, 300_000, 1_800_000, 7_200_000] as const;

const JITTER = 0.1;
const MAX_RETRY_AFTER_MS = 7_200_000;

/**
 * @param attempts tries made so far, the failed one included
 * @param retryAfterMs what the endpoint asked for; honoured when longer than the schedule, up to 2 h
 * @param random 0 ≤ random < 1: up to 10 % is added so that endpoints coming back are not hit by all at once
 * @returns milliseconds from now, or undefined: dead letter
 */
export function retryDelayMs(attempts: number, retryAfterMs: number | undefined, random: number): number | undefined {
  const base = RETRY_DELAYS_MS[attempts - 1];
  if (base === undefined) return undefined;
  return Math.max(Math.round(base * (1 + JITTER * random)), Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}

/** `Retry-After` of RFC 9110 §10.2.3: seconds or an HTTP date. */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim()) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
