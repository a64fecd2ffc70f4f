/** The robocall models on onnxruntime. One of each per thread, shared by all its calls. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { z } from "zod";
import { EVIDENCE_GROUPS, FEATURE_COUNT, FEATURE_VERSION } from "../robocall/features.ts";
import { SOUND_CLASSES, SOUND_FEATURES } from "../robocall/sound.ts";
import { TEXT_BUCKETS, type TextWeights } from "../robocall/text-score.ts";
import { readVerdict, VERDICT_ROWS, type VerdictScores, verdictRows } from "../robocall/verdict.ts";
import { Gathered } from "./gathered.ts";
import { type Device, loadSession } from "./onnx.ts";

/** Thresholds the weights were trained for. */
const Metadata = z.object({
  feature_version: z.number().int(),
  threshold: z.number().min(0).max(1),
  votes: z.record(z.enum(EVIDENCE_GROUPS), z.number().min(0).max(1)),
});

export const ROBOCALL_WEIGHTS = join(import.meta.dir, "../../weights");

/**
 * Loads models, thresholds and words from a folder as `models/train/train.ts` writes it (about 10 ms).
 * `gatherMs`: how long an answer may wait for other calls to ask too, so that one run answers them all.
 * @throws Error when a file is missing, or the weights were trained on features this version does not compute.
 */
export async function openRobocallModels(
  folder = ROBOCALL_WEIGHTS,
  device: Device = "cpu",
  gatherMs = 0,
): Promise<RobocallModels> {
  const { feature_version, threshold, votes } = Metadata.parse(
    JSON.parse(readFileSync(join(folder, "robocall.json"), "utf8")),
  );
  if (feature_version !== FEATURE_VERSION) {
    throw new Error(
      `the robocall weights in ${folder} are for features version ${feature_version}, this program computes ${FEATURE_VERSION}: train them again`,
    );
  }
  const words = readFileSync(join(folder, "robocall-text.bin"));
  const floats = Float32Array.from({ length: TEXT_BUCKETS + 1 }, (_, k) => words.readFloatLE(k * 4));
  const [sound, verdict] = await Promise.all(
    ["robocall-sound.onnx", "robocall-verdict.onnx"].map((name) => loadSession(join(folder, name), device)),
  );
  const text = { bias: floats[0]!, weights: floats.subarray(1) };
  return new RobocallModels(sound!, verdict!, threshold, votes, text, gatherMs);
}

export class RobocallModels {
  readonly #sound: Gathered;
  readonly #verdict: Gathered;

  constructor(
    sound: InferenceSession,
    verdict: InferenceSession,
    /** Score of everything together from which a caller may be a robocall. */
    readonly threshold: number,
    /** Score of a group alone from which it votes so. */
    readonly votes: Readonly<Record<(typeof EVIDENCE_GROUPS)[number], number>>,
    readonly text: TextWeights,
    gatherMs: number,
  ) {
    const outputs = SOUND_CLASSES.length;
    this.#sound = new Gathered(sound, { rows: 1, inputs: SOUND_FEATURES, outputs, gatherMs });
    this.#verdict = new Gathered(verdict, { rows: VERDICT_ROWS, inputs: FEATURE_COUNT, outputs: 1, gatherMs });
  }

  /** Runs of the sound-class and of the verdict model so far. */
  get runs(): number {
    return this.#sound.runs + this.#verdict.runs;
  }

  /** Probabilities in the order of `SOUND_CLASSES`; the array is the caller's. */
  classify(features: Float32Array): Promise<Float32Array> {
    return this.#sound.ask(features.slice(0, SOUND_FEATURES));
  }

  /** Scores of one moment (`CallEvidence.write`). */
  async judge(features: Float32Array): Promise<VerdictScores> {
    const copy = features.slice(0, FEATURE_COUNT);
    const rows = new Float32Array(VERDICT_ROWS * FEATURE_COUNT);
    verdictRows(copy, rows);
    return readVerdict(copy, await this.#verdict.ask(rows));
  }

  async close(): Promise<void> {
    await Promise.all([this.#sound.close(), this.#verdict.close()]);
  }
}
