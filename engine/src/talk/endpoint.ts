/**
 * How long a silence must last before it is the end of the caller's turn. Silence alone cuts callers off in 21.7 % of pauses at
 * 600 ms (livekit/eot-bench), so what was asked and what was said so far move the delay. All figures are milliseconds.
 */
import type { AnswerKind } from "@sk-voice/models/ports.ts";

/** Mid-turn pauses reach 2.5 s at p95 in call-centre audio; nobody is kept waiting longer than this. */
export const MAX_ENDPOINT_DELAY_MS = 3000;

const BASE_DELAY_MS: Record<AnswerKind, number> = {
  "yes-no": 400,
  choice: 450,
  open: 600,
  "date-time": 650,
  name: 700,
  digits: 1000,
  pin: 1000,
};

/** A finished sentence needs less silence, a dangling one more. */
const FINISHED_DELAY_MS = 450;
const DANGLING_DELAY_MS = 1300;

const DANGLING = new Set(
  (
    "a an the and or but so because if for from to at on in of with about around my your is are was i'm it's its i like want " +
    "would can could need um uh er hmm well let's lets that this between until till by"
  ).split(" "),
);
const YES_OR_NO =
  /^\W*(yes|yeah|yep|yup|no|nope|sure|ok|okay|right|correct|exactly|absolutely|please|thanks|thank|that's|it is|haan|nahi)\b/i;
const FULL_PHONE_DIGITS = 10;

/** A yes-no question answered. Anything else said to it is a sentence of its own. */
export function isYesOrNo(text: string): boolean {
  return YES_OR_NO.test(text);
}

/** Delay for `text`, the caller's words so far; `undefined` while the recogniser has not answered. */
export function endpointDelayMs(expects: AnswerKind, text: string | undefined): number {
  const base = BASE_DELAY_MS[expects];
  if (text === undefined || text.trim() === "") return base;
  const words = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}'\s]/gu, " ")
    .split(/\s+/)
    .filter(Boolean);
  const last = words.at(-1) ?? "";
  if (DANGLING.has(last) || /[,…-]\s*$/.test(text)) return Math.max(base, DANGLING_DELAY_MS);
  if (expects === "digits") return digitDelayMs(text);
  if (expects === "yes-no" && !isYesOrNo(text)) return endpointDelayMs("open", text);
  if (expects === "yes-no" || expects === "choice") return base;
  return /[.?!।]\s*$/.test(text) ? Math.min(base, FINISHED_DELAY_MS) : base;
}

/** People pause between groups of a phone number: wait for ten digits, then answer at once. */
function digitDelayMs(text: string): number {
  const digits = text.replace(/\D/g, "").length;
  if (digits >= FULL_PHONE_DIGITS) return BASE_DELAY_MS["yes-no"];
  return digits === 0 ? BASE_DELAY_MS.open : DANGLING_DELAY_MS;
}
