import { expect, test } from "bun:test";
import fc from "fast-check";
import { PhraseCache, phraseKey } from "./phrases.ts";

const phrase = (bytes: number) => ({ samples: new Int16Array(bytes / 2), words: [] });

test("the least recently used phrase goes first", () => {
  const cache = new PhraseCache(1000);
  cache.set("a", phrase(400));
  cache.set("b", phrase(400));
  expect(cache.get("a")).toBeDefined();
  cache.set("c", phrase(400));
  expect(cache.get("b")).toBeUndefined();
  expect(cache.get("a")).toBeDefined();
  expect(cache.get("c")).toBeDefined();
});

test("never holds more than its limit, and counts right", () => {
  const entry = fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.integer({ min: 0, max: 700 }));
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const cache = new PhraseCache(1000);
      for (const [key, size] of entries) {
        cache.set(key, phrase(size * 2));
        expect(cache.bytes).toBeLessThanOrEqual(1000);
      }
      const held = ["a", "b", "c", "d", "e"].reduce((sum, key) => sum + (cache.get(key)?.samples.byteLength ?? 0), 0);
      expect(cache.bytes).toBe(held);
    }),
  );
});

test("requests that differ in anything have different keys", () => {
  const base = { text: "Hello", language: "en", voice: "slt" };
  const keys = [
    phraseKey("flite", base),
    phraseKey("openai", base),
    phraseKey("flite", { ...base, text: "hello" }),
    phraseKey("flite", { ...base, voice: "rms" }),
    phraseKey("flite", { ...base, language: "en-GB" }),
    phraseKey("flite", { ...base, language: 'en","slt', voice: "" }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});
