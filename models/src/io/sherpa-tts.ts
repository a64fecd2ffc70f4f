import type { TtsPort } from "../ports.ts";
import { DEFAULT_EMBEDDED_TTS_OPTIONS } from "./embedded-tts.ts";
import type { SherpaTtsConfig } from "./sherpa-tts-worker.ts";
import { WorkerPool } from "./worker-pool.ts";
import { type TtsPool, ttsOver } from "./worker-tts.ts";

/**
 * A Piper or Kokoro voice from a folder the operator supplies. A request's `voice` is the number of a speaker. `warm()` rejects with what
 * is missing: the package or a file.
 */
export function openSherpaTts(config: SherpaTtsConfig, workers = 1): TtsPort {
  const name = "sherpa-tts";
  const pool: TtsPool = new WorkerPool({
    name,
    url: new URL("./sherpa-tts-worker.ts", import.meta.url),
    config,
    workers,
    maxQueued: DEFAULT_EMBEDDED_TTS_OPTIONS.maxQueued,
  });
  return ttsOver(pool, { name, voiceOf: (requested) => requested, speakable: (text) => text });
}
