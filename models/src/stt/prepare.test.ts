import { expect, test } from "bun:test";
import { prepareAudio } from "./prepare.ts";

const tone = (hz: number, amplitude: number) =>
  Int16Array.from({ length: 8000 }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / 8000)));

test("100 ms of silence before, 200 ms after, loudest sample at 0.9", () => {
  const out = prepareAudio(tone(440, 3000));
  expect(out.length).toBe(1600 + 16_000 + 3200);
  expect(out.subarray(0, 1600).every((value) => value === 0)).toBe(true);
  expect(out.subarray(out.length - 3200).every((value) => value === 0)).toBe(true);
  expect(Math.max(...out.map(Math.abs))).toBeCloseTo(0.9, 5);
});

test.each([300, 1000, 2000, 3000, 3400])("a tone of %d Hz comes out as the same tone at 16 kHz", (hz) => {
  const out = prepareAudio(tone(hz, 8000));
  let worst = 0;
  let scale = 0;
  for (let i = 4000; i < 12_000; i++) scale = Math.max(scale, Math.abs(out[1600 + i]!));
  for (let i = 4000; i < 12_000; i++) {
    worst = Math.max(worst, Math.abs(out[1600 + i]! - scale * Math.sin((2 * Math.PI * hz * i) / 16_000)));
  }
  expect(worst).toBeLessThan(hz < 3200 ? 0.02 : 0.06);
});

test("near-silence stays near-silent, nothing becomes half a second of zeros", () => {
  expect(Math.max(...prepareAudio(tone(440, 20)))).toBeLessThan(0.001);
  expect(prepareAudio(new Int16Array(0))).toEqual(new Float32Array(8000));
});
