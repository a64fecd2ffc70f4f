import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { convertRate, RateConverter } from "./rate.ts";

const tone = (hz: number, rateHz: number) =>
  Int16Array.from({ length: rateHz }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rateHz)));
const level = (samples: Int16Array) =>
  Math.sqrt(samples.slice(800, -800).reduce((sum, value) => sum + value * value, 0) / (samples.length - 1600));

describe.each([16_000, 22_050, 24_000, 48_000])("%d Hz to 8 kHz", (rateHz) => {
  test("a tone the telephone carries stays the same tone, in place", () => {
    for (const hz of [300, 1000, 3000]) {
      const out = convertRate(tone(hz, rateHz), rateHz, 8000);
      expect(Math.abs(out.length - 8000)).toBeLessThanOrEqual(1);
      const expected = tone(hz, 8000);
      let worst = 0;
      for (let i = 800; i < 7200; i++) worst = Math.max(worst, Math.abs(out[i]! - expected[i]!));
      expect(worst).toBeLessThan(200);
    }
  });

  test("what the telephone cannot carry does not fold back", () => {
    expect(level(convertRate(tone(5000, rateHz), rateHz, 8000))).toBeLessThan(15);
  });
});

test("chunks give exactly what the whole gives", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 20 }), (sizes) => {
      const total = sizes.reduce((a, b) => a + b, 0);
      const samples = tone(700, 24_000).subarray(0, total);
      const converter = new RateConverter(24_000, 8000);
      const parts: number[] = [];
      let at = 0;
      for (const size of sizes) {
        parts.push(...converter.push(samples.subarray(at, at + size)));
        at += size;
      }
      parts.push(...converter.flush());
      expect(Int16Array.from(parts)).toEqual(convertRate(samples, 24_000, 8000));
    }),
  );
});
