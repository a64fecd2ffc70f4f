/**
 * Turns one call's speech probabilities into "speech began" and "speech ended", and, before they are believed, "perhaps".
 *
 * | state    | probability ≥ enter                  | between             | probability < exit                        |
 * |----------|--------------------------------------|---------------------|-------------------------------------------|
 * | silent   | onset, → rising                      | –                   | –                                         |
 * | rising   | long enough: start, → speaking       | as the row before   | onset-lost, → silent (a click)            |
 * | speaking | silence forgotten                    | as the row before   | silence noted; long enough: end, → silent |
 */
export interface SegmenterOptions {
  readonly enter: number;
  /** Lower than `enter`, so that a probability hovering around one threshold does not chop a word. */
  readonly exit: number;
  /** Shorter bursts are clicks and breaths. */
  readonly minSpeechMs: number;
  /**
   * Silence before speech counts as over. Part of the VAD's misses are gaps inside words, which must not end an utterance. It delays
   * `speech-end` but not the time it reports.
   */
  readonly hangoverMs: number;
  /** What one probability covers: 32 ms for Silero at 8 kHz. */
  readonly windowMs: number;
}

export const DEFAULT_SEGMENTER_OPTIONS: SegmenterOptions = {
  enter: 0.5,
  exit: 0.35,
  minSpeechMs: 64,
  hangoverMs: 96,
  windowMs: 32,
};

export type SpeechEdge =
  /** One window sounds like voice: enough to turn her down, not to stop her. `speech-start` or `onset-lost` follows. */
  | { readonly type: "onset"; readonly atMs: number }
  | { readonly type: "onset-lost"; readonly atMs: number }
  /** Voice began at `atMs`: the beginning of the first voiced window, not the moment it was believed. */
  | { readonly type: "speech-start"; readonly atMs: number }
  /** Voice ended at `atMs`: the end of the last voiced window. */
  | { readonly type: "speech-end"; readonly atMs: number };

/** One per call. Times are whatever clock the caller uses for window ends; milliseconds. */
export class SpeechSegmenter {
  #speaking = false;
  #onsetMs: number | undefined;
  #lastVoicedMs: number | undefined;
  #nowMs = 0;
  #skippedMs = 0;

  constructor(private readonly options: SegmenterOptions = DEFAULT_SEGMENTER_OPTIONS) {}

  /** The probability of the window that ended at `windowEndMs`. At most one edge per window. */
  push(probability: number, windowEndMs: number): SpeechEdge | undefined {
    this.#nowMs = windowEndMs;
    return this.#speaking ? this.#pushSpeaking(probability, windowEndMs) : this.#pushSilent(probability, windowEndMs);
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** `ms` of audio before the next window were never heard: they are no silence, and no voice. */
  skip(ms: number): void {
    if (this.#speaking) this.#skippedMs += ms;
    else if (this.#onsetMs !== undefined) this.#onsetMs += ms;
  }

  /** How long it has been silent: 0 while voice is heard, growing within the hangover too; Infinity before the first voice. */
  get silenceMs(): number {
    return this.#lastVoicedMs === undefined
      ? Number.POSITIVE_INFINITY
      : this.#nowMs - this.#lastVoicedMs - this.#skippedMs;
  }

  #pushSilent(probability: number, windowEndMs: number): SpeechEdge | undefined {
    const { enter, exit, minSpeechMs, windowMs } = this.options;
    const before = this.#onsetMs;
    if (probability >= enter) this.#onsetMs ??= windowEndMs - windowMs;
    else if (!(probability >= exit)) this.#onsetMs = undefined;
    const atMs = this.#onsetMs;
    if (atMs === undefined) return before === undefined ? undefined : { type: "onset-lost", atMs: before };
    if (windowEndMs - atMs < minSpeechMs) return before === undefined ? { type: "onset", atMs } : undefined;
    this.#onsetMs = undefined;
    this.#speaking = true;
    this.#lastVoicedMs = windowEndMs;
    this.#skippedMs = 0;
    return { type: "speech-start", atMs };
  }

  #pushSpeaking(probability: number, windowEndMs: number): SpeechEdge | undefined {
    const { exit, hangoverMs } = this.options;
    if (probability >= exit) {
      this.#lastVoicedMs = windowEndMs;
      this.#skippedMs = 0;
    }
    if (this.silenceMs < hangoverMs) return undefined;
    this.#speaking = false;
    return { type: "speech-end", atMs: this.#lastVoicedMs ?? windowEndMs };
  }
}
