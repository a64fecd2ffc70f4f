/** Writes the files of `models/weights/`: models, metadata, parity vectors, model card. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { forward, type Mlp } from "../src/robocall/mlp.ts";
import { SOUND_FEATURES } from "../src/robocall/sound.ts";
import type { TextWeights } from "../src/robocall/text-score.ts";
import { writeOnnx } from "./onnx.ts";
import { Random } from "./random.ts";
import type { RehearsedCall } from "./snapshots.ts";

export interface Trained {
  readonly sound: Mlp;
  readonly verdict: Mlp;
  readonly text: TextWeights | undefined;
  readonly metadata: Record<string, unknown>;
  readonly card: string;
  /** Calls whose features become parity vectors. */
  readonly sample: readonly RehearsedCall[];
}

const PARITY_ROWS = 16;

export async function writeWeights(folder: string, trained: Trained): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  put("robocall-sound.onnx", writeOnnx(trained.sound, "robocall-sound"));
  put("robocall-verdict.onnx", writeOnnx(trained.verdict, "robocall-verdict"));
  if (trained.text) put("robocall-text.bin", textFile(trained.text));
  put("robocall.json", `${JSON.stringify(trained.metadata, null, 2)}\n`);
  put("robocall-parity.json", `${JSON.stringify(parity(trained))}\n`);
  put("README.md", trained.card);
}

/** Little-endian float32: the bias, then one weight per bucket. */
function textFile({ bias, weights }: TextWeights): Uint8Array {
  return new Uint8Array(Float32Array.of(bias, ...weights).buffer);
}

/** Inputs with the outputs of the network as trained; the test compares them with what onnxruntime answers. */
function parity({ sound, verdict, sample }: Trained): object {
  const random = new Random(5);
  const step = Math.max(1, Math.floor(sample.length / PARITY_ROWS));
  const verdictInputs = sample
    .filter((_, index) => index % step === 0)
    .map(({ snapshots }) => snapshots.at(-1)!.features);
  const soundInputs = Array.from({ length: PARITY_ROWS }, () =>
    Float32Array.from({ length: SOUND_FEATURES }, () => random.between(-2, 2)),
  );
  const vectors = (mlp: Mlp, inputs: readonly Float32Array[]) =>
    inputs.slice(0, PARITY_ROWS).map((input) => ({ input: [...input], output: [...forward(mlp, input)] }));
  return { sound: vectors(sound, soundInputs), verdict: vectors(verdict, verdictInputs) };
}
