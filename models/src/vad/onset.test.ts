import { expect, test } from "bun:test";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { OnsetDetector } from "./onset.ts";

const random = new Prng(1);
const noise = (amplitude: number) => Int16Array.from({ length: 160 }, () => amplitude * random.gaussian());
const onsets = (detector: OnsetDetector, frames: readonly Int16Array[]) =>
  frames.flatMap((frame, index) => (detector.push(frame, false) ? [index] : []));
const times = (count: number, amplitude: number) => Array.from({ length: count }, () => noise(amplitude));

test("a sound out of silence is noticed in its first 20 ms, once", () => {
  expect(onsets(new OnsetDetector(), [...times(10, 5), ...times(10, 800), ...times(10, 5)])).toEqual([10]);
});

test("steady noise becomes background, and a voice over it is still noticed", () => {
  const detector = new OnsetDetector();
  expect(onsets(detector, times(100, 600)).length).toBe(1);
  expect(onsets(detector, [...times(20, 600), noise(6000)])).toEqual([20]);
});

test("her own voice coming back weaker is noticed once and then known; a caller as loud as she is stands out", () => {
  const detector = new OnsetDetector();
  const echoes: number[] = [];
  for (let word = 0; word < 10; word++) {
    for (let frame = 0; frame < 30; frame++) {
      const speaks = frame < 10;
      detector.sent(noise(speaks ? 4000 : 0));
      if (detector.push(noise(speaks ? 800 : 0), false)) echoes.push(word);
    }
  }
  expect(echoes).toEqual([0]);
  detector.sent(noise(4000));
  expect(detector.push(noise(4000), false)).toBe(true);
});
