import { expect, test } from "bun:test";
import fc from "fast-check";
import { WindowBuffer } from "./window.ts";

test("8 packets of 160 samples make 5 windows of 256, samples in order", () => {
  const buffer = new WindowBuffer(256);
  const seen: number[] = [];
  let next = 0;
  for (let packet = 0; packet < 8; packet++) {
    const samples = Int16Array.from({ length: 160 }, () => next++);
    buffer.push(samples, (window) => {
      for (const value of window) seen.push(value * 32768);
    });
  }
  expect(seen).toEqual(Array.from({ length: 1280 }, (_, i) => i));
  expect(buffer.pendingSamples).toBe(0);
});

test("any packet sizes: nothing lost, and samplesAfter places each window's end", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 40 }), (sizes) => {
      const buffer = new WindowBuffer(256);
      let pushed = 0;
      let windows = 0;
      for (const size of sizes) {
        pushed += size;
        buffer.push(new Int16Array(size), (_, samplesAfter) => {
          windows++;
          expect(pushed - samplesAfter).toBe(windows * 256);
        });
      }
      expect(windows * 256 + buffer.pendingSamples).toBe(pushed);
    }),
  );
});
