import { InferenceSession } from "onnxruntime-node";

import type { Device } from "../execution.ts";

export type { Device };

/**
 * Loads a model, from its file or its bytes, for use by one thread. `run()` on the session blocks the thread it is called on, so anything slower than a VAD window
 * belongs in a Worker of its own. One intra-op thread: measured as fast as two for Moonshine and faster for batched Silero.
 * @throws Error when the file is missing or the device is not available.
 */
export function loadSession(model: string | Uint8Array, device: Device = "cpu"): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // Below "error" the runtime reports every initializer it folds, several lines per model.
    logSeverityLevel: 3,
  };
  return typeof model === "string" ? InferenceSession.create(model, options) : InferenceSession.create(model, options);
}
