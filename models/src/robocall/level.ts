/** Levels over the whole call so far, from a histogram of 1 dB steps: no allocation, no per-window sorting. */
const FLOOR_DBFS = -96;
const BINS = 97;
/** Quieter than G.711's own rounding: a line that was never analogue, or a muted one. */
const ZERO_DBFS = -70;
const CLIPPED = 0.98;

export class LevelMeter {
  /** dBFS of the last window. */
  lastDbfs = FLOOR_DBFS;
  readonly #histogram = new Uint32Array(BINS);
  #windows = 0;
  #zeroWindows = 0;
  #clippedWindows = 0;

  push(window: Float32Array): void {
    let energy = 0;
    let peak = 0;
    for (let n = 0; n < window.length; n++) {
      const x = window[n]!;
      energy += x * x;
      const magnitude = x < 0 ? -x : x;
      if (magnitude > peak) peak = magnitude;
    }
    const dbfs = Math.max(FLOOR_DBFS, Math.min(0, 10 * Math.log10(energy / window.length + 1e-12)));
    this.lastDbfs = dbfs;
    this.#histogram[Math.round(dbfs - FLOOR_DBFS)]!++;
    this.#windows++;
    if (dbfs < ZERO_DBFS) this.#zeroWindows++;
    if (peak >= CLIPPED) this.#clippedWindows++;
  }

  /** dBFS that `share` of all windows stay below. */
  percentile(share: number): number {
    const wanted = share * this.#windows;
    let seen = 0;
    for (let bin = 0; bin < BINS; bin++) {
      seen += this.#histogram[bin]!;
      if (seen >= wanted) return bin + FLOOR_DBFS;
    }
    return 0;
  }

  /** Share of windows without any sound at all, 0..1. */
  get zeroShare(): number {
    return this.#windows > 0 ? this.#zeroWindows / this.#windows : 0;
  }

  get clippedShare(): number {
    return this.#windows > 0 ? this.#clippedWindows / this.#windows : 0;
  }
}
