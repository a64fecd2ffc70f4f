/**
 * Her voice in one call: sentences are asked of the provider as soon as they are known and played in the order they were spoken. What is in stock (greeting,
 * phrases) asks nobody. Audio that arrives after an interruption finds its item gone and is dropped.
 */

import type { Playout } from "@sk-voice/media/playout.ts";
import { languageOf } from "@sk-voice/models/language.ts";
import type { TtsPort, TtsWord } from "@sk-voice/models/ports.ts";
import { chime } from "@sk-voice/models/tts/chime.ts";
import { isStock } from "../talk/phrases.ts";
import type { CallInput, CallOutput } from "./events.ts";

/** Audio made before the call. */
export interface StockPhrase {
  /** 8 kHz. */
  readonly samples: Int16Array;
  readonly words: readonly TtsWord[];
}

export interface VoiceDeps {
  readonly tts: TtsPort;
  readonly stock: (text: string) => StockPhrase | undefined;
  readonly playout: Playout;
  /** The business's first, and all it speaks: a sentence is spoken in its own. */
  readonly language: string;
  readonly languages: readonly string[];
  readonly voice: string;
  readonly tell: (input: CallInput) => void;
  readonly failed: (error: unknown) => void;
}

export class Voice {
  #abort = new AbortController();
  /** Items that the provider was asked for and no sound has come of. */
  #silent = 0;
  #failing = false;

  constructor(private readonly deps: VoiceDeps) {}

  speak({ item, text, onInterrupt, place }: Extract<CallOutput, { type: "speak" }>): void {
    if (!this.deps.playout.add(String(item), onInterrupt, place))
      return this.deps.tell({ type: "voice-refused", item });
    const stock = this.deps.stock(text);
    if (stock) this.#play(item, stock);
    // A phrase that says that something fails must not wait for what fails.
    else if (this.#failing && isStock(text)) this.#play(item, { samples: chime(), words: [] });
    else void this.#stream(item, text, this.#abort.signal);
  }

  /** Stops what plays and what is still being made. */
  interrupt(): void {
    this.#failing ||= this.#silent > 0;
    this.#silent = 0;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.deps.playout.interrupt();
  }

  #play(item: number, { samples, words }: StockPhrase): void {
    const { playout, tell } = this.deps;
    tell({ type: "voice-start", item });
    if (words.length > 0) tell({ type: "voice-words", item, words });
    playout.append(String(item), samples);
    playout.finish(String(item));
  }

  async #stream(item: number, text: string, signal: AbortSignal): Promise<void> {
    const { tts, playout, voice, tell, failed } = this.deps;
    const language = languageOf(text, this.deps.languages) ?? this.deps.language;
    const id = String(item);
    let samples = 0;
    this.#silent++;
    try {
      for await (const chunk of tts.speak({ text, language, voice }, signal)) {
        if (signal.aborted) return;
        if (samples === 0 && chunk.samples.length > 0) this.#sounds(item);
        samples += chunk.samples.length;
        if (chunk.words) tell({ type: "voice-words", item, words: chunk.words });
        playout.append(id, chunk.samples);
      }
    } catch (error) {
      if (signal.aborted) return;
      failed(error);
      samples = 0;
    }
    playout.finish(id);
    if (samples > 0) return;
    this.#failing = true;
    tell({ type: "voice-failed", item });
  }

  #sounds(item: number): void {
    this.#silent--;
    this.#failing = false;
    this.deps.tell({ type: "voice-start", item });
  }
}
