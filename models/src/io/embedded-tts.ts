import type { TtsPort } from "../ports.ts";
import { speakable } from "../tts/speakable.ts";
import { WorkerPool } from "./worker-pool.ts";
import { type TtsPool, ttsOver } from "./worker-tts.ts";

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

/** flite on this machine: English, intelligible, robotic. */
export function openEmbeddedTts(options: Partial<EmbeddedTtsOptions> = {}): TtsPort {
  const { workers, maxQueued, voice } = { ...DEFAULT_EMBEDDED_TTS_OPTIONS, ...options };
  const url = new URL("./flite-worker.ts", import.meta.url);
  const pool: TtsPool = new WorkerPool({ name: NAME, url, config: undefined, workers, maxQueued });
  const voiceOf = (requested: string) => FLITE_VOICES.find((name) => name === requested) ?? voice;
  return ttsOver(pool, { name: NAME, voiceOf, speakable });
}
