import { expect, test } from "bun:test";
import { OnsetTrimmer, trimSilence, voicedSpans } from "./trim.ts";

function audio(...parts: [ms: number, amplitude: number][]): Int16Array {
  return Int16Array.from(parts.flatMap(([ms, amplitude]) => Array.from({ length: ms * 8 }, () => amplitude)));
}

test("silence around the voice shrinks to 20 ms before and 60 ms after", () => {
  expect(trimSilence(audio([160, 0], [500, 3000], [250, 40])).length).toBe((20 + 500 + 60) * 8);
  expect(trimSilence(audio([5, 0], [500, 3000])).length).toBe(505 * 8);
  expect(trimSilence(audio([300, 10])).length).toBe(0);
  expect(trimSilence(new Int16Array(0)).length).toBe(0);
});

test("pauses separate, the closure of a consonant does not", () => {
  expect(voicedSpans(audio([20, 0], [200, 3000], [50, 0], [100, 3000], [200, 0], [80, 3000]), 1000)).toEqual([
    { startMs: 1020, endMs: 1370 },
    { startMs: 1570, endMs: 1650 },
  ]);
});

test.each([1, 7, 160, 3000])("a stream in pieces of %d samples begins 20 ms before the voice", (size) => {
  const stream = audio([200, 5], [100, 3000], [50, 0]);
  const trimmer = new OnsetTrimmer();
  const out: number[] = [];
  for (let at = 0; at < stream.length; at += size) out.push(...trimmer.push(stream.subarray(at, at + size)));
  expect(Int16Array.from(out)).toEqual(stream.slice(180 * 8));
});
