/**
 * What a recording sounds like, as 16 bits per 32 ms: the signs of how the difference between neighbouring bands changes. Level, codec and
 * moderate noise leave most bits as they are (84 % at 15 dB, 50 % for another recording); the same recording played again is recognised, a
 * person saying the same words is not.
 */
import type { Spectrum } from "./spectrum.ts";

/** First bins of the bands, 281 Hz to 3375 Hz, and the end. Bands of equal width in Hz leave the upper ones to the noise: 25 % wrong bits against 16 %. */
const BAND_EDGES = [9, 10, 12, 14, 16, 19, 22, 25, 29, 33, 39, 45, 52, 60, 70, 81, 93, 108] as const;
const BANDS = BAND_EDGES.length - 1;
/** Bits per word. */
export const WORD_BITS = BANDS - 1;
/** Energies are summed over 12 windows, so that the repeat need not fall on the same window boundaries. */
const SMOOTHED = 12;
/** Bits compare with this many windows earlier. */
const BACK = 10;
const RING = 32;
/** Bits a search tries both ways. */
export const DOUBTFUL = 3;
/** Words kept of a call: 12 s. */
export const MAX_WORDS = 375;
/** Quieter windows carry no recording: their bits would be those of the line. */
const MIN_DBFS = -50;

export class Fingerprinter {
  /** One per window from the first full one; `valid[i]` is 0 where nothing could be told. */
  readonly words = new Uint16Array(MAX_WORDS);
  readonly valid = new Uint8Array(MAX_WORDS);
  count = 0;
  /** Of the newest word: the bits most likely to be wrong, the likeliest first. */
  readonly doubtful = new Uint8Array(DOUBTFUL);
  readonly #margins = new Float64Array(DOUBTFUL);
  readonly #energies = new Float64Array(RING * BANDS);
  readonly #sums = new Float64Array(BANDS);
  readonly #smoothed = new Float64Array(RING * BANDS);
  #windows = 0;
  #usable = 0;
  readonly #isLoud = new Uint8Array(RING);
  #loud = 0;

  /** `usable` is false while she speaks: her echo is in every call. Returns true when a valid word was added. */
  push(spectrum: Spectrum, dbfs: number, usable: boolean): boolean {
    if (this.count === MAX_WORDS) return false;
    const slot = (this.#windows % RING) * BANDS;
    const oldest = ((this.#windows + RING - SMOOTHED) % RING) * BANDS;
    for (let band = 0; band < BANDS; band++) {
      const energy = spectrum.sum(BAND_EDGES[band]!, BAND_EDGES[band + 1]! - 1);
      this.#sums[band] = Math.max(0, this.#sums[band]! + energy - this.#energies[oldest + band]!);
      this.#energies[slot + band] = energy;
      this.#smoothed[slot + band] = this.#sums[band]! + 1e-9;
    }
    this.#loud += (dbfs > MIN_DBFS ? 1 : 0) - this.#isLoud[(this.#windows + RING - SMOOTHED) % RING]!;
    this.#isLoud[this.#windows % RING] = dbfs > MIN_DBFS ? 1 : 0;
    this.#usable = usable ? this.#usable + 1 : 0;
    this.#windows++;
    if (this.#windows < SMOOTHED + BACK) return false;
    const valid = this.#usable >= SMOOTHED + BACK && this.#loud >= SMOOTHED / 2;
    if (valid) this.words[this.count] = this.#word(slot, ((this.#windows - 1 + RING - BACK) % RING) * BANDS);
    this.valid[this.count++] = valid ? 1 : 0;
    return valid;
  }

  #word(now: number, before: number): number {
    let word = 0;
    this.#margins.fill(Number.POSITIVE_INFINITY);
    for (let bit = 0; bit < WORD_BITS; bit++) {
      // The logarithms of the energies are compared, as products: a window has 17 of them.
      const more = this.#smoothed[now + bit]! * this.#smoothed[before + bit + 1]!;
      const less = this.#smoothed[now + bit + 1]! * this.#smoothed[before + bit]!;
      if (more > less) word |= 1 << bit;
      this.#doubt(bit, more > less ? more / less : less / more);
    }
    return word;
  }

  /** Keeps the bits of smallest margin in order. */
  #doubt(bit: number, margin: number): void {
    for (let place = DOUBTFUL - 1; place >= 0 && margin < this.#margins[place]!; place--) {
      if (place + 1 < DOUBTFUL) {
        this.#margins[place + 1] = this.#margins[place]!;
        this.doubtful[place + 1] = this.doubtful[place]!;
      }
      this.#margins[place] = margin;
      this.doubtful[place] = bit;
    }
  }
}
