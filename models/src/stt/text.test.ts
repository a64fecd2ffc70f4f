import { expect, test } from "bun:test";
import fc from "fast-check";
import { cleanTranscript, confidenceOf } from "./text.ts";

test.each([
  ["  I'd like  to book. ", 900, "I'd like to book."],
  ["♪ ♪ ♪", 900, ""],
  ["[MUSIC] ", 900, ""],
  ["(coughs) hello", 900, "hello"],
  ["...", 900, ""],
  ["three pm..", 900, "three pm."],
  ["Thank you.", 100, ""],
  ["Thank you.", 600, "Thank you."],
  ["Yes.", 120, "Yes."],
  ["I'm going to do it. I'm going to do it. I'm going to do it. I'm going to do it. I'm going to do it.", 900, ""],
  ["no no no no", 900, "no no no no"],
  ["the the the the the the the", 900, ""],
  ["5 5 5 5 5 5 5 5", 900, "5 5 5 5 5 5 5 5"],
  ["five five five five five five", 900, "five five five five five five"],
  ["नमस्ते जी", 900, "नमस्ते जी"],
] as const)("%j with %d ms of speech is %j", (text, speechMs, expected) => {
  expect(cleanTranscript(text, speechMs)).toBe(expected);
});

test("cleaning is idempotent and never grows the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ab 5.,♪[]()*'") }), (text) => {
      const once = cleanTranscript(text, 900);
      expect(once.length).toBeLessThanOrEqual(text.length);
      expect(cleanTranscript(once, 900).length).toBeLessThanOrEqual(once.length);
    }),
  );
});

test("−0.6 per token is the 0.55 below which she asks again", () => {
  expect(confidenceOf(-0.6)).toBeCloseTo(0.55, 2);
  expect(confidenceOf(0)).toBe(1);
  expect(confidenceOf(Number.NEGATIVE_INFINITY)).toBe(0);
});
