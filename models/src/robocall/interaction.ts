/**
 * How the caller's speech and hers go together: does the caller stop when she interjects, speak when she has asked, talk over her?
 *
 * | state    | she starts                        | caller starts                   | caller stops | she ends         | time passes         |
 * |----------|-----------------------------------|---------------------------------|--------------|------------------|---------------------|
 * | quiet    | contest if caller speaks, or hers | –                               | –            | –                | –                   |
 * | hers     | –                                 | talked over                     | –            | asked, or quiet  | –                   |
 * | contest  | –                                 | –                               | yielding     | –                | 1.2 s: failed, over |
 * | yielding | –                                 | contest; yielded if 0.4 s still | –            | –                | 0.4 s: yielded      |
 * | over     | –                                 | –                               | –            | quiet            | –                   |
 * | asked    | hers; after 2 s a silence         | answered, quiet                 | –            | –                | 4 s: silence, quiet |
 *
 * The pauses of a recording must not pass for yielding: the caller has yielded after staying silent until she has ended, and for 0.4 s.
 */

/** A caller who stops this soon has heard her. */
export const YIELD_WITHIN_MS = 1200;
/** A caller who says nothing for this long after her question has not answered it. */
export const ANSWER_WITHIN_MS = 4000;
const ASKED_AGAIN_MS = 2000;
/** Pauses inside sentences are shorter. */
const STILL_MS = 400;
/** Sooner than this is not an answer but a recording whose pause happened to end, or the caller's own next sentence. */
const ANSWER_AFTER_MS = 150;

type State = "quiet" | "hers" | "contest" | "yielding" | "over" | "asked";

export class Interaction {
  /** Times the caller stopped within 1.2 s of her interjection, and did not. */
  yields = 0;
  failures = 0;
  /** Speech within 4 s of the end of something she said uninterrupted, the greeting apart; and the lack of it, greeting included. */
  answers = 0;
  silences = 0;
  /** Speech within 4 s of the greeting's end. */
  answeredGreeting = false;
  greetingEndMs: number | undefined;
  lastYieldMs: number | undefined;
  lastAnswerMs: number | undefined;
  /** Caller's speech while she was speaking, and how long she spoke. */
  overlapMs = 0;
  agentMs = 0;
  #state: State = "quiet";
  #utterances = 0;
  #callerSpeaking = false;
  #agentSpeaking = false;
  #agentStartMs = 0;
  #agentEndMs = 0;
  #stoppedMs = 0;
  /** Since when she has been waiting. */
  #waitingFromMs = 0;
  #overlapFromMs: number | undefined;

  get agentSpeaking(): boolean {
    return this.#agentSpeaking;
  }

  /** She has interjected and it is not yet known whether the caller yields. */
  get contested(): boolean {
    return this.#state === "contest" || this.#state === "yielding";
  }

  speechStart(atMs: number): void {
    if (this.#callerSpeaking) return;
    this.tick(atMs);
    this.#callerSpeaking = true;
    if (this.#agentSpeaking) this.#overlapFromMs = Math.max(atMs, this.#agentStartMs);
    if (this.#state === "hers") this.#state = "over";
    else if (this.#state === "yielding") this.#state = "contest";
    else if (this.#state === "asked") this.#answered(atMs);
    this.tick(atMs);
  }

  speechEnd(atMs: number): void {
    if (!this.#callerSpeaking) return;
    this.#callerSpeaking = false;
    this.#closeOverlap(atMs);
    this.#stoppedMs = atMs;
    if (this.#state === "contest" && atMs - this.#agentStartMs <= YIELD_WITHIN_MS) this.#state = "yielding";
  }

  /** Her first sample of an utterance is sent. Asking again after 2 s counts the silence at once. */
  agentStart(atMs: number): void {
    if (this.#agentSpeaking) return;
    this.tick(atMs);
    if (this.#state === "asked" && atMs - this.#waitingFromMs >= ASKED_AGAIN_MS) this.silences++;
    this.#agentSpeaking = true;
    this.#agentStartMs = atMs;
    this.#utterances++;
    this.#state = this.#callerSpeaking ? "contest" : "hers";
    this.#overlapFromMs = this.#callerSpeaking ? atMs : undefined;
  }

  /** Her last sample is sent, or she was interrupted. */
  agentEnd(atMs: number): void {
    if (!this.#agentSpeaking) return;
    this.tick(atMs);
    this.#agentSpeaking = false;
    this.agentMs += atMs - this.#agentStartMs;
    this.#closeOverlap(atMs);
    this.#agentEndMs = atMs;
    this.greetingEndMs ??= atMs;
    if (this.#state === "hers") this.#ask(atMs);
    else if (this.#state === "over") this.#state = "quiet";
  }

  /** Notices what time alone decides. */
  tick(now: number): void {
    if (this.#state === "contest" && now - this.#agentStartMs > YIELD_WITHIN_MS) {
      this.failures++;
      this.#state = this.#agentSpeaking ? "over" : "quiet";
    }
    if (this.#state === "yielding" && !this.#agentSpeaking && now - this.#stoppedMs >= STILL_MS) {
      this.yields++;
      this.lastYieldMs = Math.max(0, this.#stoppedMs - this.#agentStartMs);
      this.#ask(Math.max(this.#agentEndMs, this.#stoppedMs));
    }
    if (this.#state === "asked" && now - this.#waitingFromMs > ANSWER_WITHIN_MS) {
      this.silences++;
      this.#state = "quiet";
    }
  }

  /** Milliseconds she has been waiting for an answer; 0 when she is not. */
  waitingMs(now: number): number {
    return this.#state === "asked" ? now - this.#waitingFromMs : 0;
  }

  /** When `tick` has something to notice next. */
  deadline(): number {
    if (this.#state === "contest") return this.#agentStartMs + YIELD_WITHIN_MS + 1;
    if (this.#state === "asked") return this.#waitingFromMs + ANSWER_WITHIN_MS + 1;
    if (this.#state !== "yielding" || this.#agentSpeaking) return Number.POSITIVE_INFINITY;
    return Math.max(this.#stoppedMs + STILL_MS, this.#agentEndMs);
  }

  #ask(fromMs: number): void {
    this.#state = "asked";
    this.#waitingFromMs = fromMs;
  }

  #answered(atMs: number): void {
    const afterMs = atMs - this.#waitingFromMs;
    this.#state = "quiet";
    this.lastAnswerMs = Math.max(0, afterMs);
    if (this.#utterances <= 1) this.answeredGreeting = true;
    else if (afterMs >= ANSWER_AFTER_MS) this.answers++;
  }

  #closeOverlap(atMs: number): void {
    if (this.#overlapFromMs !== undefined) this.overlapMs += Math.max(0, atMs - this.#overlapFromMs);
    this.#overlapFromMs = undefined;
  }
}
