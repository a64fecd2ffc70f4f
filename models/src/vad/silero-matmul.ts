/**
 * Silero v6 at 8 kHz with the same weights and the same results, written for batches. The published graph convolves 4, 2 and 1 frames of each call by itself: the
 * runtime then multiplies matrices four columns wide, 32 times over. Here a convolution is one multiplication for all frames of all calls.
 *
 * Per call: 32 samples of context and 256 of the window → 32 reflected at the end → 4 frames of 128 → magnitudes of 65 frequencies → 128 × 4 → 64 × 2 →
 * 64 → 128 channels → LSTM of 128 → one probability.
 */
import { ModelWriter, readWeights, type Weight } from "./onnx-file.ts";

const PREFIX = "model_8k.";
const INPUT = 288;
const PAD = 32;
const FRAME = 128;
const HOP = 64;
const FRAMES = 4;
const BINS = 65;
const HIDDEN = 128;
const OPSET = 18;
/** Beyond the end, in a slice. */
const END = 2 ** 31;

/** The model of `file` (`silero_vad_op18_ifless.onnx`), rewritten. @throws Error when the file is another model. */
export function rewriteSilero(file: Uint8Array): Uint8Array {
  const weights = readWeights(file);
  const weight = (name: string, ...dims: number[]): Weight => {
    const found = weights.get(PREFIX + name);
    if (found?.dims.join() === dims.join()) return found;
    throw new Error(`this is not the Silero model expected: ${PREFIX}${name} should be ${dims.join(" × ")}`);
  };
  const model = new ModelWriter();
  const slice = (from: string, start: number, end: number) =>
    model.node("Slice", [from, model.ints([start]), model.ints([end]), model.ints([1])]);
  const reshape = (from: string, width: number) => model.node("Reshape", [from, model.ints([-1, width])]);
  const side = (from: string, before: number, after: number, mode: "constant" | "reflect") =>
    model.node("Pad", [from, model.ints([0, before, 0, after])], { mode });
  /** Rows of `width` values that begin at each of `starts`. */
  const rows = (from: string, starts: readonly number[], width: number) =>
    reshape(
      model.node(
        "Concat",
        starts.map((start) => slice(from, start, start + width)),
        { axis: 1 },
      ),
      width,
    );
  const dense = (from: string, matrix: Float32Array, bias: Float32Array) =>
    model.node("Gemm", [
      from,
      model.floats(matrix, [matrix.length / bias.length, bias.length]),
      model.floats(bias, [bias.length]),
    ]);
  const layer = (from: string, name: string, out: number, into: number, taps: readonly number[]) => {
    const kernel = convolution(weight(`encoder.${name}.reparam_conv.weight`, out, into, 3), taps);
    const bias = weight(`encoder.${name}.reparam_conv.bias`, out).values;
    return model.node("Relu", [dense(from, kernel, bias)]);
  };

  const input = model.input("input", "float32", ["batch", INPUT]);
  const state = model.input("state", "float32", [2, "batch", HIDDEN]);
  model.input("sr", "int64", []);

  const starts = Array.from({ length: FRAMES }, (_, frame) => frame * HOP);
  const frames = rows(side(input, 0, PAD, "reflect"), starts, FRAME);
  const basis = transposed(weight("stft.forward_basis_buffer", 2 * BINS, 1, FRAME), 2 * BINS, FRAME);
  const spectrum = model.node("MatMul", [frames, model.floats(basis, [FRAME, 2 * BINS])]);
  const [real, imaginary] = [slice(spectrum, 0, BINS), slice(spectrum, BINS, END)];
  const power = model.node("Add", [model.node("Mul", [real, real]), model.node("Mul", [imaginary, imaginary])]);
  const magnitude = reshape(model.node("Sqrt", [power]), FRAMES * BINS);

  const padded = side(magnitude, BINS, BINS, "constant");
  const first = layer(rows(padded, [0, BINS, 2 * BINS, 3 * BINS], 3 * BINS), "0", 128, BINS, [0, 1, 2]);
  const left = side(reshape(first, FRAMES * 128), 128, 0, "constant");
  const second = layer(rows(left, [0, 2 * 128], 3 * 128), "1", 64, 128, [0, 1, 2]);
  // One frame is left: the taps that would lie in the padding are left out.
  const third = layer(reshape(second, 2 * 64), "2", 64, 64, [1, 2]);
  const heard = layer(third, "3", HIDDEN, 64, [1]);

  const part = (index: number) => reshape(model.node("Gather", [state, model.ints([index])], { axis: 0 }), HIDDEN);
  const cell = part(1);
  const both = model.node("Concat", [heard, part(0)], { axis: 1 });
  const fromInput = transposed(weight("decoder.rnn.weight_ih", 4 * HIDDEN, HIDDEN), 4 * HIDDEN, HIDDEN);
  const fromState = transposed(weight("decoder.rnn.weight_hh", 4 * HIDDEN, HIDDEN), 4 * HIDDEN, HIDDEN);
  const stacked = new Float32Array(fromInput.length + fromState.length);
  stacked.set(fromInput);
  stacked.set(fromState, fromInput.length);
  const ih = weight("decoder.rnn.bias_ih", 4 * HIDDEN).values;
  const hh = weight("decoder.rnn.bias_hh", 4 * HIDDEN).values;
  const gates = dense(
    both,
    stacked,
    ih.map((value, index) => value + hh[index]!),
  );
  const [enter, keep, update, show] = model.nodes("Split", [gates], 4, { axis: 1, num_outputs: 4 });
  const nextCell = model.node("Add", [
    model.node("Mul", [model.node("Sigmoid", [keep!]), cell]),
    model.node("Mul", [model.node("Sigmoid", [enter!]), model.node("Tanh", [update!])]),
  ]);
  const next = model.node("Mul", [model.node("Sigmoid", [show!]), model.node("Tanh", [nextCell])]);

  const decoder = weight("decoder.decoder.2.weight", 1, HIDDEN, 1).values;
  const voice = dense(model.node("Relu", [next]), decoder, weight("decoder.decoder.2.bias", 1).values);
  model.node("Sigmoid", [voice], {}, "output");
  const layers = [next, nextCell].map((value) => model.node("Unsqueeze", [value, model.ints([0])]));
  model.node("Concat", layers, { axis: 0 }, "stateN");
  model.output("output", ["batch", 1]);
  model.output("stateN", [2, "batch", HIDDEN]);
  return model.bytes(OPSET);
}

/** A kernel [out, into, 3] as the matrix [taps × into, out] that its windows, laid out tap by tap, are multiplied with. */
function convolution({ values, dims }: Weight, taps: readonly number[]): Float32Array {
  const [out = 0, into = 0] = dims;
  const matrix = new Float32Array(taps.length * into * out);
  for (const [row, tap] of taps.entries()) {
    for (let channel = 0; channel < into; channel++) {
      for (let k = 0; k < out; k++) matrix[(row * into + channel) * out + k] = values[(k * into + channel) * 3 + tap]!;
    }
  }
  return matrix;
}

function transposed({ values }: Weight, rows: number, columns: number): Float32Array {
  const matrix = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) matrix[column * rows + row] = values[row * columns + column]!;
  }
  return matrix;
}
