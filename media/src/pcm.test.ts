import { expect, test } from "bun:test";
import { applyGain, dbToGain, fade, floatToPcm, mixInto, pcmToFloat, peakDbfs, rmsDbfs, SILENCE_DBFS } from "./pcm.ts";
import { tone } from "./tones.ts";

test("levels: a sine, a square, silence", () => {
  expect(rmsDbfs(tone([400], 100, 0))).toBeCloseTo(-3.01, 2);
  expect(peakDbfs(tone([400], 100, -6))).toBeCloseTo(-6, 1);
  expect(rmsDbfs(new Int16Array(160).fill(-32768))).toBeCloseTo(0, 9);
  expect([rmsDbfs(new Int16Array(160)), peakDbfs(new Int16Array(0))]).toEqual([SILENCE_DBFS, SILENCE_DBFS]);
});

test("gain, mix and fade saturate instead of wrapping", () => {
  const loud = Int16Array.of(30000, -30000, 100);
  applyGain(loud, dbToGain(20));
  expect([...loud]).toEqual([32767, -32768, 1000]);
  const mixed = Int16Array.of(30000, -30000, 5);
  mixInto(mixed, Int16Array.of(30000, -30000));
  expect([...mixed]).toEqual([32767, -32768, 5]);
  const ramp = new Int16Array(4).fill(1000);
  fade(ramp, 1, 0);
  expect([...ramp]).toEqual([1000, 750, 500, 250]);
});

test("floats go there and back, and nonsense becomes a number", () => {
  const pcm = Int16Array.of(-32768, -1, 0, 1, 32767);
  const floats = new Float32Array(5);
  expect(pcmToFloat(pcm, floats)).toBe(5);
  const back = new Int16Array(5);
  floatToPcm(floats, back);
  expect(back).toEqual(pcm);
  floatToPcm(Float32Array.of(2, -2, Number.NaN, Number.POSITIVE_INFINITY), back);
  expect([...back.subarray(0, 4)]).toEqual([32767, -32768, 0, 32767]);
});
