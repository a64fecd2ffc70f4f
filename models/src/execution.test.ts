import { expect, test } from "bun:test";
import { bestBatch, fastestVad } from "./execution.ts";

const at = (perRun: Record<number, number>) =>
  Object.entries(perRun).map(([batch, runMs]) => ({ batch: Number(batch), runMs }));

test("a batch is as large as it saves and no larger", () => {
  expect(bestBatch(at({ 8: 0.296, 16: 0.272, 32: 0.352, 64: 0.66, 128: 1.3 })).batch).toBe(32);
  expect(bestBatch(at({ 8: 0.3, 16: 0.3, 32: 0.31, 64: 0.31, 128: 0.33 })).batch).toBe(128);
});

test("a machine too slow for any batch takes the smallest", () => {
  expect(bestBatch(at({ 16: 5, 8: 3, 32: 9 })).batch).toBe(8);
  expect(() => bestBatch([])).toThrow("no batch was measured");
});

test("the voice detector runs where a window costs least", () => {
  const cpu = at({ 8: 0.296, 16: 0.272, 32: 0.352 });
  expect(fastestVad(cpu, undefined)).toBe("cpu");
  expect(fastestVad(cpu, at({ 8: 0.9, 32: 0.95 }))).toBe("cpu");
  expect(fastestVad(cpu, at({ 8: 0.3, 128: 0.34 }))).toBe("cuda");
});
