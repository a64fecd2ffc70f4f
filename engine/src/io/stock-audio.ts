/**
 * The audio of everything she says without thinking, made before the first call and kept in each media thread: it is there when every
 * provider is dead. About 100 kB a sentence.
 */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import type { TtsPort, TtsWord } from "@sk-voice/models/ports.ts";
import { sentences } from "../call/greeting.ts";
import type { StockPhrase } from "../call/voice.ts";
import { STOCK } from "../talk/phrases.ts";

/** What every call begins with, and the phrases. */
export function stockTexts({ greeting, recording_notice }: AgentSettings): string[] {
  return [...sentences(greeting, recording_notice), ...STOCK];
}

/** How the voice is asked for them; a call with another voice or language has its own made. */
export function stockVoice({ voice, languages }: AgentSettings): { readonly language: string; readonly voice: string } {
  return { language: languages[0] ?? "en", voice: voice === "default" ? "" : voice };
}

export class StockAudio {
  #phrases = new Map<string, StockPhrase>();

  constructor(private readonly tts: TtsPort) {}

  readonly get = (text: string): StockPhrase | undefined => this.#phrases.get(text);

  /** Makes what has changed; what was there stays in use meanwhile. @throws ProviderError; what was made until then is kept. */
  async prepare(settings: AgentSettings): Promise<void> {
    const { language, voice } = stockVoice(settings);
    const { signal } = new AbortController();
    const made = new Map<string, StockPhrase>();
    try {
      for (const text of stockTexts(settings)) {
        const chunks: Int16Array[] = [];
        const words: TtsWord[] = [];
        for await (const chunk of this.tts.speak({ text, language, voice }, signal)) {
          chunks.push(chunk.samples);
          words.push(...(chunk.words ?? []));
        }
        if (chunks.length > 0) made.set(text, { samples: joined(chunks), words });
      }
    } finally {
      this.#phrases = new Map([...this.#phrases, ...made]);
    }
    this.#phrases = made;
  }
}

function joined(chunks: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    samples.set(chunk, at);
    at += chunk.length;
  }
  return samples;
}
