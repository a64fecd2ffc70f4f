/**
 * `sherpa-onnx-node` (Apache-2.0) runs a model the operator supplies: a Whisper recogniser, a Piper or Kokoro voice. It is 30–60 MB with its
 * libraries and useless without a model, so it is not a dependency: `bun add sherpa-onnx-node` where it is wanted.
 */
import { existsSync } from "node:fs";

/** The part of the package this project uses. */
export interface SherpaModule {
  readonly OfflineTts: new (config: unknown) => SherpaVoice;
  readonly OfflineRecognizer: new (config: unknown) => SherpaRecognizer;
}

export interface SherpaVoice {
  readonly sampleRate: number;
  generate(request: { text: string; sid: number; speed: number }): { samples: Float32Array };
}

export interface SherpaRecognizer {
  createStream(): SherpaStream;
  decode(stream: SherpaStream): void;
  getResult(stream: SherpaStream): { text: string };
}

export interface SherpaStream {
  acceptWaveform(audio: { samples: Float32Array; sampleRate: number }): void;
}

const PACKAGE = "sherpa-onnx-node";

/** @throws Error saying what to install. */
export async function loadSherpa(): Promise<SherpaModule> {
  try {
    const loaded = (await import(PACKAGE)) as SherpaModule & { default?: SherpaModule };
    return loaded.default ?? loaded;
  } catch (error) {
    throw new Error(`the configured model needs ${PACKAGE}: run \`bun add ${PACKAGE}\` (${String(error)})`);
  }
}

/** @throws Error naming the first of the model's files that is not there. */
export function requireFiles(paths: readonly string[]): void {
  for (const path of paths) {
    if (!existsSync(path)) throw new Error(`model file ${path} does not exist: check the configured model folder`);
  }
}
