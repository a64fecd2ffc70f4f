import { Fft } from "../fft.ts";
import type { SampleHistory } from "./history.ts";

/** 1.02 s: the longest echo and the stretch compared. */
const SIZE = 8192;
/** 96 ms of microphone are compared with her. */
const WINDOW = 768;
const EDGE = 32;
/** 640 ms: echo path, both ways of the network and our jitter buffer. */
export const MAX_LAG_SAMPLES = 5120;
/** Shorter ones are where the windows' edges meet. */
const MIN_LAG_SAMPLES = 160;
/** Whitening: 1 would weigh every frequency alike (PHAT), 0 not at all. */
const WHITENING = 0.8;
/** 250–3400 Hz; outside there is only noise. */
const FIRST_BIN = Math.round((250 * SIZE) / 8000);
const LAST_BIN = Math.round((3400 * SIZE) / 8000);

/** Raised-cosine edges: an abrupt beginning correlates with every other one. */
const TAPER = Float64Array.from({ length: WINDOW }, (_, n) =>
  n < EDGE || n >= WINDOW - EDGE ? 0.5 - 0.5 * Math.cos((Math.PI * (Math.min(n, WINDOW - 1 - n) + 0.5)) / EDGE) : 1,
);

/**
 * How long her voice takes to come back, by generalised cross-correlation with whitening: one sharp peak where echo is, none where two people speak. About
 * 0.5 ms a look, so look seldom. One may serve all calls of a thread: nothing is kept between looks.
 */
export class LagFinder {
  /** Of the last look, in samples; at least `MIN_LAG_SAMPLES`. */
  lag = 0;
  /** Height of the peak in standard deviations of the rest. */
  strength = 0;
  readonly #fft = new Fft(SIZE);
  readonly #re = new Float64Array(SIZE);
  readonly #im = new Float64Array(SIZE);

  /** Compares the last of `heard` with what `said` was up to `MAX_LAG_SAMPLES` before `said` index `until`. */
  look(heard: SampleHistory, said: SampleHistory, until: number): void {
    this.#load(heard, said, until);
    this.#fft.transform(this.#re, this.#im);
    this.#crossSpectrum();
    this.#fft.transform(this.#im, this.#re);
    this.#findPeak();
  }

  /** Both are real, so one complex transform does for two. */
  #load(heard: SampleHistory, said: SampleHistory, until: number): void {
    const reach = MAX_LAG_SAMPLES + WINDOW;
    this.#re.fill(0);
    this.#im.fill(0);
    const from = Math.max(until - reach, said.end - said.capacity, 0);
    const at = said.at(from);
    for (let n = from; n < Math.min(until, said.end); n++) this.#re[n - until + reach] = said.samples[at + n - from]!;
    const heardAt = heard.at(heard.end - WINDOW);
    for (let n = 0; n < WINDOW; n++) this.#im[reach - WINDOW + n] = heard.samples[heardAt + n]! * TAPER[n]!;
  }

  /** heard · conj(said), whitened, in place; bin k and its mirror together. */
  #crossSpectrum(): void {
    const re = this.#re;
    const im = this.#im;
    for (let k = 0; k <= SIZE / 2; k++) {
      const m = (SIZE - k) & (SIZE - 1);
      const saidRe = (re[k]! + re[m]!) / 2;
      const saidIm = (im[k]! - im[m]!) / 2;
      const heardRe = (im[k]! + im[m]!) / 2;
      const heardIm = (re[m]! - re[k]!) / 2;
      const crossRe = heardRe * saidRe + heardIm * saidIm;
      const crossIm = heardIm * saidRe - heardRe * saidIm;
      const power = crossRe * crossRe + crossIm * crossIm;
      const inside = k >= FIRST_BIN && k <= LAST_BIN && power > 0;
      const weight = inside ? power ** (-WHITENING / 2) : 0;
      re[k] = crossRe * weight;
      im[k] = crossIm * weight;
      re[m] = re[k]!;
      im[m] = -im[k]!;
    }
  }

  #findPeak(): void {
    let peak = 0;
    let sum = 0;
    this.lag = 0;
    for (let lag = MIN_LAG_SAMPLES; lag < MAX_LAG_SAMPLES; lag++) {
      const value = Math.abs(this.#re[lag]!);
      sum += value * value;
      if (value <= peak) continue;
      peak = value;
      this.lag = lag;
    }
    const deviation = Math.sqrt(sum / MAX_LAG_SAMPLES);
    this.strength = deviation > 0 ? peak / deviation : 0;
  }
}
