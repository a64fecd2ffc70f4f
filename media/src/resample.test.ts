import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { designResampler, Resampler, resample } from "./resample.ts";

const PAIRS = [
  [24000, 8000],
  [22050, 8000],
  [16000, 8000],
  [48000, 8000],
  [44100, 8000],
  [8000, 16000],
  [8000, 24000],
  [8000, 48000],
  [11025, 8000],
] as const;

const sine = (hz: number, rateHz: number, samples: number, amplitude = 16000) =>
  Int16Array.from({ length: samples }, (_, n) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * n) / rateHz)));

/** Amplitude of a sine of exactly `hz` in the middle of a signal, and the RMS of everything else there, by least squares. */
function fit(signal: Int16Array, hz: number, rateHz: number): { amplitude: number; restRms: number } {
  const from = Math.floor(signal.length / 4);
  const period = rateHz / 20;
  const count = Math.floor(signal.length / 2 / period) * period;
  let re = 0;
  let im = 0;
  for (let n = from; n < from + count; n++) {
    re += (2 / count) * signal[n]! * Math.sin((2 * Math.PI * hz * n) / rateHz);
    im += (2 / count) * signal[n]! * Math.cos((2 * Math.PI * hz * n) / rateHz);
  }
  let rest = 0;
  for (let n = from; n < from + count; n++) {
    const angle = (2 * Math.PI * hz * n) / rateHz;
    rest += (signal[n]! - re * Math.sin(angle) - im * Math.cos(angle)) ** 2;
  }
  return { amplitude: Math.hypot(re, im), restRms: Math.sqrt(rest / count) };
}

const db = (ratio: number) => 20 * Math.log10(ratio);

describe.each(PAIRS)("%d Hz to %d Hz", (fromHz, toHz) => {
  const filter = designResampler(fromHz, toHz);

  test("pass band to 3.4 kHz is flat within 0.5 dB, and clean", () => {
    for (let hz = 100; hz <= 3400; hz += 300) {
      const { amplitude, restRms } = fit(resample(sine(hz, fromHz, fromHz), filter), hz, toHz);
      expect(Math.abs(db(amplitude / 16000))).toBeLessThan(0.5);
      expect(db((restRms * Math.SQRT2) / 16000)).toBeLessThan(-60);
    }
  });

  test("nothing aliases: what does not fit the lower rate is 50 dB down", () => {
    for (let hz = 4050; hz < fromHz / 2; hz += 560) {
      const out = resample(sine(hz, fromHz, fromHz), filter);
      const middle = out.subarray(out.length / 4, (3 * out.length) / 4);
      const rms = Math.sqrt(middle.reduce((sum, x) => sum + x * x, 0) / middle.length);
      expect(db((rms * Math.SQRT2) / 16000)).toBeLessThan(-50);
    }
  });

  test("stays in time and has the right length", () => {
    const out = resample(sine(500, fromHz, fromHz), filter);
    const ideal = sine(500, toHz, toHz);
    expect(out.length).toBe(toHz);
    const middle = out.subarray(toHz / 4, (3 * toHz) / 4);
    expect(middle.reduce((most, x, n) => Math.max(most, Math.abs(x - ideal[n + toHz / 4]!)), 0)).toBeLessThan(16);
  });

  test("any cutting into pieces gives the same samples", () => {
    const signal = sine(700, fromHz, 3000);
    const whole = resample(signal, filter);
    expect(whole.length).toBe(Math.ceil((3000 * toHz) / fromHz));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1 }), (sizes) => {
        const resampler = new Resampler(filter);
        const out: number[] = [];
        let at = 0;
        for (const size of sizes) {
          out.push(...resampler.push(signal.subarray(at, at + size)));
          at = Math.min(signal.length, at + size);
        }
        out.push(...resampler.push(signal.subarray(at)), ...resampler.flush());
        expect(out).toEqual([...whole]);
      }),
      { numRuns: 20 },
    );
  });
});

test("full scale saturates, nothing in gives nothing out, nonsense is refused", () => {
  const filter = designResampler(24000, 8000);
  const square = Int16Array.from({ length: 2400 }, (_, n) => (n % 240 < 120 ? 32767 : -32768));
  const out = resample(square, filter);
  expect(Math.max(...out)).toBe(32767);
  expect(out.filter((x, n) => n % 80 === 20 && x < 30000)).toHaveLength(0);
  expect(resample(new Int16Array(0), filter).length).toBe(0);
  for (const [from, to] of [
    [0, 8000],
    [8000.5, 8000],
    [Number.NaN, 8000],
    [44101, 8000],
  ] as const) {
    expect(() => designResampler(from, to)).toThrow(RangeError);
  }
});
