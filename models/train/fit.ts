/** Trains small networks: Adam on shuffled batches, cross entropy, weight decay. Deterministic by seed; seconds for 20,000 rows. */
import type { Layer, Mlp } from "../src/robocall/mlp.ts";
import { Random } from "./random.ts";

export interface Example {
  readonly input: Float32Array;
  /** Class number; for a sigmoid output 0 or 1. */
  readonly label: number;
  readonly weight: number;
}

export interface FitOptions {
  readonly seed: number;
  readonly hidden: number;
  /** 1: sigmoid; more: softmax over so many classes. */
  readonly classes: number;
  readonly epochs: number;
  readonly rate: number;
  readonly decay: number;
  /** Called on a copy of each input every time it is used: augmentation. */
  readonly disturb?: (input: Float32Array, random: Random) => void;
  /** Inputs that may only raise or only lower the (sigmoid) output. */
  readonly rising?: readonly number[];
  readonly falling?: readonly number[];
}

const BATCH = 64;

/** One hidden layer of ReLUs. */
export function fit(examples: readonly Example[], options: FitOptions): Mlp {
  const random = new Random(options.seed);
  const inputs = examples[0]!.input.length;
  const trainer = new Trainer(inputs, options, random);
  const order = examples.map((_, index) => index);
  const row = new Float32Array(inputs);
  const batches = Math.ceil(order.length / BATCH) * options.epochs;
  let batch = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    random.shuffle(order);
    for (let from = 0; from < order.length; from += BATCH) {
      for (const index of order.slice(from, from + BATCH)) {
        const example = examples[index]!;
        row.set(example.input);
        options.disturb?.(row, random);
        trainer.learn(row, example.label, example.weight);
      }
      trainer.step(options.rate * (1 - batch++ / batches));
    }
  }
  return trainer.mlp;
}

class Parameters {
  readonly values: Float32Array;
  readonly gradient: Float64Array;
  readonly #mean: Float64Array;
  readonly #square: Float64Array;

  constructor(size: number, init: () => number) {
    this.values = Float32Array.from({ length: size }, init);
    this.gradient = new Float64Array(size);
    this.#mean = new Float64Array(size);
    this.#square = new Float64Array(size);
  }

  /** Adam (Kingma, Ba 2015) with decoupled weight decay. */
  step(rate: number, decay: number, time: number): void {
    const correction = Math.sqrt(1 - 0.999 ** time) / (1 - 0.9 ** time);
    for (let k = 0; k < this.values.length; k++) {
      const g = this.gradient[k]! / BATCH;
      this.#mean[k] = 0.9 * this.#mean[k]! + 0.1 * g;
      this.#square[k] = 0.999 * this.#square[k]! + 0.001 * g * g;
      const move = (rate * correction * this.#mean[k]!) / (Math.sqrt(this.#square[k]!) + 1e-8);
      this.values[k] = this.values[k]! * (1 - rate * decay) - move;
      this.gradient[k] = 0;
    }
  }
}

class Trainer {
  readonly #w0: Parameters;
  readonly #b0: Parameters;
  readonly #w1: Parameters;
  readonly #b1: Parameters;
  readonly #hidden: Float64Array;
  readonly #outputs: Float64Array;
  #time = 0;

  constructor(
    private readonly inputs: number,
    private readonly options: FitOptions,
    random: Random,
  ) {
    const { hidden, classes } = options;
    const he = Math.sqrt(2 / inputs);
    this.#w0 = new Parameters(inputs * hidden, () => he * random.gaussian());
    this.#b0 = new Parameters(hidden, () => 0);
    this.#w1 = new Parameters(hidden * classes, () => Math.sqrt(1 / hidden) * random.gaussian());
    this.#b1 = new Parameters(classes, () => 0);
    this.#hidden = new Float64Array(hidden);
    this.#outputs = new Float64Array(classes);
    this.#keepMonotone();
  }

  get mlp(): Mlp {
    const { hidden, classes } = this.options;
    const first: Layer = { inputs: this.inputs, outputs: hidden, weights: this.#w0.values, bias: this.#b0.values };
    const second: Layer = { inputs: hidden, outputs: classes, weights: this.#w1.values, bias: this.#b1.values };
    return { layers: [first, second], output: classes === 1 ? "sigmoid" : "softmax" };
  }

  learn(x: Float32Array, label: number, weight: number): void {
    this.#forward(x);
    const { hidden, classes } = this.options;
    for (let c = 0; c < classes; c++) {
      const target = classes === 1 ? label : c === label ? 1 : 0;
      this.#outputs[c] = (this.#outputs[c]! - target) * weight;
      this.#b1.gradient[c]! += this.#outputs[c]!;
    }
    for (let h = 0; h < hidden; h++) {
      if (this.#hidden[h]! <= 0) continue;
      let back = 0;
      for (let c = 0; c < classes; c++) {
        this.#w1.gradient[h * classes + c]! += this.#hidden[h]! * this.#outputs[c]!;
        back += this.#w1.values[h * classes + c]! * this.#outputs[c]!;
      }
      this.#b0.gradient[h]! += back;
      for (let i = 0; i < this.inputs; i++) if (x[i] !== 0) this.#w0.gradient[i * hidden + h]! += x[i]! * back;
    }
  }

  step(rate: number): void {
    this.#time++;
    for (const each of [this.#w0, this.#w1]) each.step(rate, this.options.decay, this.#time);
    for (const each of [this.#b0, this.#b1]) each.step(rate, 0, this.#time);
    this.#keepMonotone();
  }

  #forward(x: Float32Array): void {
    const { hidden, classes } = this.options;
    for (let h = 0; h < hidden; h++) this.#hidden[h] = this.#b0.values[h]!;
    for (let i = 0; i < this.inputs; i++) {
      if (x[i] === 0) continue;
      for (let h = 0; h < hidden; h++) this.#hidden[h]! += x[i]! * this.#w0.values[i * hidden + h]!;
    }
    for (let c = 0; c < classes; c++) {
      let sum = this.#b1.values[c]!;
      for (let h = 0; h < hidden; h++)
        if (this.#hidden[h]! > 0) sum += this.#hidden[h]! * this.#w1.values[h * classes + c]!;
      this.#outputs[c] = sum;
    }
    this.#squash();
  }

  #squash(): void {
    const out = this.#outputs;
    if (out.length === 1) {
      out[0] = 1 / (1 + Math.exp(-out[0]!));
      return;
    }
    const highest = Math.max(...out);
    let sum = 0;
    for (let c = 0; c < out.length; c++) sum += out[c] = Math.exp(out[c]! - highest);
    for (let c = 0; c < out.length; c++) out[c]! /= sum;
  }

  /** A path through a hidden unit has the sign of the product of its two weights; those of the wrong sign are cut. */
  #keepMonotone(): void {
    const { hidden, rising = [], falling = [] } = this.options;
    for (let h = 0; h < hidden; h++) {
      const sign = Math.sign(this.#w1.values[h]!);
      for (const i of rising) if (this.#w0.values[i * hidden + h]! * sign < 0) this.#w0.values[i * hidden + h] = 0;
      for (const i of falling) if (this.#w0.values[i * hidden + h]! * sign > 0) this.#w0.values[i * hidden + h] = 0;
    }
  }
}
