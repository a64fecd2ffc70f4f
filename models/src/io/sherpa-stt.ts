import type { SttPort } from "../ports.ts";
import { DEFAULT_EMBEDDED_STT_OPTIONS } from "./embedded-stt.ts";
import type { SherpaSttConfig } from "./sherpa-stt-worker.ts";
import { WorkerPool } from "./worker-pool.ts";
import { type SttPool, sttOver } from "./worker-stt.ts";

/** A Whisper recogniser from a folder the operator supplies. Gives no confidence. `warm()` rejects with what is missing. */
export function openSherpaStt(config: SherpaSttConfig, workers = 1): SttPort {
  const name = "sherpa-stt";
  const pool: SttPool = new WorkerPool({
    name,
    url: new URL("./sherpa-stt-worker.ts", import.meta.url),
    config,
    workers,
    maxQueued: DEFAULT_EMBEDDED_STT_OPTIONS.maxQueued,
  });
  return sttOver(pool, name, config.language);
}
