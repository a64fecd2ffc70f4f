/**
 * Capture mode: what she has asked for changes together how long she waits, what the recogniser listens for and what keys mean; how the
 * answer is read back is in `receptionist/policy/questions.ts`, and how that is spoken in `spoken/`. A knob without the others is what cuts
 * phone numbers in two (livekit/agents#3701, #6924). Milliseconds.
 *
 * | asked     | waits | enough when                  | in between      | keys                          | read back                 |
 * |-----------|-------|------------------------------|-----------------|-------------------------------|---------------------------|
 * | open      | 600   | a question or a wish         | "and …": 1300   | the digits                    | –                         |
 * | yes-no    | 400   | yes or no                    |                 | 1 yes, 2 no                   | –                         |
 * | choice    | 450   |                              |                 | 1 the first one, 2 the second | –                         |
 * | date-time | 650   | a finished sentence          |                 | the digits                    | by the receptionist       |
 * | name      | 700   | a finished sentence          |                 | the digits                    | –                         |
 * | digits    | 1000  | ten of them: 400             | one to nine: 1300 | added to those that were said | 9 8 4 5 0, 1 2 3 4 5      |
 * | pin       | 1000  |                              |                 | the digits, and nothing said  | never                     |
 * | email     | 1200  | "… at … dot com": 500        | anything: 1300  | the digits                    | priya dot r at gmail dot com |
 * | spelling  | 1100  |                              | letters: 1100   | the digits                    | –                         |
 */
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import { parsePhone } from "../receptionist/nlu/phone.ts";

export const BASE_DELAY_MS: Readonly<Record<AnswerKind, number>> = {
  "yes-no": 400,
  choice: 450,
  open: 600,
  "date-time": 650,
  name: 700,
  digits: 1000,
  pin: 1000,
  spelling: 1100,
  email: 1200,
};

const ENOUGH_MS = 400;
const WHOLE_EMAIL_MS = 500;
const BETWEEN_MS = 1300;
const FULL_PHONE_DIGITS = 10;
const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];

/** Words that such an answer is made of, for the recogniser. */
const HINTS: Partial<Readonly<Record<AnswerKind, readonly string[]>>> = {
  "yes-no": ["yes", "no", "yes, please", "no, thank you"],
  digits: ["double", "triple", "zero", "oh"],
  email: ["at", "dot", "com", "gmail", "yahoo", "hotmail", "outlook", "underscore", "hyphen", "dot com", "dot in"],
  spelling: ["as in", "double", "A", "B", "C", "D", "E", "H", "I", "M", "N", "O", "P", "R", "S", "T", "U", "V"],
};

export function hintsFor(expects: AnswerKind): readonly string[] {
  return HINTS[expects] ?? [];
}

/** Digits in spoken or written form: "nine eight four, double five" has five. */
export function digitsIn(text: string): string {
  return (parsePhone(text, "IN", true)?.digits ?? text).replace(/\D/g, "");
}

/** The delay that the answer itself calls for; `undefined`: what was asked says nothing about it. */
export function captureDelayMs(expects: AnswerKind, text: string): number | undefined {
  if (expects === "digits") {
    const count = digitsIn(text).length;
    if (count >= FULL_PHONE_DIGITS) return ENOUGH_MS;
    return count === 0 ? BASE_DELAY_MS.open : BETWEEN_MS;
  }
  if (expects === "email") return isWholeEmail(text) ? WHOLE_EMAIL_MS : BETWEEN_MS;
  return expects === "spelling" ? BASE_DELAY_MS.spelling : undefined;
}

function isWholeEmail(text: string): boolean {
  return /(@|\bat\b).+(\.|\bdot\b)\s*(com|in|org|net|co|info|io|edu)\W*$/i.test(text);
}

/** What was said and what was pressed, as one answer. */
export function fuse(expects: AnswerKind, spoken: string, keys: string): string {
  if (keys === "") return spoken;
  if (expects === "digits") return `${digitsIn(spoken)}${keys}`;
  if (expects === "yes-no") return { "1": "yes", "2": "no" }[keys] ?? keys;
  if (expects === "choice") return /^[1-9]$/.test(keys) ? `the ${ORDINALS[Number(keys) - 1]} one` : keys;
  return keys;
}
