/** Ears and voice of fixed delays for the engine under load: 300 calls must not need 300 recognisers. Cheap on purpose, for they share the engine's process. */
import type { SttPort, SttSession, TtsPort } from "@sk-voice/models/ports.ts";

const SAMPLES_PER_MS = 8;
const LONGEST_MS = 20_000;
/** 400 Hz, loud: a ducked packet (-12 dB) and a silent one are told apart by level alone. */
const TONE = Int16Array.from({ length: LONGEST_MS * SAMPLES_PER_MS }, (_, i) => 4000 * Math.sin((i * Math.PI) / 10));

/** Hears one of `texts` in every utterance, in turn, `delayMs` after it is asked: hardly two calls are at the same words at the same time. */
export function fixedStt(texts: readonly string[], delayMs: number): SttPort {
  let heard = 0;
  const session: SttSession = {
    push: () => undefined,
    reset: () => undefined,
    close: () => undefined,
    transcribe: async () => {
      await Bun.sleep(delayMs);
      return { text: texts[heard++ % texts.length]!, confidence: 0.95, language: "en" };
    },
  };
  return { name: "fixed-stt", warm: async () => undefined, open: () => session, close: async () => undefined };
}

export interface FixedTts {
  readonly delayMs: number;
  readonly msPerCharacter: number;
  /** Said without delay, as phrases the product has in its cache. */
  readonly cached: ReadonlySet<string>;
}

/** A tone as long as the text, in one piece, `delayMs` after it is asked. */
export function fixedTts({ delayMs, msPerCharacter, cached }: FixedTts): TtsPort {
  return {
    name: "fixed-tts",
    warm: async () => undefined,
    close: async () => undefined,
    async *speak({ text }, signal) {
      if (!cached.has(text)) await Bun.sleep(delayMs);
      if (signal.aborted) return;
      const durationMs = Math.min(LONGEST_MS, text.length * msPerCharacter);
      yield { samples: TONE.subarray(0, durationMs * SAMPLES_PER_MS) };
    },
  };
}
