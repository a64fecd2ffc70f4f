/**
 * Somebody speaks while she does: has she been interrupted, or was it a cough, an echo, an "uh-huh"? She is turned down from the onset
 * on; this decides the rest. Milliseconds from the onset, as the VAD dates it:
 *
 * | known so far                       | voice goes on                      | voice is over                              |
 * |------------------------------------|------------------------------------|--------------------------------------------|
 * | talk: a command, or sure words     | stop                               | stop                                       |
 * | other words: "uh-huh", a mumble    | hold at 240; stop at 840           | resume                                     |
 * | no words yet                       | hold at 240, ask at 280 and again; | under 250: resume, a late "no!" still      |
 * |                                    | stop at 840                        | stops her; else wait; at 840: 600 stop her |
 *
 * `hold` pauses her where she is; `resume` goes on from there. A hold lasts 600 ms at most. On half a second of telephone speech the
 * embedded recogniser is right about commands, sure of nonsense ("He asked." for half a "yes", 0.84) and needs 170 ms.
 */
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import { isBackchannel, isCommand, isMumble, wordsOf } from "./backchannel.ts";
import { isYesOrNo } from "./endpoint.ts";

export type Move = "hold" | "ask" | "stop" | "resume";

export interface InterruptionPolicy {
  /** Shorter is a cough, a click, an "mm". */
  readonly blipMs: number;
  readonly holdMs: number;
  /** Without a word from the recogniser, length decides: "hmm" and "okay" are shorter. */
  readonly longMs: number;
}

export const DEFAULT_INTERRUPTION: InterruptionPolicy = { blipMs: 250, holdMs: 240, longMs: 600 };

const ASK_MS = 280;
const ASK_AGAIN_MS = 200;
const MAX_ASKS = 2;
const LONGEST_HOLD_MS = 600;
/** What a recogniser says later than this of a sound that was too short to stop her does not stop her either. */
const LATE_WORDS_MS = 1500;
/** Words of a voice that ended this much later are all of it. */
const FRESH_MS = 250;
/** Confidence from which a command, a few words, and half-said words are believed. */
const COMMAND_SURE = 0.4;
const SURE = 0.6;
const HALF_SURE = 0.7;
const MANY_WORDS = 3;

export class Interruption {
  #endedMs: number | undefined;
  #text: string | undefined;
  #confidence = 1;
  #held = false;
  #asks = 0;
  #askedMs = Number.NEGATIVE_INFINITY;

  /** `onsetMs`: when the voice began. */
  constructor(
    readonly onsetMs: number,
    private readonly policy: InterruptionPolicy = DEFAULT_INTERRUPTION,
  ) {}

  /** When the voice ended; `undefined` while it goes on. */
  get endedMs(): number | undefined {
    return this.#endedMs;
  }

  started(): void {
    this.#endedMs = undefined;
  }

  /** Words of half of it count no more, unless it is nearly all of it. */
  ended(atMs: number): void {
    this.#endedMs = atMs;
    if (this.#askedMs < atMs - FRESH_MS) this.#text = undefined;
  }

  words(text: string, confidence: number | undefined): void {
    this.#text = text;
    this.#confidence = confidence ?? 1;
  }

  /** `answers`: her question has been asked, so that a "yes" is an answer and no backchannel. Each move comes once. */
  step(now: number, answers: AnswerKind | undefined): Move | undefined {
    const sinceMs = now - this.onsetMs;
    const over = this.#endedMs !== undefined;
    if (this.#text !== undefined && isTalk(this.#text, this.#confidence, over, answers)) return "stop";
    if (this.#endedMs !== undefined) return this.#afterVoice(sinceMs, this.#endedMs - this.onsetMs);
    if (sinceMs >= this.#lastMs) return "stop";
    if (!this.#held && sinceMs >= this.policy.holdMs) {
      this.#held = true;
      return "hold";
    }
    if (now < this.#askMs()) return undefined;
    this.#asks++;
    this.#askedMs = now;
    return "ask";
  }

  deadline(): number {
    const lastMs = this.onsetMs + this.#lastMs;
    if (this.#endedMs !== undefined) return lastMs;
    return Math.min(lastMs, this.#held ? this.#askMs() : this.onsetMs + this.policy.holdMs);
  }

  get #lastMs(): number {
    return this.policy.holdMs + LONGEST_HOLD_MS;
  }

  #askMs(): number {
    if (this.#asks === 0) return this.onsetMs + ASK_MS;
    const again = this.#asks < MAX_ASKS && this.#text !== undefined;
    return again ? this.#askedMs + ASK_AGAIN_MS : Number.POSITIVE_INFINITY;
  }

  #afterVoice(sinceMs: number, voicedMs: number): Move | undefined {
    if (voicedMs < this.policy.blipMs || this.#text !== undefined) return "resume";
    if (sinceMs < this.#lastMs) return undefined;
    return voicedMs >= this.policy.longMs ? "stop" : "resume";
  }
}

/** Words that ask her to stop; `over`: they are all there is, not half a sentence. */
export function isTalk(text: string, confidence: number, over: boolean, answers: AnswerKind | undefined): boolean {
  const count = wordsOf(text).length;
  if (count === 0) return false;
  if (isCommand(text)) return confidence >= COMMAND_SURE;
  if (answers === "yes-no" && isYesOrNo(text)) return over;
  if (isBackchannel(text) || isMumble(text)) return false;
  if (!over) return count > 1 && confidence >= HALF_SURE;
  return count >= MANY_WORDS || confidence >= SURE;
}

/** "No!" was over before it could stop her. `sinceMs`: from its end. */
export function isLateTalk(
  sinceMs: number,
  text: string,
  confidence: number,
  answers: AnswerKind | undefined,
): boolean {
  return sinceMs <= LATE_WORDS_MS && isTalk(text, confidence, true, answers);
}
