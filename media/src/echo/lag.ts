import { Fft } from "../fft.ts";
import type { SampleHistory } from "./history.ts";

/** 1.02 s: the longest echo and the stretch compared. */
const SIZE = 8192;
const HALF = SIZE / 2;
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

/** Turn of the odd places against the even ones. */
const COS = Float64Array.from({ length: HALF / 2 + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / SIZE));
const SIN = Float64Array.from({ length: HALF / 2 + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / SIZE));

/**
 * How long her voice takes to come back, by generalised cross-correlation with whitening: one sharp peak where echo is, none where two people speak. About
 * 0.4 ms a look, so look seldom. One may serve all calls of a thread: nothing is kept between looks.
 */
export class LagFinder {
  /** Of the last look, in samples; at least `MIN_LAG_SAMPLES`. */
  lag = 0;
  /** Height of the peak in standard deviations of the rest. */
  strength = 0;
  readonly #fft = new Fft(SIZE);
  readonly #halfFft = new Fft(HALF);
  readonly #re = new Float64Array(SIZE);
  readonly #im = new Float64Array(SIZE);
  readonly #halfRe = this.#re.subarray(0, HALF);
  readonly #halfIm = this.#im.subarray(0, HALF);

  /** Compares the last of `heard` with what `said` was up to `MAX_LAG_SAMPLES` before `said` index `until`. */
  look(heard: SampleHistory, said: SampleHistory, until: number): void {
    this.#load(heard, said, until);
    this.#fft.transform(this.#re, this.#im);
    this.#crossSpectrum();
    this.#interleave();
    this.#halfFft.transform(this.#halfIm, this.#halfRe);
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

  /** heard · conj(said), whitened, in place, up to half the size: the rest is its mirror. */
  #crossSpectrum(): void {
    const re = this.#re;
    const im = this.#im;
    re.fill(0, 0, FIRST_BIN);
    im.fill(0, 0, FIRST_BIN);
    re.fill(0, LAST_BIN + 1, HALF + 1);
    im.fill(0, LAST_BIN + 1, HALF + 1);
    for (let k = FIRST_BIN; k <= LAST_BIN; k++) {
      const m = SIZE - k;
      const saidRe = (re[k]! + re[m]!) / 2;
      const saidIm = (im[k]! - im[m]!) / 2;
      const heardRe = (im[k]! + im[m]!) / 2;
      const heardIm = (re[m]! - re[k]!) / 2;
      const crossRe = heardRe * saidRe + heardIm * saidIm;
      const crossIm = heardIm * saidRe - heardRe * saidIm;
      const power = crossRe * crossRe + crossIm * crossIm;
      const weight = power > 0 ? power ** (-WHITENING / 2) : 0;
      re[k] = crossRe * weight;
      im[k] = crossIm * weight;
    }
  }

  /** The correlation is real: a transform of half the size does, with its even places as the real and its odd ones as the imaginary part. */
  #interleave(): void {
    const re = this.#re;
    const im = this.#im;
    for (let k = 0; k <= HALF / 2; k++) {
      const m = HALF - k;
      const sumRe = re[k]! + re[m]!;
      const sumIm = im[k]! - im[m]!;
      const differenceRe = re[k]! - re[m]!;
      const differenceIm = im[k]! + im[m]!;
      const oddRe = differenceRe * COS[k]! - differenceIm * SIN[k]!;
      const oddIm = differenceRe * SIN[k]! + differenceIm * COS[k]!;
      re[k] = sumRe - oddIm;
      im[k] = sumIm + oddRe;
      if (k === 0) continue;
      re[m] = sumRe + oddIm;
      im[m] = oddRe - sumIm;
    }
  }

  #findPeak(): void {
    let peak = 0;
    let sum = 0;
    this.lag = 0;
    for (let lag = MIN_LAG_SAMPLES; lag < MAX_LAG_SAMPLES; lag++) {
      const value = Math.abs(lag & 1 ? this.#im[lag >> 1]! : this.#re[lag >> 1]!);
      sum += value * value;
      if (value <= peak) continue;
      peak = value;
      this.lag = lag;
    }
    const deviation = Math.sqrt(sum / MAX_LAG_SAMPLES);
    this.strength = deviation > 0 ? peak / deviation : 0;
  }
}
