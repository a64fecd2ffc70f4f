/**
 * How long a silence must last before it is the end of the caller's turn. Silence alone cuts callers off in 21.7 % of pauses at
 * 600 ms (livekit/eot-bench), so it is decided in layers, each of which knows more than the one before:
 *
 * 1. what was asked (capture.ts); 2. this caller's own pauses (pauses.ts); 3. the words so far (completeness.ts): an answer that is whole, a
 * finished sentence, one without a wish, a dangling "and …"; 4. an audio model's opinion, where there is one (Smart Turn). All figures are milliseconds.
 */
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import { BASE_DELAY_MS, captureDelayMs } from "./capture.ts";
import { completeness } from "./completeness.ts";
import type { CallerPauses } from "./pauses.ts";

/** Mid-turn pauses reach 2.5 s at p95 in call-centre audio; nobody is kept waiting longer than this, words and first sound included. */
export const MAX_ENDPOINT_DELAY_MS = 2500;

export interface EndpointPolicy {
  /** A finished sentence needs less silence, a dangling one more. */
  readonly finishedMs: number;
  readonly danglingMs: number;
  /** Of the delays that the question calls for. */
  readonly share: number;
  /** Silence alone decides, and so much of it: what most engines do. */
  readonly fixedMs?: number;
}

export const DEFAULT_ENDPOINT: EndpointPolicy = { finishedMs: 450, danglingMs: 1300, share: 1 };
/** The audio model is sure that the turn is over, or that it is not. */
const OVER_FROM = 0.8;
const NOT_OVER_BELOW = 0.2;
const OVER_DELAY_MS = 350;
/** Somebody who tells what happened has not yet said what they want. Chosen by `bun run bench accuracy`. */
const TELLING_SHARE = 1.25;

const YES_OR_NO =
  /^\W*(yes|yeah|yep|yup|no|nope|sure|ok|okay|right|correct|exactly|absolutely|please|thanks|thank|that's|it is|haan|nahi)\b/i;

/** A yes-no question answered. Anything else said to it is a sentence of its own. */
export function isYesOrNo(text: string): boolean {
  return YES_OR_NO.test(text);
}

export interface Ending {
  readonly expects: AnswerKind;
  /** The caller's words so far; `undefined` while the recogniser has not answered. */
  readonly text: string | undefined;
  readonly pauses?: CallerPauses;
  /** Probability that the turn is over, by its sound. */
  readonly overProbability?: number | undefined;
}

export function endpointDelayMs(ending: Ending, policy: EndpointPolicy = DEFAULT_ENDPOINT): number {
  if (policy.fixedMs !== undefined) return policy.fixedMs;
  const { expects, overProbability } = ending;
  const { danglingMs } = policy;
  const worded = wordedDelayMs(ending, policy);
  if (overProbability === undefined) return Math.min(worded, MAX_ENDPOINT_DELAY_MS);
  // Words that dangle are believed before the sound.
  if (overProbability >= OVER_FROM && worded < danglingMs) return Math.min(worded, OVER_DELAY_MS);
  if (overProbability < NOT_OVER_BELOW && expects !== "yes-no") return Math.max(worded, danglingMs);
  return Math.min(worded, MAX_ENDPOINT_DELAY_MS);
}

function wordedDelayMs(ending: Ending, policy: EndpointPolicy): number {
  const { expects, text, pauses } = ending;
  const adapt = (delayMs: number) => pauses?.adapt(delayMs) ?? delayMs;
  const base = BASE_DELAY_MS[expects] * policy.share;
  if (text === undefined || text.trim() === "") return adapt(base);
  const captured = captureDelayMs(expects, text);
  if (captured !== undefined) return captured;
  const complete = completeness(text);
  if (complete === "dangling") return Math.max(adapt(base), policy.danglingMs);
  if (expects === "yes-no" && !isYesOrNo(text)) return wordedDelayMs({ ...ending, expects: "open" }, policy);
  if (expects === "yes-no" || expects === "choice") return base;
  if (expects === "open" && complete === "telling") return adapt(base * TELLING_SHARE);
  return /[.?!।]\s*$/.test(text) ? adapt(Math.min(base, policy.finishedMs)) : adapt(base);
}
