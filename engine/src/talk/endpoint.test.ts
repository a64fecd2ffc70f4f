import { expect, test } from "bun:test";
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import { endpointDelayMs, MAX_ENDPOINT_DELAY_MS } from "./endpoint.ts";

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
];

for (const [expects, text, delayMs] of cases) {
  test(`${expects}: ${text ?? "(no text yet)"} → ${delayMs} ms`, () => {
    expect(endpointDelayMs(expects, text)).toBe(delayMs);
    expect(delayMs).toBeLessThanOrEqual(MAX_ENDPOINT_DELAY_MS);
  });
}
