import { expect, test } from "bun:test";
import { mosOf, rFactor } from "./quality.ts";

test("a perfect call is what G.107 says it is, and each impairment alone lowers it", () => {
  expect(mosOf(rFactor(0, 0))).toBeCloseTo(4.41, 2);
  for (const [loss, delayMs, atMost, atLeast] of [
    [0.01, 50, 4.4, 4.2],
    [0.05, 50, 4.1, 3.7],
    [0.2, 50, 2.9, 2.3],
    [0, 400, 3.7, 3.0],
    [1, 0, 1.4, 1],
  ] as const) {
    expect(mosOf(rFactor(loss, delayMs))).toBeWithin(atLeast, atMost);
  }
});

test("falls with loss and with delay, and stays on its scale for any input", () => {
  let before = 5;
  for (let loss = 0; loss <= 1.2; loss += 0.01) {
    const mos = mosOf(rFactor(loss, 100));
    expect(mos).toBeLessThanOrEqual(before);
    before = mos;
  }
  expect(mosOf(rFactor(2, 10_000))).toBe(1);
  expect(mosOf(-5)).toBe(1);
});
