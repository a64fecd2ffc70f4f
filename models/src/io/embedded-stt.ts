import type { SttPort } from "../ports.ts";
import type { MoonshineName } from "./moonshine-model.ts";
import type { MoonshineConfig } from "./moonshine-worker.ts";
import type { Device } from "./onnx.ts";
import { WorkerPool } from "./worker-pool.ts";
import { type SttPool, sttOver } from "./worker-stt.ts";

export interface EmbeddedSttOptions {
  readonly model: MoonshineName;
  readonly device: Device;
  /** Threads, each with its own copy of the model: about 200 MB for base, 120 MB for tiny. */
  readonly workers: number;
  /** Utterances waiting. Beyond it `transcribe` rejects at once (retryable), so that a caller is asked again rather than kept waiting. */
  readonly maxQueued: number;
  /** With words to listen for. Measured on 48 clips, 25 words: 13.1 % wrong greedily, 9.2 % with 3 in 300 ms, 10.0 % with 4 in the same time. */
  readonly beamWidth: number;
  /** Nats per token of such a word. */
  readonly biasWeight: number;
  /** From the start of a decode; then the best hypothesis goes on alone. Without it beams have tails of seconds. */
  readonly beamBudgetMs: number;
}

export const DEFAULT_EMBEDDED_STT_OPTIONS: EmbeddedSttOptions = {
  model: "base",
  device: "cpu",
  workers: 1,
  maxQueued: 32,
  beamWidth: 3,
  biasWeight: 1.5,
  beamBudgetMs: 300,
};

/** Moonshine on this machine. English only: callers in other languages come out as nonsense with a confidence below 0.55. */
export function openEmbeddedStt(options: Partial<EmbeddedSttOptions> = {}): SttPort {
  const all = { ...DEFAULT_EMBEDDED_STT_OPTIONS, ...options };
  const name = `moonshine-${all.model}`;
  const config: MoonshineConfig = all;
  const url = new URL("./moonshine-worker.ts", import.meta.url);
  const pool: SttPool = new WorkerPool({ name, url, config, workers: all.workers, maxQueued: all.maxQueued });
  return sttOver(pool, name, "en");
}
