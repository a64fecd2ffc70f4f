/**
 * How the caller's speech and hers go together: does the caller stop when she interjects, speak when she has asked, talk over her?
 *
 * | state    | she starts                        | caller starts                          | caller stops | she ends        | time passes                   |
 * |----------|-----------------------------------|----------------------------------------|--------------|-----------------|-------------------------------|
 * | quiet    | contest if caller speaks, or hers | –                                      | –            | –               | –                             |
 * | hers     | –                                 | over                                   | –            | asked           | –                             |
 * | contest  | –                                 | –                                      | yielding     | –               | 1.2 s: failed, over; quiet if she gave way or the voice is a fainter one |
 * | yielding | –                                 | contest within 0.4 s; resumed; quiet   | –            | yielded         | 1.2 s still: yielded          |
 * | resumed  | –                                 | –                                      | yielding     | –               | 0.8 s: failed if half over her |
 * | over     | –                                 | –                                      | –            | quiet           | –                             |
 * | asked    | hers; after 2 s a silence         | answered, quiet                        | –            | –               | 4 s: silence, quiet           |
 *
 * Neither may the pauses of a recording pass for yielding, nor a person's quick answer for talking on. So a caller has yielded only who is
 * silent through the last 0.9 s of her question or for 1.2 s, has failed only who talks on through it, and everything between counts for
 * nothing.
 */

/** A caller who stops this soon has heard her. */
export const YIELD_WITHIN_MS = 1200;
/** Whoever missed her the first time may be slow: the next time takes longer, unless the words are a recording's. */
const YIELD_AGAIN_WITHIN_MS = 1500;
/** A caller who says nothing for this long after her question has not answered it. */
export const ANSWER_WITHIN_MS = 4000;
const ASKED_AGAIN_MS = 2000;
/** Silence before her end, or altogether, that no pause of a recording is likely to last (TTS prompts: median 0.7 s). */
const STILL_BEFORE_END_MS = 900;
const STILL_MS = 1200;
/** Shorter gaps are inside sentences: whoever has stopped for her hears her out. */
const BREATH_MS = 400;
/** Talking on after a gap: this long, half of it over her, is no answer. */
const TALKS_ON_MS = 800;
const TALKS_OVER_MS = 400;
/** What she must have said for the caller to have missed it: of a greeting that gave way at once there is nothing to notice. */
const NOTICEABLE_MS = 700;
/** The end of the time for stopping, in which the voice in front must have been heard. */
const FRONT_WITHIN_MS = 600;
/** Sooner than this is not an answer but a recording whose pause happened to end, or the caller's own next sentence. */
const ANSWER_AFTER_MS = 150;

type State = "quiet" | "hers" | "contest" | "yielding" | "resumed" | "over" | "asked";

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
  /** The words so far look like a recording's. */
  isSuspect = false;
  /**
   * End of the newest window in which somebody spoke over her as loudly as the caller does. Somebody fainter who talks on, a television behind a caller who has stopped, has
   * failed nothing.
   */
  frontMs = Number.POSITIVE_INFINITY;
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
  #resumedMs = 0;
  /** Since when she has been waiting. */
  #waitingFromMs = 0;
  #overlapFromMs: number | undefined;

  /** What she has said so far, the greeting among it. */
  get utterances(): number {
    return this.#utterances;
  }

  get agentSpeaking(): boolean {
    return this.#agentSpeaking;
  }

  /** She has interjected and it is not yet known whether the caller yields. */
  get contested(): boolean {
    return this.#state === "contest" || this.#state === "yielding" || this.#state === "resumed";
  }

  speechStart(atMs: number): void {
    if (this.#callerSpeaking) return;
    this.tick(atMs);
    this.#callerSpeaking = true;
    if (this.#agentSpeaking) this.#overlapFromMs = Math.max(atMs, this.#agentStartMs);
    if (this.#state === "hers") this.#state = "over";
    else if (this.#state === "yielding") this.#resume(atMs);
    else if (this.#state === "asked") this.#answered(atMs);
    this.tick(atMs);
  }

  speechEnd(atMs: number): void {
    if (!this.#callerSpeaking) return;
    this.tick(atMs);
    this.#callerSpeaking = false;
    this.#closeOverlap(atMs);
    this.#stoppedMs = atMs;
    if (this.#state === "contest" || this.#state === "resumed") this.#state = "yielding";
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

  /** Her last sample is sent, or she was interrupted. What the caller did until then may not have been heard yet: only `tick` judges it. */
  agentEnd(atMs: number): void {
    if (!this.#agentSpeaking) return;
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
    if (this.#state === "contest" && now > this.#agentStartMs + this.#yieldWithinMs) this.#missed(now);
    else if (this.#state === "resumed" && now > this.#resumedMs + TALKS_ON_MS) this.#talkedOn(now);
    else if (this.#state === "yielding" && this.#isStill(now)) {
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
    switch (this.#state) {
      case "contest":
        return this.#agentStartMs + this.#yieldWithinMs + 1;
      case "resumed":
        return this.#resumedMs + TALKS_ON_MS + 1;
      case "asked":
        return this.#waitingFromMs + ANSWER_WITHIN_MS + 1;
      case "yielding":
        return this.#agentSpeaking ? Number.POSITIVE_INFINITY : Math.max(this.#stoppedMs + STILL_MS, this.#agentEndMs);
      default:
        return Number.POSITIVE_INFINITY;
    }
  }

  get #yieldWithinMs(): number {
    return this.failures === 0 || this.isSuspect ? YIELD_WITHIN_MS : YIELD_AGAIN_WITHIN_MS;
  }

  #isStill(now: number): boolean {
    if (this.#agentSpeaking) return false;
    return this.#agentEndMs - this.#stoppedMs >= STILL_BEFORE_END_MS || now - this.#stoppedMs >= STILL_MS;
  }

  #resume(atMs: number): void {
    if (atMs - this.#stoppedMs < BREATH_MS) this.#state = "contest";
    else if (this.#agentSpeaking) {
      this.#state = "resumed";
      this.#resumedMs = atMs;
    } else this.#state = "quiet";
  }

  #talkedOn(now: number): void {
    const overHerMs = (this.#agentSpeaking ? now : this.#agentEndMs) - this.#resumedMs;
    if (overHerMs >= TALKS_OVER_MS && this.frontMs >= this.#resumedMs) this.#fail();
    else this.#state = this.#agentSpeaking ? "over" : "quiet";
  }

  #missed(now: number): void {
    const saidMs = (this.#agentSpeaking ? now : this.#agentEndMs) - this.#agentStartMs;
    const isInFront = this.frontMs >= this.#agentStartMs + this.#yieldWithinMs - FRONT_WITHIN_MS;
    if (saidMs >= NOTICEABLE_MS && isInFront) this.#fail();
    else this.#state = this.#agentSpeaking ? "over" : "quiet";
  }

  #fail(): void {
    this.failures++;
    this.#state = this.#agentSpeaking ? "over" : "quiet";
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
