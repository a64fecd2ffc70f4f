import { expect, test } from "bun:test";
import fc from "fast-check";
import { HeardLedger } from "./heard.ts";

test("an item played to its end was heard whole", () => {
  const ledger = new HeardLedger();
  ledger.begin(1, "Good morning.");
  ledger.played(100, 1, 20, false);
  ledger.played(900, 1, 800, true);
  expect(ledger.take(1)).toEqual({
    text: "Good morning.",
    startedAtMs: 100,
    playedMs: 800,
    complete: true,
    wordStartsMs: [0, 286],
  });
});

test("a cut item keeps the words whose half was played", () => {
  const ledger = new HeardLedger();
  ledger.begin(1, "one two three");
  ledger.words(1, [
    { text: "one", startMs: 0, endMs: 200 },
    { text: "two", startMs: 200, endMs: 400 },
    { text: "three", startMs: 400, endMs: 800 },
  ]);
  ledger.played(0, 1, 310, false);
  expect(ledger.take(1)).toMatchObject({ text: "one two", wordStartsMs: [0, 200] });
});

test("an item never played was not heard", () => {
  const ledger = new HeardLedger();
  ledger.begin(1, "nothing");
  expect(ledger.take(1)).toEqual({ text: "", startedAtMs: undefined, playedMs: 0, complete: false, wordStartsMs: [] });
});

test("heard is always a prefix of spoken", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 }), fc.nat(20_000), (words, playedMs) => {
      const ledger = new HeardLedger();
      const text = words.join(" ");
      ledger.begin(7, text);
      ledger.played(0, 7, playedMs, false);
      expect(text.startsWith(ledger.take(7).text)).toBe(true);
    }),
  );
});
