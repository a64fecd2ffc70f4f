import type { TtsRequest, TtsWord } from "../ports.ts";

export interface Phrase {
  /** 8 kHz. */
  readonly samples: Int16Array;
  readonly words: readonly TtsWord[];
}

/** Audio of a whole request, so that greetings and stock phrases start at once. The least recently used go first when it is full. */
export class PhraseCache {
  readonly #phrases = new Map<string, Phrase>();
  #bytes = 0;

  constructor(readonly maxBytes: number) {}

  get(key: string): Phrase | undefined {
    const phrase = this.#phrases.get(key);
    if (!phrase) return undefined;
    this.#phrases.delete(key);
    this.#phrases.set(key, phrase);
    return phrase;
  }

  /** A phrase larger than the whole cache is not kept. */
  set(key: string, phrase: Phrase): void {
    this.#delete(key);
    if (phrase.samples.byteLength > this.maxBytes) return;
    this.#phrases.set(key, phrase);
    this.#bytes += phrase.samples.byteLength;
    for (const oldest of this.#phrases.keys()) {
      if (this.#bytes <= this.maxBytes) return;
      this.#delete(oldest);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  #delete(key: string): void {
    const phrase = this.#phrases.get(key);
    if (!phrase) return;
    this.#phrases.delete(key);
    this.#bytes -= phrase.samples.byteLength;
  }
}

/** Everything that shapes the audio: two requests that differ in anything must not share it. */
export function phraseKey(provider: string, { text, language, voice }: TtsRequest): string {
  return JSON.stringify([provider, language, voice, text]);
}
