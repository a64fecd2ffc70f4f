import { expect, test } from "bun:test";
import { ComfortNoise, SilenceSuppressor, writeComfortNoise } from "./comfort-noise.ts";
import { rmsDbfs } from "./pcm.ts";
import { tone } from "./tones.ts";

test("noise is as loud as the packet says", () => {
  const noise = new ComfortNoise();
  const out = new Int16Array(8000);
  const payload = new Uint8Array(10);
  for (const level of [-30, -45, -60]) {
    expect(noise.receive(payload, 0, writeComfortNoise(level, payload))).toBe(true);
    noise.fill(out);
    expect(rmsDbfs(out)).toBeWithin(level - 1, level + 1);
  }
  expect(noise.receive(payload, 0, 0)).toBe(false);
});

test("silence is suppressed after 200 ms, told every 400 ms, and ends with the first sound", () => {
  const suppressor = new SilenceSuppressor();
  const silence = new Int16Array(160);
  const decisions = Array.from({ length: 60 }, () => suppressor.decide(silence));
  expect(decisions.slice(0, 10).every((each) => each === "audio")).toBe(true);
  expect(decisions.flatMap((each, n) => (each === "noise" ? [n] : []))).toEqual([10, 30, 50]);
  expect(suppressor.decide(tone([440], 20, -20))).toBe("audio");
  expect(suppressor.decide(silence)).toBe("audio");
});
