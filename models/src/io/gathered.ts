/** A small ONNX model asked by many calls: what is asked within `gatherMs` is answered by one run, for the runtime's own call costs more than the arithmetic. */
import { type InferenceSession, Tensor } from "onnxruntime-node";

/** Asks in one run; more wait for the next. */
const MAX_ASKS = 32;

export interface GatheredOptions {
  /** Rows of one ask, and values of a row that go in and come out. */
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /** 0: what is asked in the same turn of the event loop. */
  readonly gatherMs: number;
}

interface Ask {
  readonly input: Float32Array;
  readonly resolve: (output: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Tensors over the kept arrays; the runtime reads and writes them in place. */
interface Run {
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

export class Gathered {
  /** Runs so far. */
  runs = 0;
  readonly #input: Float32Array;
  readonly #output: Float32Array;
  readonly #prepared = new Map<number, Run>();
  #asks: Ask[] = [];
  #busy: Promise<void> | undefined;

  constructor(
    private readonly session: InferenceSession,
    private readonly options: GatheredOptions,
  ) {
    this.#input = new Float32Array(MAX_ASKS * options.rows * options.inputs);
    this.#output = new Float32Array(MAX_ASKS * options.rows * options.outputs);
  }

  /** `input` is copied only when its turn comes: it must not change until then. The answer is the caller's. */
  ask(input: Float32Array): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#asks.push({ input, resolve, reject });
      this.#busy ??= this.#work();
    });
  }

  /** Answers what has been asked and lets the model go. */
  async close(): Promise<void> {
    await this.#busy;
    await this.session.release();
  }

  async #work(): Promise<void> {
    await this.#gather();
    while (this.#asks.length > 0) {
      const asks = this.#asks.splice(0, MAX_ASKS);
      try {
        await this.#run(asks);
      } catch (error) {
        for (const { reject } of asks) reject(error);
      }
    }
    this.#busy = undefined;
  }

  #gather(): Promise<void> {
    const { gatherMs } = this.options;
    return gatherMs > 0 ? new Promise((resolve) => setTimeout(resolve, gatherMs)) : Promise.resolve();
  }

  async #run(asks: readonly Ask[]): Promise<void> {
    const { rows, inputs, outputs } = this.options;
    asks.forEach(({ input }, index) => {
      this.#input.set(input, index * rows * inputs);
    });
    const { feeds, fetches } = this.#tensors(asks.length);
    this.runs++;
    await this.session.run(feeds, fetches);
    asks.forEach(({ resolve }, index) => {
      resolve(this.#output.slice(index * rows * outputs, (index + 1) * rows * outputs));
    });
  }

  /** The next power of two: what lies behind the asks is answered for nothing, and six sizes are kept instead of 32. */
  #tensors(asks: number): Run {
    const size = 2 ** Math.ceil(Math.log2(asks));
    const kept = this.#prepared.get(size);
    if (kept) return kept;
    const count = size * this.options.rows;
    const over = (all: Float32Array, width: number) =>
      new Tensor("float32", all.subarray(0, count * width), [count, width]);
    const run = {
      feeds: { features: over(this.#input, this.options.inputs) },
      fetches: { probabilities: over(this.#output, this.options.outputs) },
    };
    this.#prepared.set(size, run);
    return run;
  }
}
