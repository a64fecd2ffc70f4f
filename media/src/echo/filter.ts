import type { SampleHistory } from "./history.ts";

/** 64 ms of echo path: a telephone hybrid entirely, of a room the loud beginning. */
export const TAPS = 512;
/** Taps before the strongest path, for what the finder's whitening hides. */
const AHEAD = 32;
/** Keeps the step small when she is nearly silent: power of −60 dBFS. */
const REGULARISATION = TAPS * 12 * 12;

/** Normalised least mean squares: a model of the echo path, 256 taps from `lag − 32` on. */
export class EchoFilter {
  /** Sums over the last `run`: what was heard, what the model says is echo, and what is left. */
  heardEnergy = 0;
  echoEnergy = 0;
  residualEnergy = 0;
  readonly #weights = new Float32Array(TAPS);
  #lag = 0;

  reset(lag: number): void {
    this.#lag = Math.max(0, lag - AHEAD);
    this.#weights.fill(0);
  }

  copyFrom(other: EchoFilter): void {
    this.#lag = other.#lag;
    this.#weights.set(other.#weights);
  }

  /**
   * Takes her echo out of `count` samples from `heardIndex`; `saidOffset` turns an index of `heard` into one of `said`. Writes what is left to
   * `residual` when given. Adapts as it goes, by `step` (0: not at all).
   */
  run(
    heard: SampleHistory,
    said: SampleHistory,
    heardIndex: number,
    saidOffset: number,
    count: number,
    step: number,
    residual?: Float32Array,
  ): void {
    const weights = this.#weights;
    const x = said.samples;
    const d = heard.samples;
    // Oldest sample first: weight k meets the sample k before the newest.
    const first = said.at(heardIndex + saidOffset - this.#lag - TAPS + 1);
    const heardAt = heard.at(heardIndex);
    let power = REGULARISATION;
    for (let k = 0; k < TAPS - 1; k++) power += x[first + k]! * x[first + k]!;
    this.heardEnergy = this.echoEnergy = this.residualEnergy = 0;
    for (let n = 0; n < count; n++) {
      const start = first + n;
      const newest = x[start + TAPS - 1]!;
      power += newest * newest;
      let echo = 0;
      // Four sums at once: one would wait for itself.
      let second = 0;
      let third = 0;
      let fourth = 0;
      for (let k = 0; k < TAPS; k += 4) {
        echo += weights[k]! * x[start + k]!;
        second += weights[k + 1]! * x[start + k + 1]!;
        third += weights[k + 2]! * x[start + k + 2]!;
        fourth += weights[k + 3]! * x[start + k + 3]!;
      }
      echo += second + third + fourth;
      const sample = d[heardAt + n]!;
      const left = sample - echo;
      this.heardEnergy += sample * sample;
      this.echoEnergy += echo * echo;
      this.residualEnergy += left * left;
      if (residual) residual[n] = left;
      if (step > 0) {
        const gain = (step * left) / power;
        for (let k = 0; k < TAPS; k++) weights[k]! += gain * x[start + k]!;
      }
      power -= x[start]! * x[start]!;
    }
  }
}
