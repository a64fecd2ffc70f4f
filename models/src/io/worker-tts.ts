import { SentenceSplitter } from "../llm/sentences.ts";
import { ProviderError, type TtsChunk, type TtsPort, type TtsRequest } from "../ports.ts";
import { trimSilence, voicedSpans } from "../tts/trim.ts";
import { estimateWords } from "../tts/words.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** One sentence for a voice in a Worker, which answers with 8 kHz audio. */
export interface TtsJob {
  readonly text: string;
  readonly voice: string;
}

export type TtsPool = WorkerPool<TtsJob, Int16Array>;

export interface WorkerTtsOptions {
  readonly name: string;
  /** The engine's own name for the voice a request asks for. */
  readonly voiceOf: (requested: string) => string;
  /** What the engine can pronounce of a text; empty when nothing. */
  readonly speakable: (text: string) => string;
}

const SAMPLES_PER_MS = 8;
/** Sentences are separate runs whose silence is trimmed, so the pause between them is ours. */
const SENTENCE_PAUSE_MS = 200;

/** A voice that synthesises whole sentences in Workers: one chunk per sentence, the next one under way while this one plays. */
export function ttsOver(pool: TtsPool, options: WorkerTtsOptions): TtsPort {
  return {
    name: options.name,
    warm: () => pool.warm(),
    speak: (request, signal) => speak(pool, options, request, signal),
    close: () => pool.close(),
  };
}

async function* speak(
  pool: TtsPool,
  options: WorkerTtsOptions,
  request: TtsRequest,
  signal: AbortSignal,
): AsyncGenerator<TtsChunk> {
  if (signal.aborted) throw new ProviderError(options.name, "cancelled", false);
  const voice = options.voiceOf(request.voice);
  const sentences = sentencesOf(request.text, options);
  const synthesise = (text: string) =>
    pool.run(() => ({ message: { text: options.speakable(text), voice }, transfer: [] }), signal);
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
    if (signal.aborted) throw new ProviderError(options.name, "cancelled", false);
  }
}

/** Pieces to synthesise one after the other; those without anything this voice can say are left out. */
function sentencesOf(text: string, options: WorkerTtsOptions): string[] {
  const splitter = new SentenceSplitter();
  return [...splitter.push(text), ...splitter.flush()].filter((sentence) =>
    /[\p{L}\p{N}]/u.test(options.speakable(sentence)),
  );
}

/** A copy: the receiver owns the chunk, and a view would keep the untrimmed audio alive. */
function withPause(samples: Int16Array, moreFollows: boolean): Int16Array {
  const out = new Int16Array(samples.length + (moreFollows ? SENTENCE_PAUSE_MS * SAMPLES_PER_MS : 0));
  out.set(samples);
  return out;
}
