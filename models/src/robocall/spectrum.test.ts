import { expect, test } from "bun:test";
import { Spectrum, toneShare, WINDOW_SAMPLES } from "./spectrum.ts";

const sine = (hz: number, amplitude = 1) =>
  Float32Array.from({ length: WINDOW_SAMPLES }, (_, n) => amplitude * Math.sin((2 * Math.PI * hz * n) / 8000));

test("agrees with the transform written out", () => {
  const window = Float32Array.from(
    { length: WINDOW_SAMPLES },
    (_, n) => Math.sin(n * n * 0.01) * 0.4 + Math.cos(n * 0.3),
  );
  const spectrum = new Spectrum();
  spectrum.analyse(window);
  for (const bin of [0, 1, 17, 64, 127, 128]) {
    let re = 0;
    let im = 0;
    for (let n = 0; n < WINDOW_SAMPLES; n++) {
      const x = window[n]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW_SAMPLES));
      re += x * Math.cos((2 * Math.PI * bin * n) / WINDOW_SAMPLES);
      im -= x * Math.sin((2 * Math.PI * bin * n) / WINDOW_SAMPLES);
    }
    expect(spectrum.power[bin]).toBeCloseTo((re * re + im * im) / 128 ** 2, 9);
  }
});

test("a sine's power lies within two bins of it", () => {
  const spectrum = new Spectrum();
  spectrum.analyse(sine(1100));
  expect(spectrum.peak).toBe(35);
  expect(spectrum.share(33, 37)).toBeGreaterThan(0.999);
});

test("Goertzel's share is 1 on the frequency, small off it, 0 for silence", () => {
  expect(toneShare(sine(1100, 0.01), 1100)).toBeCloseTo(1, 1);
  expect(toneShare(sine(1110), 1100)).toBeCloseTo(0.7, 1);
  expect(toneShare(sine(1300), 1100)).toBeLessThan(0.02);
  expect(toneShare(new Float32Array(WINDOW_SAMPLES), 1100)).toBe(0);
});
