/**
 * The words of one utterance out of a stream that knows no utterances: times are milliseconds of audio sent since the stream began, and whatever ended before
 * the utterance is history. Pure.
 */
export interface StreamWord {
  readonly text: string;
  readonly endMs: number;
  /** 0..1 */
  readonly confidence: number;
  readonly language: string | undefined;
}

/** More words than an utterance of 30 s holds. */
const MAX_WORDS = 400;

export class StreamWords {
  #words: StreamWord[] = [];
  #fromMs = 0;

  add(words: readonly StreamWord[]): void {
    this.#words.push(...words.filter(({ endMs }) => endMs > this.#fromMs));
    if (this.#words.length > MAX_WORDS) this.#words.splice(0, this.#words.length - MAX_WORDS);
  }

  /** A new utterance, from this time of the stream on. */
  startAt(ms: number): void {
    this.#fromMs = ms;
    this.#words = this.#words.filter(({ endMs }) => endMs > ms);
  }

  get text(): string {
    return this.#words.map(({ text }) => text).join(" ");
  }

  /** Of the mean word; `undefined` without words. */
  get confidence(): number | undefined {
    if (this.#words.length === 0) return undefined;
    return this.#words.reduce((sum, { confidence }) => sum + confidence, 0) / this.#words.length;
  }

  /** That of most words. */
  get language(): string | undefined {
    const counts = new Map<string, number>();
    for (const { language } of this.#words) if (language) counts.set(language, (counts.get(language) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
  }
}
