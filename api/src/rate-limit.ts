/**
 * Token buckets, one per key and one per address, in this process: with n api processes a key gets n times the rate.
 * Buckets that are full again are forgotten; over `MAX_BUCKETS` all are, which forgives and never refuses anybody wrongly.
 */
import type { Clock } from "./clock.ts";
import { ProblemError } from "./problem.ts";

/** `perSecond` 0: no limit. */
export interface Rate {
  perSecond: number;
  burst: number;
}

export interface RateLimiter {
  /** Takes one token. @returns the headers that tell how many are left. @throws ProblemError 429 */
  take(bucket: string): Record<string, string>;
  /** Gives one back. */
  give(bucket: string): void;
}

const MAX_BUCKETS = 100_000;

export function createRateLimiter({ perSecond, burst }: Rate, clock: Clock): RateLimiter {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    give(name) {
      const bucket = buckets.get(name);
      if (bucket !== undefined) bucket.tokens = Math.min(burst, bucket.tokens + 1);
    },
    take(name) {
      if (perSecond === 0) return {};
      const nowMs = clock.now();
      if (buckets.size > MAX_BUCKETS) buckets.clear();
      const bucket = buckets.get(name) ?? { tokens: burst, atMs: nowMs };
      const tokens = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond);
      const taken = tokens >= 1;
      buckets.set(name, { tokens: taken ? tokens - 1 : tokens, atMs: nowMs });
      const left = taken ? tokens - 1 : tokens;
      const headers = {
        "ratelimit-limit": String(burst),
        "ratelimit-remaining": String(Math.floor(left)),
        "ratelimit-reset": String(Math.ceil((burst - left) / perSecond)),
      };
      if (taken) return headers;
      const waitSeconds = Math.max(1, Math.ceil((1 - tokens) / perSecond));
      throw new ProblemError(429, "rate_limited", `More than ${perSecond} requests a second; wait ${waitSeconds} s.`, {
        headers: { ...headers, "retry-after": String(waitSeconds) },
      });
    },
  };
}
