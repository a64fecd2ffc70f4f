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
    for (let n = 0; n < HALF; n++) {
      const at = REVERSED[n]!;
      this.#re[at] = window[2 * n]! * HANN[2 * n]!;
      this.#im[at] = window[2 * n + 1]! * HANN[2 * n + 1]!;
    }
    for (let size = 2; size <= HALF; size *= 2) this.#stage(size);
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

  #stage(size: number): void {
    const re = this.#re;
    const im = this.#im;
    const half = size / 2;
    const step = WINDOW_SAMPLES / size;
    for (let k = 0; k < half; k++) {
      const wr = COS[k * step]!;
      const wi = -SIN[k * step]!;
      for (let a = k; a < HALF; a += size) {
        const b = a + half;
        const tr = re[b]! * wr - im[b]! * wi;
        const ti = re[b]! * wi + im[b]! * wr;
        re[b] = re[a]! - tr;
        im[b] = im[a]! - ti;
        re[a] = re[a]! + tr;
        im[a] = im[a]! + ti;
      }
    }
  }

  /** Untangles the two interleaved real transforms. */
  #split(): void {
    const re = this.#re;
    const im = this.#im;
    const scale = 1 / (HALF * HALF);
    let total = 0;
    let highest = -1;
    for (let k = 0; k <= HALF; k++) {
      const a = k & (HALF - 1);
      const b = (HALF - k) & (HALF - 1);
      const evenRe = (re[a]! + re[b]!) / 2;
      const evenIm = (im[a]! - im[b]!) / 2;
      const oddRe = (im[a]! + im[b]!) / 2;
      const oddIm = (re[b]! - re[a]!) / 2;
      const c = k === HALF ? -1 : COS[k]!;
      const s = k === HALF ? 0 : SIN[k]!;
      const real = evenRe + oddRe * c + oddIm * s;
      const imaginary = evenIm + oddIm * c - oddRe * s;
      const power = (real * real + imaginary * imaginary) * scale;
      this.power[k] = power;
      total += power;
      this.#before[k + 1] = total;
      if (power <= highest) continue;
      highest = power;
      this.peak = k;
    }
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
