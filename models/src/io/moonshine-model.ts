import tokenizer from "llama-tokenizer-js";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { DecoderSteps } from "../stt/moonshine-decoder.ts";
import type { TokenCodec } from "../stt/policy.ts";
import { type Device, loadSession } from "./onnx.ts";
import { packageFile } from "./package-file.ts";

export const MOONSHINE_NAMES = ["base", "tiny"] as const;
export type MoonshineName = (typeof MOONSHINE_NAMES)[number];

const PACKAGE = "@usefulsensors/moonshine-js";
const BOS = 1;
const VOCABULARY_SIZE = 32_768;
/** Tokens above are unused by the tokenizer, and decoding one would throw. */
const TOKENIZER_SIZE = 32_000;
const SHAPES: Record<MoonshineName, { layers: number; heads: number; headWidth: number }> = {
  base: { layers: 8, heads: 8, headWidth: 52 },
  tiny: { layers: 6, heads: 8, headWidth: 36 },
};

export const moonshineCodec: TokenCodec = {
  encode: (text) => tokenizer.encode(text, false, true),
  decode: (tokens) =>
    tokenizer.decode(
      tokens.filter((token) => token < TOKENIZER_SIZE),
      false,
      true,
    ),
};

/** Moonshine's two networks, English, q8, from the weights in the npm package. Blocks its thread while it runs. */
export class MoonshineModel {
  private constructor(
    private readonly shape: (typeof SHAPES)[MoonshineName],
    private readonly encoder: InferenceSession,
    private readonly decoder: InferenceSession,
  ) {}

  static async load(name: MoonshineName, device: Device = "cpu"): Promise<MoonshineModel> {
    const file = (part: string) => packageFile(PACKAGE, `model/${name}/quantized/${part}.onnx`);
    const [encoder, decoder] = await Promise.all([
      loadSession(file("encoder_model"), device),
      loadSession(file("decoder_model_merged"), device),
    ]);
    return new MoonshineModel(SHAPES[name], encoder, decoder);
  }

  /** @param audio 16 kHz, at least half a second. */
  async listen(audio: Float32Array<ArrayBuffer>): Promise<DecoderSteps> {
    const { last_hidden_state } = await this.encoder.run({
      input_values: new Tensor("float32", audio, [1, audio.length]),
    });
    return new MoonshineSteps(this.shape, this.decoder, last_hidden_state!);
  }

  async close(): Promise<void> {
    await Promise.all([this.encoder.release(), this.decoder.release()]);
  }
}

/** What the decoder attends to: the encoder's output, and the keys and values made of it. */
interface AudioInputs {
  readonly states: Tensor;
  readonly caches: Record<string, Tensor>;
}

class MoonshineSteps implements DecoderSteps {
  readonly vocabularySize = VOCABULARY_SIZE;
  /** The decoder's own keys and values of the last call, one row per hypothesis. */
  #past: Record<string, Tensor> = {};
  /** By number of hypotheses; for one it is what the first step computed. */
  readonly #audioInputs = new Map<number, AudioInputs>();
  #rows = 1;
  readonly #newOutputs: readonly string[];

  constructor(
    private readonly shape: (typeof SHAPES)[MoonshineName],
    private readonly decoder: InferenceSession,
    private readonly audio: Tensor,
  ) {
    this.#newOutputs = decoder.outputNames.filter((name) => !name.includes(".encoder."));
  }

  async start(): Promise<Float32Array> {
    const { layers, heads, headWidth } = this.shape;
    this.#past = {};
    this.#rows = 1;
    const empty = () => new Tensor("float32", new Float32Array(0), [1, heads, 0, headWidth]);
    const caches: Record<string, Tensor> = {};
    for (let layer = 0; layer < layers; layer++) {
      for (const kind of ["key", "value"]) {
        caches[`past_key_values.${layer}.decoder.${kind}`] = empty();
        caches[`past_key_values.${layer}.encoder.${kind}`] = empty();
      }
    }
    const outputs = await this.#run([BOS], this.audio, caches, false);
    const audioCaches: Record<string, Tensor> = {};
    for (let layer = 0; layer < layers; layer++) {
      for (const kind of ["key", "value"]) {
        audioCaches[`past_key_values.${layer}.encoder.${kind}`] = outputs[`present.${layer}.encoder.${kind}`]!;
      }
    }
    if (!this.#audioInputs.has(1)) this.#audioInputs.set(1, { states: this.audio, caches: audioCaches });
    return this.#keep(outputs);
  }

  async extend(parents: readonly number[], tokens: readonly number[]): Promise<Float32Array> {
    const rows = parents.length;
    const inOrder = rows === this.#rows && parents.every((parent, i) => parent === i);
    const caches: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(this.#past)) {
      caches[name] = inOrder ? tensor : gatherRows(tensor, parents);
    }
    const audio = this.#audioFor(rows);
    this.#rows = rows;
    return this.#keep(await this.#run(tokens, audio.states, { ...caches, ...audio.caches }, true));
  }

  /** The audio repeated for each hypothesis. Copied once per width, for it was a quarter of the beam's time when copied per token. */
  #audioFor(rows: number): AudioInputs {
    let inputs = this.#audioInputs.get(rows);
    if (!inputs) {
      const repeat = (tensor: Tensor) => gatherRows(tensor, new Array<number>(rows).fill(0));
      const one = this.#audioInputs.get(1)!;
      const caches = Object.fromEntries(Object.entries(one.caches).map(([name, tensor]) => [name, repeat(tensor)]));
      inputs = { states: repeat(one.states), caches };
      this.#audioInputs.set(rows, inputs);
    }
    return inputs;
  }

  #run(tokens: readonly number[], audio: Tensor, caches: Record<string, Tensor>, cached: boolean) {
    const feeds = {
      input_ids: new Tensor("int64", BigInt64Array.from(tokens, BigInt), [tokens.length, 1]),
      encoder_hidden_states: audio,
      use_cache_branch: new Tensor("bool", [cached], [1]),
      ...caches,
    };
    // Asking for only what is new saves copying the audio's keys and values out again at every token.
    return cached ? this.decoder.run(feeds, this.#newOutputs) : this.decoder.run(feeds);
  }

  #keep(outputs: Record<string, Tensor>): Float32Array {
    this.#past = {};
    for (let layer = 0; layer < this.shape.layers; layer++) {
      for (const kind of ["key", "value"]) {
        this.#past[`past_key_values.${layer}.decoder.${kind}`] = outputs[`present.${layer}.decoder.${kind}`]!;
      }
    }
    return outputs["logits"]!.data as Float32Array;
  }
}

/** A tensor whose row `i` is row `rows[i]` of the given one. */
function gatherRows(tensor: Tensor, rows: readonly number[]): Tensor {
  const [count, ...rest] = tensor.dims as [number, ...number[]];
  const source = tensor.data as Float32Array;
  const size = source.length / count;
  const data = new Float32Array(size * rows.length);
  rows.forEach((row, i) => {
    data.set(source.subarray(row * size, (row + 1) * size), i * size);
  });
  return new Tensor("float32", data, [rows.length, ...rest]);
}
