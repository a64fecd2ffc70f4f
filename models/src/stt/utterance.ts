const SAMPLES_PER_MS = 8;
const INITIAL_MS = 4000;

/** Longest utterance kept for a recogniser, whose time grows faster than the audio. */
export const MAX_UTTERANCE_MS = 30_000;

/** The caller's audio since the utterance began, 8 kHz. Grows to its limit, then forgets the oldest sixth to go on. */
export class UtteranceBuffer {
  #samples = new Int16Array(INITIAL_MS * SAMPLES_PER_MS);
  #length = 0;
  readonly #limit: number;

  constructor(limitMs: number) {
    this.#limit = limitMs * SAMPLES_PER_MS;
  }

  push(samples: Int16Array): void {
    const added = samples.length > this.#limit ? samples.subarray(samples.length - this.#limit) : samples;
    if (this.#length + added.length > this.#limit) {
      this.#keepLast(Math.min(this.#limit - added.length, Math.floor((this.#limit * 5) / 6)));
    }
    this.#reserve(this.#length + added.length);
    this.#samples.set(added, this.#length);
    this.#length += added.length;
  }

  /** Forgets everything but the last `keepMs`. */
  reset(keepMs: number): void {
    this.#keepLast(Math.max(0, Math.round(keepMs * SAMPLES_PER_MS)));
  }

  /** A copy, so it can be handed to another thread. */
  snapshot(): Int16Array<ArrayBuffer> {
    return this.#samples.slice(0, this.#length);
  }

  get durationMs(): number {
    return this.#length / SAMPLES_PER_MS;
  }

  #keepLast(count: number): void {
    if (this.#length <= count) return;
    this.#samples.copyWithin(0, this.#length - count, this.#length);
    this.#length = count;
  }

  #reserve(length: number): void {
    if (length <= this.#samples.length) return;
    const grown = new Int16Array(Math.min(this.#limit, Math.max(length, this.#samples.length * 2)));
    grown.set(this.#samples.subarray(0, this.#length));
    this.#samples = grown;
  }
}
