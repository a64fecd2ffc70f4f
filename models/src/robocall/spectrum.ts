/** Samples analysed at once: the VAD's window, 32 ms at 8 kHz. */
export const WINDOW_SAMPLES = 256;
export const WINDOW_MS = 32;
/** 31.25 Hz. */
export const BIN_HZ = 8000 / WINDOW_SAMPLES;
const BINS = WINDOW_SAMPLES / 2 + 1;
const HALF = WINDOW_SAMPLES / 2;

const HANN = Float64Array.from(
  { length: WINDOW_SAMPLES },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW_SAMPLES),
);
const COS = Float64Array.from({ length: HALF }, (_, k) => Math.cos((2 * Math.PI * k) / WINDOW_SAMPLES));
const SIN = Float64Array.from({ length: HALF }, (_, k) => Math.sin((2 * Math.PI * k) / WINDOW_SAMPLES));
const REVERSED = Uint8Array.from({ length: HALF }, (_, n) => {
  let reversed = 0;
  for (let bit = 1; bit < HALF; bit *= 2) reversed = reversed * 2 + (n & bit ? 1 : 0);
  return reversed;
});

/**
 * Power spectrum of one window (Hann, real FFT of 256 as a complex one of 128). Nothing is allocated per window; one object may serve
 * every call of a thread, because nothing is kept from one window to the next.
 */
export class Spectrum {
  /** Per bin of 31.25 Hz; a full-scale sine in the middle of a bin gives 1/4 of its power at the peak, the rest beside it. */
  readonly power = new Float64Array(BINS);
  /** Sum of `power`. */
  total = 0;
  /** The strongest bin. */
  peak = 0;
  /** Sum of `power` before each bin. */
  readonly #before = new Float64Array(BINS + 1);
  readonly #re = new Float64Array(HALF);
  readonly #im = new Float64Array(HALF);

  analyse(window: Float32Array): void {
    const re = this.#re;
    const im = this.#im;
    for (let n = 0; n < HALF; n++) {
      const at = REVERSED[n]!;
      re[at] = window[2 * n]! * HANN[2 * n]!;
      im[at] = window[2 * n + 1]! * HANN[2 * n + 1]!;
    }
    this.#firstStages();
    this.#twoStages(8);
    this.#twoStages(32);
    this.#lastStage();
    this.#split();
  }

  /** Share of the power in the bins `from`..`to`, 0..1. */
  share(from: number, to: number): number {
    return this.total > 0 ? this.sum(from, to) / this.total : 0;
  }

  /** Power in the bins `from`..`to`. */
  sum(from: number, to: number): number {
    return this.#before[Math.min(to, BINS - 1) + 1]! - this.#before[Math.max(0, from)]!;
  }

  /** Sizes 2 and 4 at once: their factors are 1 and −i. */
  #firstStages(): void {
    const re = this.#re;
    const im = this.#im;
    for (let a = 0; a < HALF; a += 4) {
      const r0 = re[a]! + re[a + 1]!;
      const i0 = im[a]! + im[a + 1]!;
      const r1 = re[a]! - re[a + 1]!;
      const i1 = im[a]! - im[a + 1]!;
      const r2 = re[a + 2]! + re[a + 3]!;
      const i2 = im[a + 2]! + im[a + 3]!;
      const r3 = re[a + 2]! - re[a + 3]!;
      const i3 = im[a + 2]! - im[a + 3]!;
      re[a] = r0 + r2;
      im[a] = i0 + i2;
      re[a + 1] = r1 + i3;
      im[a + 1] = i1 - r3;
      re[a + 2] = r0 - r2;
      im[a + 2] = i0 - i2;
      re[a + 3] = r1 - i3;
      im[a + 3] = i1 + r3;
    }
  }

  /** Sizes `size` and twice that at once: every value is read and written half as often. */
  #twoStages(size: number): void {
    const re = this.#re;
    const im = this.#im;
    const half = size / 2;
    const step = WINDOW_SAMPLES / size;
    for (let k = 0; k < half; k++) {
      const wr = COS[k * step]!;
      const wi = SIN[k * step]!;
      const vr = COS[(k * step) / 2]!;
      const vi = SIN[(k * step) / 2]!;
      for (let a = k; a < HALF; a += 2 * size) {
        const b = a + half;
        const c = a + size;
        const d = c + half;
        const br = re[b]! * wr + im[b]! * wi;
        const bi = im[b]! * wr - re[b]! * wi;
        const dr = re[d]! * wr + im[d]! * wi;
        const di = im[d]! * wr - re[d]! * wi;
        const ar = re[a]!;
        const ai = im[a]!;
        const cr = re[c]!;
        const ci = im[c]!;
        const sumRe = cr + dr;
        const sumIm = ci + di;
        const differenceRe = cr - dr;
        const differenceIm = ci - di;
        const er = sumRe * vr + sumIm * vi;
        const ei = sumIm * vr - sumRe * vi;
        const fr = differenceRe * vr + differenceIm * vi;
        const fi = differenceIm * vr - differenceRe * vi;
        re[a] = ar + br + er;
        im[a] = ai + bi + ei;
        re[c] = ar + br - er;
        im[c] = ai + bi - ei;
        re[b] = ar - br + fi;
        im[b] = ai - bi - fr;
        re[d] = ar - br - fi;
        im[d] = ai - bi + fr;
      }
    }
  }

  #lastStage(): void {
    const re = this.#re;
    const im = this.#im;
    for (let a = 0; a < HALF / 2; a++) {
      const b = a + HALF / 2;
      const wr = COS[2 * a]!;
      const wi = SIN[2 * a]!;
      const tr = re[b]! * wr + im[b]! * wi;
      const ti = im[b]! * wr - re[b]! * wi;
      const ar = re[a]!;
      const ai = im[a]!;
      re[b] = ar - tr;
      im[b] = ai - ti;
      re[a] = ar + tr;
      im[a] = ai + ti;
    }
  }

  /** Untangles the two interleaved real transforms: bins `k` and `HALF - k` come from the same two values. */
  #split(): void {
    const re = this.#re;
    const im = this.#im;
    const { power } = this;
    // Of the two halves that are left out below: a quarter of the power.
    const scale = 1 / (4 * HALF * HALF);
    power[0] = (2 * re[0]! + 2 * im[0]!) ** 2 * scale;
    power[HALF] = (2 * re[0]! - 2 * im[0]!) ** 2 * scale;
    for (let k = 1, b = HALF - 1; k <= b; k++, b--) {
      const evenRe = re[k]! + re[b]!;
      const evenIm = im[k]! - im[b]!;
      const oddRe = im[k]! + im[b]!;
      const oddIm = re[b]! - re[k]!;
      const c = COS[k]!;
      const s = SIN[k]!;
      const real = evenRe + oddRe * c + oddIm * s;
      const imaginary = evenIm + oddIm * c - oddRe * s;
      power[k] = (real * real + imaginary * imaginary) * scale;
      const d = COS[b]!;
      const t = SIN[b]!;
      const otherReal = evenRe + oddRe * d - oddIm * t;
      const otherImaginary = evenIm + oddIm * d + oddRe * t;
      power[b] = (otherReal * otherReal + otherImaginary * otherImaginary) * scale;
    }
    this.#sumUp();
  }

  #sumUp(): void {
    const { power } = this;
    const before = this.#before;
    let total = 0;
    let highest = -1;
    let peak = 0;
    for (let k = 0; k < BINS; k++) {
      const here = power[k]!;
      total += here;
      before[k + 1] = total;
      if (here <= highest) continue;
      highest = here;
      peak = k;
    }
    this.peak = peak;
    this.total = total;
  }
}

/**
 * Share of the window's power at exactly `frequencyHz` (Goertzel's algorithm, no window function): 1 for a pure sine of that frequency, 0.7
 * when it is 10 Hz off.
 */
export function toneShare(window: Float32Array, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / 8000);
  let previous = 0;
  let before = 0;
  let energy = 0;
  for (let n = 0; n < window.length; n++) {
    const x = window[n]!;
    const next = x + coefficient * previous - before;
    before = previous;
    previous = next;
    energy += x * x;
  }
  const power = previous * previous + before * before - coefficient * previous * before;
  return energy > 0 ? (2 * power) / (window.length * energy) : 0;
}
