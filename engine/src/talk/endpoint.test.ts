import { expect, test } from "bun:test";
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import fc from "fast-check";
import { endpointDelayMs, MAX_ENDPOINT_DELAY_MS } from "./endpoint.ts";
import { CallerPauses } from "./pauses.ts";

const cases: readonly (readonly [AnswerKind, string | undefined, number])[] = [
  ["open", undefined, 600],
  ["open", "I'd like to book an appointment.", 450],
  ["open", "I'd like to book an appointment for", 1300],
  ["open", "I'd like to book and", 1300],
  ["open", "a haircut", 600],
  ["yes-no", "yes", 400],
  ["yes-no", "yes but", 1300],
  ["yes-no", "What are", 1300],
  ["yes-no", "What are your opening hours?", 450],
  ["digits", undefined, 1000],
  ["digits", "98 45", 1300],
  ["digits", "98450 12345", 400],
  ["name", "Priya Raghavan.", 450],
  ["digits", "nine eight four five oh", 1300],
  ["digits", "nine eight four five zero, one two three four five", 400],
  ["email", "priya dot raghavan", 1300],
  ["email", "priya dot raghavan at gmail dot com", 500],
  ["spelling", "R A G H", 1100],
  ["open", "main appointment lena chahta hoon aur", 1300],
];

for (const [expects, text, delayMs] of cases) {
  test(`${expects}: ${text ?? "(no text yet)"} → ${delayMs} ms`, () => {
    expect(endpointDelayMs({ expects, text })).toBe(delayMs);
    expect(delayMs).toBeLessThanOrEqual(MAX_ENDPOINT_DELAY_MS);
  });
}

test("an audio model that is sure shortens or lengthens the wait, but does not overrule dangling words", () => {
  const delay = (text: string | undefined, overProbability: number) =>
    endpointDelayMs({ expects: "open", text, overProbability });
  expect(delay("a haircut", 0.95)).toBe(350);
  expect(delay("a haircut", 0.5)).toBe(600);
  expect(delay("a haircut.", 0.05)).toBe(1300);
  expect(delay("a haircut and", 0.95)).toBe(1300);
});

test("whatever is known, nobody is waited for longer than 2.5 s", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<AnswerKind>("open", "yes-no", "digits", "name", "date-time", "choice", "email", "spelling"),
      fc.option(fc.string(), { nil: undefined }),
      fc.array(fc.integer({ min: 0, max: 10_000 })),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
      (expects, text, gaps, overProbability) => {
        const pauses = new CallerPauses();
        for (const gapMs of gaps) pauses.add(gapMs);
        const delayMs = endpointDelayMs({ expects, text, pauses, overProbability });
        expect(delayMs).toBeGreaterThanOrEqual(250);
        expect(delayMs).toBeLessThanOrEqual(MAX_ENDPOINT_DELAY_MS);
      },
    ),
  );
});

test("a caller who stops in the middle is given more time, one who never does is answered sooner", () => {
  const slow = new CallerPauses();
  const quick = new CallerPauses();
  expect(slow.adapt(600)).toBe(600);
  for (let turn = 0; turn < 6; turn++) {
    slow.add(1100);
    quick.add(150);
  }
  expect(slow.adapt(600)).toBe(990);
  expect(quick.adapt(600)).toBe(510);
});

test("what was learned of a caller in an earlier call counts from the first turn on, and this call's own outweighs it", () => {
  const before = new CallerPauses();
  for (let turn = 0; turn < 12; turn++) before.add(1100.4);
  expect(before.all).toEqual(Array(12).fill(1100));
  const pauses = new CallerPauses();
  pauses.before([...before.all, 5, 9e9, Number.NaN]);
  expect(pauses.adapt(600)).toBe(990);
  for (let turn = 0; turn < 12; turn++) pauses.add(150);
  expect(pauses.adapt(600)).toBeLessThan(600);
  expect(pauses.all).toHaveLength(12);
});
