/** Smart Turn v3 (pipecat, BSD-2): whether a turn is over, by its sound. Not shipped: `bun run models add smart-turn` puts it into the data folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { TurnModel } from "../ports.ts";
import type { SmartTurnConfig } from "./smart-turn-worker.ts";
import { WorkerPool } from "./worker-pool.ts";

export const SMART_TURN = "smart-turn";
const NAME = "smart-turn";
/** An answer that has waited behind these comes too late for any turn. */
const MAX_QUEUED = 8;

/** Beside the model's file, `NAME.json`. */
export const AddedModel = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), from: z.string() });

export function modelPath(folder: string, name: string): string {
  return join(folder, `${name}.onnx`);
}

/** The model that was added to `folder`; `undefined` when none was. @throws Error when what was noted of it is unreadable. */
export function findSmartTurn(folder: string): SmartTurnConfig | undefined {
  const path = modelPath(folder, SMART_TURN);
  if (!existsSync(path)) return undefined;
  const { sha256 } = AddedModel.parse(JSON.parse(readFileSync(`${path}.json`, "utf8")));
  return { path, sha256 };
}

/** In a thread of its own: features and model take tens of milliseconds. Loaded by `warm()`. */
export function openSmartTurn(config: SmartTurnConfig): TurnModel {
  const pool = new WorkerPool<Int16Array<ArrayBuffer>, number>({
    name: NAME,
    url: new URL("./smart-turn-worker.ts", import.meta.url),
    config,
    workers: 1,
    maxQueued: MAX_QUEUED,
  });
  return {
    name: NAME,
    warm: () => pool.warm(),
    close: () => pool.close(),
    overProbability: (samples, signal) => pool.run(() => ({ message: samples, transfer: [samples.buffer] }), signal),
  };
}
