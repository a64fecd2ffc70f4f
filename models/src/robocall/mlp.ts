/** A small fully connected network, as trained: the reference the ONNX file is compared with. ReLU between layers. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Row per input: `weights[input * outputs + output]`. */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface Mlp {
  readonly layers: readonly Layer[];
  /** What the last layer goes through. */
  readonly output: "sigmoid" | "softmax";
}

/** Outputs for one row of inputs. */
export function forward(mlp: Mlp, input: ArrayLike<number>): Float64Array {
  let values: ArrayLike<number> = input;
  mlp.layers.forEach((layer, index) => {
    values = apply(layer, values, index < mlp.layers.length - 1);
  });
  const out = Float64Array.from(values);
  return mlp.output === "sigmoid" ? out.map((x) => 1 / (1 + Math.exp(-x))) : softmax(out);
}

function apply({ inputs, outputs, weights, bias }: Layer, values: ArrayLike<number>, relu: boolean): Float64Array {
  const out = Float64Array.from(bias);
  for (let i = 0; i < inputs; i++) {
    const x = values[i]!;
    if (x === 0) continue;
    for (let o = 0; o < outputs; o++) out[o]! += x * weights[i * outputs + o]!;
  }
  if (relu) for (let o = 0; o < outputs; o++) if (out[o]! < 0) out[o] = 0;
  return out;
}

function softmax(values: Float64Array): Float64Array {
  const highest = Math.max(...values);
  const powers = values.map((x) => Math.exp(x - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
}
