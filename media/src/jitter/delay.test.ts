import { describe, expect, test } from "bun:test";
import { Prng } from "../sim/prng.ts";
import { DelayEstimator } from "./delay.ts";

/** Feeds packets whose lateness in ms is given by `lateMs`; the constant is the unknown transit time. */
function feed(estimator: DelayEstimator, packets: number, lateMs: (n: number) => number, transitTicks = 123_456): void {
  for (let n = 0; n < packets; n++) estimator.update(transitTicks + lateMs(n) * 8, 0);
}

describe("DelayEstimator", () => {
  test("grows at once, and shrinks by at most 5 ms a second once the jitter is gone", () => {
    const estimator = new DelayEstimator();
    feed(estimator, 200, () => 0);
    feed(estimator, 10, () => 90);
    expect(estimator.targetMs).toBeWithin(100, 110);
    const peakMs = estimator.targetMs;
    feed(estimator, 300, () => 0);
    expect(estimator.targetMs).toBeWithin(peakMs - 31, peakMs - 15);
    feed(estimator, 2000, () => 0);
    expect(estimator.targetMs).toBe(20);
  });

  test("two outliers in a hundred do not move it, and bounds hold", () => {
    const estimator = new DelayEstimator();
    feed(estimator, 2000, (n) => (n % 60 === 59 ? 150 : 0));
    expect(estimator.targetMs).toBe(20);
    feed(estimator, 100, (n) => (n % 2 === 0 ? 0 : 195));
    expect(estimator.targetMs).toBe(200);
  });

  test("covers 98 % of an exponential jitter", () => {
    const random = new Prng(3);
    const estimator = new DelayEstimator();
    const late: number[] = [];
    feed(estimator, 3000, () => {
      late.push(random.exponential(15));
      return late.at(-1)!;
    });
    const p98 = late.sort((a, b) => a - b)[2940]!;
    expect(estimator.targetMs).toBeWithin(p98, p98 + 60);
  });

  test("follows a path that became longer within ten seconds", () => {
    const estimator = new DelayEstimator();
    feed(estimator, 500, () => 0);
    feed(estimator, 500, () => 70);
    expect(estimator.baselineTicks).toBe(123_456 + 70 * 8);
  });
});
