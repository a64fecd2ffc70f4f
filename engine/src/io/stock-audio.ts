/**
 * The audio of everything she says without thinking, made before the first call and kept in each media thread: it is there when every
 * provider is dead. About 100 kB a sentence.
 */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import { joinSamples } from "@sk-voice/media/pcm.ts";
import type { TtsPort, TtsWord } from "@sk-voice/models/ports.ts";
import { sentences } from "../call/greeting.ts";
import type { StockPhrase } from "../call/voice.ts";
import { allSettings } from "../receptionist/call-settings.ts";
import { STOCK } from "../talk/phrases.ts";

/** What every call begins with, and the phrases. */
export function stockTexts({ greeting, recording_notice }: AgentSettings): string[] {
  return [...sentences(greeting, recording_notice), ...STOCK];
}

/** How the voice is asked for them; a call with another voice or language has its own made. */
export function stockVoice({ voice, languages }: AgentSettings): { readonly language: string; readonly voice: string } {
  return { language: languages[0] ?? "en", voice: voice === "default" ? "" : voice };
}

/** Voices whose phrases are kept; beyond them a call's are made while it runs. */
const MAX_VOICES = 6;

export class StockAudio {
  /** Phrases of each voice and language. */
  #voices = new Map<string, Map<string, StockPhrase>>();

  constructor(private readonly tts: TtsPort) {}

  /** What is in stock for a call with these settings. */
  of(settings: AgentSettings): (text: string) => StockPhrase | undefined {
    const key = keyOf(settings);
    return (text) => this.#voices.get(key)?.get(text);
  }

  /** Makes what has changed; what was there stays in use meanwhile. @throws ProviderError; what was made until then is kept. */
  async prepare(settings: AgentSettings): Promise<void> {
    const wanted = new Map<string, Set<string>>();
    const voices = new Map<string, AgentSettings>();
    for (const each of allSettings(settings)) {
      const key = keyOf(each);
      if (!wanted.has(key) && wanted.size === MAX_VOICES) continue;
      voices.set(key, each);
      wanted.set(key, new Set([...(wanted.get(key) ?? []), ...stockTexts(each)]));
    }
    for (const [key, texts] of wanted) await this.#make(key, voices.get(key)!, texts);
    for (const key of this.#voices.keys()) if (!wanted.has(key)) this.#voices.delete(key);
  }

  async #make(key: string, settings: AgentSettings, texts: ReadonlySet<string>): Promise<void> {
    const made = new Map<string, StockPhrase>();
    try {
      for (const text of texts) {
        const phrase = await this.#say(text, settings);
        if (phrase) made.set(text, phrase);
      }
    } finally {
      this.#voices.set(key, new Map([...(this.#voices.get(key) ?? []), ...made]));
    }
    this.#voices.set(key, made);
  }

  async #say(text: string, settings: AgentSettings): Promise<StockPhrase | undefined> {
    const chunks: Int16Array[] = [];
    const words: TtsWord[] = [];
    for await (const chunk of this.tts.speak({ text, ...stockVoice(settings) }, new AbortController().signal)) {
      chunks.push(chunk.samples);
      words.push(...(chunk.words ?? []));
    }
    return chunks.length > 0 ? { samples: joinSamples(chunks), words } : undefined;
  }
}

function keyOf(settings: AgentSettings): string {
  const { language, voice } = stockVoice(settings);
  return `${language} ${voice}`;
}
