import { readFile } from "node:fs/promises";
import { designResampler, resample } from "@sk-voice/media/resample.ts";
import { Tensor } from "onnxruntime-node";
import { MEL_BANDS, MEL_FRAMES, turnFeatures } from "../turn/log-mel.ts";
import { loadSession } from "./onnx.ts";
import { serveJobs } from "./worker-side.ts";

export interface SmartTurnConfig {
  readonly path: string;
  readonly sha256: string;
}

const TO_16K = designResampler(8000, 16_000);

/** @throws Error when the file is another one than was added, or is no model of this kind. */
async function load({ path, sha256 }: SmartTurnConfig): Promise<(features: Float32Array) => Promise<number>> {
  const bytes = await readFile(path);
  const found = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  if (found !== sha256) {
    throw new Error(`${path} has changed since it was added: add it again (bun run models add smart-turn --from …)`);
  }
  const session = await loadSession(bytes);
  const [input, output] = [session.inputNames[0], session.outputNames[0]];
  const judge = async (features: Float32Array): Promise<number> => {
    const tensor = new Tensor("float32", features, [1, MEL_BANDS, MEL_FRAMES]);
    const answer = (await session.run({ [input!]: tensor }))[output!]?.data as Float32Array | undefined;
    const probability = answer?.length === 1 ? answer[0]! : Number.NaN;
    if (!(probability >= 0 && probability <= 1))
      throw new Error(`${path} answers no probability: it is no Smart Turn v3`);
    return probability;
  };
  await judge(turnFeatures(new Float32Array(0)));
  return judge;
}

serveJobs<SmartTurnConfig, Int16Array<ArrayBuffer>, number>(async (config) => {
  const judge = await load(config);
  return {
    async run(samples) {
      const audio = Float32Array.from(resample(samples, TO_16K), (sample) => sample / 32_768);
      return { response: await judge(turnFeatures(audio)), transfer: [] };
    },
  };
});
