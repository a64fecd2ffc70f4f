import { expect, test } from "bun:test";
import { VoiceEnd } from "./voice-end.ts";

const frame = (amplitude: number) => Int16Array.from({ length: 160 }, (_, i) => amplitude * Math.sin(i));

function heard(amplitudes: readonly number[]): VoiceEnd {
  const end = new VoiceEnd();
  for (const [index, amplitude] of amplitudes.entries()) end.push(frame(amplitude), 20 * (index + 1));
  return end;
}

test("the last loud packet is the end, where the VAD was up to 100 ms later", () => {
  const end = heard([8000, 8000, 6000, 3000, 40, 20, 10]);
  expect(end.refine(112)).toBe(80);
  expect(end.refine(180)).toBe(80);
});

test("a quiet consonant at the end belongs to the voice, the room does not", () => {
  expect(heard([8000, 8000, 700, 700, 120, 120]).refine(120)).toBe(80);
});

test("noise that stays loud, and a VAD that heard more than the level, keep the VAD's end", () => {
  expect(heard([8000, 8000, 4000, 4000, 4000]).refine(64)).toBe(64);
  expect(heard([8000, 8000, 10, 10, 10, 10, 10, 10, 10]).refine(180)).toBe(180);
  expect(new VoiceEnd().refine(500)).toBe(500);
});
