import { SAMPLE_RATE_HZ } from "./units.ts";

/** Steady sines, continuing from call to call. `levelDbfs` is each sine's own: 0 is a full-scale sine. */
export class ToneGenerator {
  readonly #amplitude: number;
  readonly #steps: Float64Array;
  readonly #phases: Float64Array;

  constructor(frequenciesHz: readonly number[], levelDbfs: number) {
    this.#amplitude = 32767 * 10 ** (levelDbfs / 20);
    this.#steps = Float64Array.from(frequenciesHz, (hz) => (2 * Math.PI * hz) / SAMPLE_RATE_HZ);
    this.#phases = new Float64Array(frequenciesHz.length);
  }

  /** Overwrites `out` with the next samples; sums beyond full scale are clipped. */
  fill(out: Int16Array): void {
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let tone = 0; tone < this.#steps.length; tone++) {
        sum += Math.sin(this.#phases[tone]!);
        this.#phases[tone] = (this.#phases[tone]! + this.#steps[tone]!) % (2 * Math.PI);
      }
      out[i] = Math.max(-32768, Math.min(32767, Math.round(sum * this.#amplitude)));
    }
  }
}

/** `durationMs` of one or more sines (see `ToneGenerator`). */
export function tone(frequenciesHz: readonly number[], durationMs: number, levelDbfs: number): Int16Array {
  const out = new Int16Array(Math.round((durationMs * SAMPLE_RATE_HZ) / 1000));
  new ToneGenerator(frequenciesHz, levelDbfs).fill(out);
  return out;
}

/**
 * Power at a few frequencies, block by block (Goertzel's algorithm). Resolution is about 8000 / `blockSamples` Hz.
 * Feed it with `push` until it stops; when `ready`, read `powers` and `totalPower` before the next `push`.
 */
export class GoertzelBank {
  /** Per frequency, as a share of a full-scale sine's power: 1 is a full-scale sine of exactly that frequency. */
  readonly powers: Float64Array;
  /** Of the whole block, on the same scale. */
  totalPower = 0;
  /** A block is complete. */
  ready = false;
  readonly #coefficients: Float64Array;
  readonly #previous: Float64Array;
  readonly #beforePrevious: Float64Array;
  #energy = 0;
  #count = 0;

  constructor(
    frequenciesHz: readonly number[],
    readonly blockSamples: number,
  ) {
    this.powers = new Float64Array(frequenciesHz.length);
    this.#coefficients = Float64Array.from(frequenciesHz, (hz) => 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE_HZ));
    this.#previous = new Float64Array(frequenciesHz.length);
    this.#beforePrevious = new Float64Array(frequenciesHz.length);
  }

  /** Takes samples from index `from` up to the end of a block. Returns the index of the first one not taken. */
  push(samples: Int16Array, from = 0): number {
    this.ready = false;
    const to = Math.min(samples.length, from + this.blockSamples - this.#count);
    for (let i = from; i < to; i++) this.#add(samples[i]! / 32768);
    this.#count += Math.max(0, to - from);
    if (this.#count === this.blockSamples) this.#finish();
    return Math.max(from, to);
  }

  #add(x: number): void {
    this.#energy += x * x;
    for (let k = 0; k < this.powers.length; k++) {
      const next = x + this.#coefficients[k]! * this.#previous[k]! - this.#beforePrevious[k]!;
      this.#beforePrevious[k] = this.#previous[k]!;
      this.#previous[k] = next;
    }
  }

  #finish(): void {
    const scale = 4 / this.blockSamples ** 2;
    for (let k = 0; k < this.powers.length; k++) {
      const a = this.#previous[k]!;
      const b = this.#beforePrevious[k]!;
      this.powers[k] = scale * (a * a + b * b - this.#coefficients[k]! * a * b);
    }
    this.totalPower = (2 * this.#energy) / this.blockSamples;
    this.#previous.fill(0);
    this.#beforePrevious.fill(0);
    this.#energy = 0;
    this.#count = 0;
    this.ready = true;
  }
}
