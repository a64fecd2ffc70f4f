/** The robocall models on onnxruntime. One of each per thread, shared by all its calls. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { z } from "zod";
import { EVIDENCE_GROUPS, FEATURE_COUNT, FEATURE_VERSION } from "../robocall/features.ts";
import { SOUND_CLASSES, SOUND_FEATURES } from "../robocall/sound.ts";
import { TEXT_BUCKETS, type TextWeights } from "../robocall/text-score.ts";
import { readVerdict, VERDICT_ROWS, type VerdictScores, verdictRows } from "../robocall/verdict.ts";
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
 * @throws Error when a file is missing, or the weights were trained on features this version does not compute.
 */
export async function openRobocallModels(folder = ROBOCALL_WEIGHTS, device: Device = "cpu"): Promise<RobocallModels> {
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
  return new RobocallModels(sound!, verdict!, threshold, votes, { bias: floats[0]!, weights: floats.subarray(1) });
}

export class RobocallModels {
  readonly #soundIn = new Float32Array(SOUND_FEATURES);
  readonly #soundOut = new Float32Array(SOUND_CLASSES.length);
  readonly #rows = new Float32Array(VERDICT_ROWS * FEATURE_COUNT);
  readonly #verdictOut = new Float32Array(VERDICT_ROWS);
  readonly #sound: Prepared;
  readonly #verdict: Prepared;
  #last: Promise<void> = Promise.resolve();

  constructor(
    sound: InferenceSession,
    verdict: InferenceSession,
    /** Score of everything together from which a caller may be a robocall. */
    readonly threshold: number,
    /** Score of a group alone from which it votes so. */
    readonly votes: Readonly<Record<(typeof EVIDENCE_GROUPS)[number], number>>,
    readonly text: TextWeights,
  ) {
    this.#sound = prepare(sound, this.#soundIn, 1, this.#soundOut);
    this.#verdict = prepare(verdict, this.#rows, VERDICT_ROWS, this.#verdictOut);
  }

  /** Probabilities in the order of `SOUND_CLASSES`; the array is the caller's. Calls at the same time are run one after the other. */
  classify(features: Float32Array): Promise<Float32Array> {
    const copy = features.slice(0, SOUND_FEATURES);
    return this.#inTurn(async () => {
      this.#soundIn.set(copy);
      await run(this.#sound);
      return this.#soundOut.slice();
    });
  }

  /** Scores of one moment (`CallEvidence.write`). */
  judge(features: Float32Array): Promise<VerdictScores> {
    const copy = features.slice(0, FEATURE_COUNT);
    return this.#inTurn(async () => {
      verdictRows(copy, this.#rows);
      await run(this.#verdict);
      return readVerdict(copy, this.#verdictOut);
    });
  }

  async close(): Promise<void> {
    await this.#last;
    await Promise.all([this.#sound.session.release(), this.#verdict.session.release()]);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}

interface Prepared {
  readonly session: InferenceSession;
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

/** Tensors over arrays that are kept: the runtime reads and writes them in place. */
function prepare(session: InferenceSession, input: Float32Array, rows: number, output: Float32Array): Prepared {
  return {
    session,
    feeds: { features: new Tensor("float32", input, [rows, input.length / rows]) },
    fetches: { probabilities: new Tensor("float32", output, [rows, output.length / rows]) },
  };
}

async function run({ session, feeds, fetches }: Prepared): Promise<void> {
  await session.run(feeds, fetches);
}
