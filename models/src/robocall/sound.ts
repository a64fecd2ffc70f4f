/**
 * What the last two seconds sounded like, as numbers for the sound-class model. There is no class for synthetic speech: telling it from a
 * human voice flagged 30 % of unseen Indian-English speakers.
 */
import type { Spectrum } from "./spectrum.ts";

export const SOUND_CLASSES = ["voice", "music", "tone", "noise"] as const;
export type SoundClass = (typeof SOUND_CLASSES)[number];

/** The likeliest of the model's probabilities. */
export function soundClassOf(probabilities: ArrayLike<number>): SoundClass {
  let best = 0;
  for (let k = 1; k < SOUND_CLASSES.length; k++) if (probabilities[k]! > probabilities[best]!) best = k;
  return SOUND_CLASSES[best]!;
}

/** Last bin of each band; the first starts at 188 Hz, the last ends at 3438 Hz. */
const BAND_ENDS = [11, 16, 22, 30, 41, 56, 78, 110] as const;
const FIRST_BIN = 6;
const BANDS = BAND_ENDS.length;
/** Running sums per block: bands and their squares, then flatness, peak share, flux, level with squares, probability with square, … */
const SUMS = BANDS * 2 + 11;
/** Blocks of about one second; two are looked at together. */
const WINDOWS_PER_BLOCK = 31;

export const SOUND_FEATURES = BANDS * 2 + 10;

export class SoundMeter {
  #block = new Float64Array(SUMS);
  #before = new Float64Array(SUMS);
  #windows = 0;
  #windowsBefore = 0;
  readonly #bands = new Float64Array(BANDS);
  readonly #lastBands = new Float64Array(BANDS);
  #lastPeak = -1;

  /** `probability` is the VAD's latest. */
  push(spectrum: Spectrum, dbfs: number, probability: number): void {
    if (this.#windows === WINDOWS_PER_BLOCK) this.#turn();
    const sums = this.#block;
    const level = dbfs / 20;
    const flux = this.#measureBands(spectrum, sums);
    const { peak } = spectrum;
    const peakShare = spectrum.share(peak - 2, peak + 2);
    const at = BANDS * 2;
    sums[at]! += this.#flatness();
    sums[at + 1]! += peakShare;
    sums[at + 2]! += peakShare * peakShare;
    sums[at + 3]! += flux;
    sums[at + 4]! += level;
    sums[at + 5]! += level * level;
    sums[at + 6]! += probability;
    sums[at + 7]! += probability * probability;
    sums[at + 8]! += Math.abs(peak - this.#lastPeak) <= 1 ? 1 : 0;
    sums[at + 9]! += dbfs < -60 ? 1 : 0;
    sums[at + 10]! += probability > 0.5 ? 1 : 0;
    this.#lastPeak = peak;
    this.#windows++;
  }

  /** Writes `SOUND_FEATURES` values to `out` at `offset`. */
  features(out: Float32Array, offset = 0): void {
    const count = Math.max(1, this.#windows + this.#windowsBefore);
    const mean = (k: number) => (this.#block[k]! + this.#before[k]!) / count;
    const deviation = (sum: number, squares: number) => Math.sqrt(Math.max(0, mean(squares) - mean(sum) ** 2));
    for (let band = 0; band < BANDS; band++) {
      out[offset + band] = mean(band);
      out[offset + BANDS + band] = deviation(band, BANDS + band);
    }
    const from = BANDS * 2;
    const values = offset + from;
    out[values] = mean(from);
    out[values + 1] = mean(from + 1);
    out[values + 2] = deviation(from + 1, from + 2);
    out[values + 3] = mean(from + 3);
    out[values + 4] = deviation(from + 4, from + 5);
    out[values + 5] = mean(from + 6);
    out[values + 6] = deviation(from + 6, from + 7);
    out[values + 7] = mean(from + 8);
    out[values + 8] = mean(from + 9);
    out[values + 9] = mean(from + 10);
  }

  /** Band levels relative to their mean: gain does not matter. Returns how much they changed. */
  #measureBands(spectrum: Spectrum, sums: Float64Array): number {
    let mean = 0;
    for (let band = 0; band < BANDS; band++) {
      const from = band === 0 ? FIRST_BIN : BAND_ENDS[band - 1]! + 1;
      this.#bands[band] = Math.log10(1e-10 + spectrum.sum(from, BAND_ENDS[band]!));
      mean += this.#bands[band]! / BANDS;
    }
    let flux = 0;
    for (let band = 0; band < BANDS; band++) {
      const value = this.#bands[band]! - mean;
      flux += Math.abs(value - this.#lastBands[band]!) / BANDS;
      this.#lastBands[band] = value;
      sums[band]! += value;
      sums[BANDS + band]! += value * value;
    }
    return flux;
  }

  /** Spread of the bands' levels, small for noise. */
  #flatness(): number {
    let spread = 0;
    for (let band = 0; band < BANDS; band++) spread += this.#lastBands[band]! ** 2;
    return Math.sqrt(spread / BANDS);
  }

  #turn(): void {
    const oldest = this.#before;
    this.#before = this.#block;
    this.#windowsBefore = this.#windows;
    oldest.fill(0);
    this.#block = oldest;
    this.#windows = 0;
  }
}
