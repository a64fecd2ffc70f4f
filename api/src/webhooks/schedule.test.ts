import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseRetryAfterMs, RETRY_DELAYS_MS, retryDelayMs } from "./schedule.ts";

test("1s 4s 16s 1m 5m 30m 2h, then the dead letter", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7].map((attempts) => retryDelayMs(attempts, undefined, 0));
  expect(delays).toEqual([1_000, 4_000, 16_000, 60_000, 300_000, 1_800_000, 7_200_000]);
  expect(retryDelayMs(8, undefined, 0)).toBeUndefined();
  expect(retryDelayMs(8, 60_000, 0)).toBeUndefined();
});

test("never before the schedule, at most 10 % after it unless the endpoint asks for more, never beyond 2 h 12 min", () => {
  const attempts = fc.integer({ min: 1, max: 7 });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(attempts, random, fc.option(fc.nat(), { nil: undefined }), (tries, at, retryAfterMs) => {
      const base = RETRY_DELAYS_MS[tries - 1] ?? Number.NaN;
      const delay = retryDelayMs(tries, retryAfterMs, at) ?? Number.NaN;
      expect(delay).toBeGreaterThanOrEqual(base);
      expect(delay).toBeGreaterThanOrEqual(Math.min(retryAfterMs ?? 0, 7_200_000));
      expect(delay).toBeLessThanOrEqual(Math.max(Math.round(base * 1.1), Math.min(retryAfterMs ?? 0, 7_200_000)));
    }),
  );
});

test("Retry-After in seconds, as a date, as nonsense", () => {
  const now = Date.parse("2026-11-23T04:00:00Z");
  expect(parseRetryAfterMs("120", now)).toBe(120_000);
  expect(parseRetryAfterMs("Mon, 23 Nov 2026 04:00:30 GMT", now)).toBe(30_000);
  expect(parseRetryAfterMs("Mon, 23 Nov 2026 03:00:00 GMT", now)).toBe(0);
  expect(parseRetryAfterMs("soon", now)).toBeUndefined();
  expect(parseRetryAfterMs(undefined, now)).toBeUndefined();
});
