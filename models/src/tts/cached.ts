import { joinSamples } from "@sk-voice/media/pcm.ts";
import type { TtsChunk, TtsPort, TtsRequest, TtsWord } from "../ports.ts";
import { PhraseCache, phraseKey } from "./phrases.ts";

/**
 * The same voice, but what it has once said completely it says again without being asked: greetings start at once, and while the provider
 * is down. `maxBytes` bounds the audio kept, 16 kB per second of speech.
 */
export function cachedTts(tts: TtsPort, maxBytes: number): TtsPort {
  const cache = new PhraseCache(maxBytes);
  return {
    name: tts.name,
    warm: () => tts.warm(),
    speak: (request, signal) => speak(tts, cache, request, signal),
    close: () => tts.close(),
  };
}

async function* speak(
  tts: TtsPort,
  cache: PhraseCache,
  request: TtsRequest,
  signal: AbortSignal,
): AsyncGenerator<TtsChunk> {
  const key = phraseKey(tts.name, request);
  const cached = signal.aborted ? undefined : cache.get(key);
  if (cached) return yield { samples: cached.samples.slice(), words: cached.words };
  const parts: Int16Array[] = [];
  const words: TtsWord[] = [];
  for await (const chunk of tts.speak(request, signal)) {
    parts.push(chunk.samples.slice());
    words.push(...(chunk.words ?? []));
    yield chunk;
  }
  cache.set(key, { samples: joinSamples(parts), words });
}
