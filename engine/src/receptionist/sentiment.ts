/**
 * How the caller sounded, from their words: phrases of callers, and repetition. General lexicons find 5 of 8 upset callers and call
 * "cancel my appointment" negative (measured: VADER, AFINN, wink), so the list holds what people say to a receptionist and nothing else.
 */
import type { Sentiment } from "@sk-voice/api/contract/index.ts";
import { normalise } from "./nlu/normalise.ts";

const CUES: readonly (readonly [RegExp, number])[] = [
  [/\b(?:ridiculous|unacceptable|disgusting|terrible|horrible|awful|pathetic|useless|worst)\b/, -0.5],
  [/\b(?:angry|furious|fed up|sick of|frustrat\w+|annoy\w+|disappointed|upset)\b/, -0.5],
  [/\b(?:complain|complaint|sue|lawyer|consumer court|bad review)\b/, -0.4],
  [
    /\b(?:second|third|fourth|fifth|3rd|4th) time (?:i|i'm|i've|we)\b|\b(?:called|calling) (?:\w+ )?(?:times|again and again)\b/,
    -0.4,
  ],
  [/\b(?:nobody|no one) (?:called|calls|answers?|answered|picks|picked|came|told)\b|\bstill waiting\b/, -0.4],
  [/\bi (?:already|just) (?:told|said|gave)\b|\bare you (?:even )?listening\b|\byou(?:'re| are) not listening\b/, -0.4],
  [/\b(?:stupid|idiot|rubbish|nonsense|waste of (?:my )?time)\b/, -0.5],
  [/\b(?:fuck\w*|bullshit|damn it|shit)\b/, -0.6],
  [/\b(?:not happy|unhappy|doesn't work|not working|made a mistake|overcharged)\b/, -0.3],
  [/\b(?:real|actual) (?:person|human)\b/, -0.2],
  [/\b(?:great|perfect|wonderful|excellent|lovely|amazing|fantastic|brilliant|awesome)\b/, 0.3],
  [/\b(?:thank you (?:so|very) much|thanks a lot|really appreciate|much appreciated|very helpful|so kind)\b/, 0.4],
  [/\b(?:thanks|thank you)\b/, 0.15],
];

/** Saying the same thing again is what callers do who are not understood. */
const REPEAT_PENALTY = -0.2;
const MIN_REPEATED_WORDS = 3;

export function sentimentOf(callerTexts: readonly string[]): Sentiment {
  const plain = callerTexts.map(normalise).filter((text) => text !== "");
  let sum = 0;
  const seen = new Set<string>();
  for (const text of plain) {
    for (const [pattern, weight] of CUES) if (pattern.test(text)) sum += weight;
    if (seen.has(text) && text.split(" ").length >= MIN_REPEATED_WORDS) sum += REPEAT_PENALTY;
    seen.add(text);
  }
  const score = Math.round(Math.max(-1, Math.min(1, sum)) * 100) / 100;
  return { label: labelOf(score), score };
}

function labelOf(score: number): Sentiment["label"] {
  if (score <= -0.6) return "frustrated";
  if (score <= -0.25) return "negative";
  return score >= 0.25 ? "positive" : "neutral";
}
