import { expect, test } from "bun:test";
import fc from "fast-check";
import { estimateWords } from "./words.ts";

test("clauses are matched with the stretches between pauses", () => {
  const words = estimateWords("Hello, thanks for calling.", [
    { startMs: 0, endMs: 400 },
    { startMs: 700, endMs: 1700 },
  ]);
  expect(words.map((word) => word.text)).toEqual(["Hello,", "thanks", "for", "calling."]);
  expect(words[0]).toEqual({ text: "Hello,", startMs: 0, endMs: 400 });
  expect(words[1]!.startMs).toBe(700);
  expect(words[3]!.endMs).toBe(1700);
});

test("words are in order, without overlap, and fill the voice exactly, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 20_000 }), (text, endMs) => {
      const words = estimateWords(text, [{ startMs: 0, endMs }]);
      expect(words.map((word) => word.text).join(" ")).toBe(text.split(/\s+/).filter(Boolean).join(" "));
      let last = 0;
      for (const word of words) {
        expect(word.startMs).toBe(last);
        expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
        last = word.endMs;
      }
      if (words.length > 0) expect(last).toBe(endMs);
    }),
  );
});
