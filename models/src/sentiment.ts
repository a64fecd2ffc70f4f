/**
 * How the caller feels, as far as words and the course of the call tell. General word lists find 5 of 8 upset callers and call "can I
 * cancel my appointment" negative, so this knows what callers of a business say, and counts what annoys people: being asked again.
 */
export type SentimentLabel = "positive" | "neutral" | "negative" | "frustrated";

export interface Sentiment {
  readonly label: SentimentLabel;
  /** −1 (angry) to 1 (pleased). */
  readonly score: number;
}

/** What went wrong on the call so far, counted by the dialogue. */
export interface Friction {
  /** The caller said the same thing again. */
  readonly repeats: number;
  /** "No" to a read-back, or a correction. */
  readonly rejections: number;
  /** She did not understand, or asked to repeat. */
  readonly misunderstandings: number;
}

export const NO_FRICTION: Friction = { repeats: 0, rejections: 0, misunderstandings: 0 };

const PHRASES: readonly [RegExp, number][] = [
  // Anger at the business or at her.
  [
    /\b(ridiculous|unacceptable|disgusting|outrageous|a joke|pathetic|useless|incompetent|terrible|horrible|awful)\b/,
    -0.7,
  ],
  [/\b(fuck\w*|shit\w*|bullshit|damn|crap|bloody hell|stupid|idiots?)\b/, -0.7],
  [/\b(worst|rip[- ]?off|scam(?:med)?|lawyer|sue you|complain(?:t|ing)?|refund|report you|bad review)\b/, -0.5],
  [
    /\b(sick and tired|fed up|had enough|waste of (?:my )?time|wasting my time|so (?:annoying|frustrat\w+)|frustrat\w+|annoy\w+|angry|upset)\b/,
    -0.6,
  ],
  // The history of the problem.
  [/\b(?:second|third|fourth|fifth|\d(?:nd|rd|th)) time (?:i|i've|i'm|this)\b/, -0.6],
  [/\b(?:i )?(?:already|just) (?:told|said|gave|explained)\b/, -0.45],
  [/\b(?:still|never) (?:waiting|haven't|called|showed|came|got|received|fixed|working)\b/, -0.4],
  [/\b(nobody|no one) (?:called|came|showed|answers?|picks? up|helped)\b/, -0.5],
  [/\b(on hold for|been waiting|waited (?:for )?(?:an hour|hours|days|weeks))\b/, -0.4],
  // Wanting out of this conversation.
  [/\b(?:talk|speak) to (?:a|an|some|the) (?:real|actual|human|person|manager|supervisor)\b/, -0.3],
  [
    /\b(are you (?:deaf|stupid|listening)|you(?:'re| are) not (?:listening|helping|understanding)|that's not what i)\b/,
    -0.6,
  ],
  [/\b(disappointed|unhappy|not happy|not good enough|let down)\b/, -0.45],
  // Pleased.
  [/\b(perfect|wonderful|fantastic|amazing|excellent|brilliant|awesome|lovely)\b/, 0.5],
  [/\b(great|that works|sounds good|very helpful|so helpful|really helpful|appreciate)\b/, 0.35],
  [/\b(thank you so much|thanks so much|thank you very much|thanks a lot)\b/, 0.4],
  [/\b(thank you|thanks|cheers|no problem|no worries)\b/, 0.15],
];

/** Said of the caller's own trouble, not of the business: "terrible toothache", "emergency". Not the caller's mood with us. */
const OWN_TROUBLE =
  /\b(?:terrible|horrible|awful|bad|worst) (?:pain|toothache|ache|headache|cough|leak|cold|accident|weather|traffic)\b/g;
const NEGATION = /\b(?:not|isn't|wasn't|never|hardly) (?:\w+ )?$/;

const FRICTION_WEIGHTS: Friction = { repeats: -0.2, rejections: -0.12, misunderstandings: -0.15 };
/** Strong enough, and against us, to hand the call to a person. */
const FRUSTRATED_BELOW = -0.55;
const NEGATIVE_BELOW = -0.2;
const POSITIVE_ABOVE = 0.2;
/** Older turns weigh less: what counts is how the call ends. */
const DECAY = 0.7;

/** @param turns what the caller said, in order. */
export function sentimentOf(turns: readonly string[], friction: Friction = NO_FRICTION): Sentiment {
  let score = 0;
  for (const turn of turns) score = score * DECAY + scoreTurn(turn);
  score += friction.repeats * FRICTION_WEIGHTS.repeats;
  score += friction.rejections * FRICTION_WEIGHTS.rejections;
  score += friction.misunderstandings * FRICTION_WEIGHTS.misunderstandings;
  const clamped = Math.round(Math.max(-1, Math.min(1, score)) * 100) / 100;
  return { label: labelOf(clamped), score: clamped };
}

function scoreTurn(turn: string): number {
  const text = turn.toLowerCase().replace(/[’]/g, "'").replace(OWN_TROUBLE, " ");
  let score = 0;
  for (const [phrase, value] of PHRASES) {
    const found = phrase.exec(text);
    if (!found) continue;
    score += NEGATION.test(text.slice(0, found.index)) ? -value / 2 : value;
  }
  return Math.max(-1, Math.min(1, score));
}

function labelOf(score: number): SentimentLabel {
  if (score <= FRUSTRATED_BELOW) return "frustrated";
  if (score <= NEGATIVE_BELOW) return "negative";
  return score >= POSITIVE_ABOVE ? "positive" : "neutral";
}
