import { SentenceSplitter } from "../llm/sentences.ts";
import { ProviderError, type TtsChunk, type TtsPort, type TtsRequest } from "../ports.ts";
import { speakable } from "../tts/speakable.ts";
import { trimSilence, voicedSpans } from "../tts/trim.ts";
import { estimateWords } from "../tts/words.ts";
import type { FliteRequest } from "./flite-worker.ts";
import { WorkerPool } from "./worker-pool.ts";

export const FLITE_VOICES = ["slt", "rms", "awb", "kal16"] as const;

export interface EmbeddedTtsOptions {
  /** Threads. One speaks about 50 times faster than real time. */
  readonly workers: number;
  /** Sentences waiting. Beyond it `speak` rejects at once (retryable). */
  readonly maxQueued: number;
  /** Used when a request names no voice, or one that flite does not have. */
  readonly voice: (typeof FLITE_VOICES)[number];
}

export const DEFAULT_EMBEDDED_TTS_OPTIONS: EmbeddedTtsOptions = {
  workers: 1,
  maxQueued: 64,
  voice: "slt",
};

const NAME = "flite";
const SAMPLES_PER_MS = 8;
/** Sentences are separate runs whose silence is trimmed, so the pause between them is ours. */
const SENTENCE_PAUSE_MS = 200;

/** flite on this machine: English, intelligible, robotic. One chunk per sentence. */
export function openEmbeddedTts(options: Partial<EmbeddedTtsOptions> = {}): TtsPort {
  const all = { ...DEFAULT_EMBEDDED_TTS_OPTIONS, ...options };
  const pool = new WorkerPool<FliteRequest, Int16Array>({
    name: NAME,
    url: new URL("./flite-worker.ts", import.meta.url),
    config: undefined,
    workers: all.workers,
    maxQueued: all.maxQueued,
  });
  return {
    name: NAME,
    warm: () => pool.warm(),
    speak: (request, signal) => speak(pool, all.voice, request, signal),
    close: () => pool.close(),
  };
}

async function* speak(
  pool: WorkerPool<FliteRequest, Int16Array>,
  defaultVoice: string,
  request: TtsRequest,
  signal: AbortSignal,
): AsyncGenerator<TtsChunk> {
  if (signal.aborted) throw new ProviderError(NAME, "cancelled", false);
  const voice = FLITE_VOICES.find((name) => name === request.voice) ?? defaultVoice;
  const sentences = sentencesOf(request.text);
  const synthesise = (text: string) =>
    pool.run(() => ({ message: { text: speakable(text), voice }, transfer: [] }), signal);
  let offsetMs = 0;
  let next = sentences[0] === undefined ? undefined : synthesise(sentences[0]);
  for (let i = 0; next; i++) {
    const audio: Int16Array = await next;
    next = sentences[i + 1] === undefined ? undefined : synthesise(sentences[i + 1]!);
    // A receiver that stops listening leaves this sentence unclaimed.
    next?.catch(() => undefined);
    const samples = withPause(trimSilence(audio), next !== undefined);
    const words = estimateWords(sentences[i]!, voicedSpans(samples, offsetMs));
    offsetMs += samples.length / SAMPLES_PER_MS;
    yield { samples, words };
    if (signal.aborted) throw new ProviderError(NAME, "cancelled", false);
  }
}

/** Pieces to synthesise one after the other; those without anything this voice can say are left out. */
function sentencesOf(text: string): string[] {
  const splitter = new SentenceSplitter();
  return [...splitter.push(text), ...splitter.flush()].filter((sentence) => /[A-Za-z0-9]/.test(speakable(sentence)));
}

/** A copy: the receiver owns the chunk, and a view would keep the untrimmed audio alive. */
function withPause(samples: Int16Array, moreFollows: boolean): Int16Array {
  const out = new Int16Array(samples.length + (moreFollows ? SENTENCE_PAUSE_MS * SAMPLES_PER_MS : 0));
  out.set(samples);
  return out;
}
