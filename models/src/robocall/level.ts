/**
 * Levels over the whole call so far, of speech and of what lies between apart: how much the caller speaks must not show in the line's floor.
 * Histograms of 1 dB steps: no allocation, no sorting.
 */
const LOWEST_DBFS = -96;
const BINS = 97;
/** Quieter than G.711's own rounding: a line that was never analogue, or a muted one. */
const ZERO_DBFS = -70;
const CLIPPED_POWER = 0.98 ** 2;
/** The VAD is surely silent below, surely hears speech above. */
const QUIET_BELOW = 0.2;
const SPEECH_ABOVE = 0.7;
/** How fast the level of the nearest speaker follows louder and quieter speech, per window: an upper quantile that forgets in seconds. */
const NEARER = 0.3;
const FARTHER = 0.008;
/** Speech this far below the nearest speaker is somebody else's: a television, a second voice in the room, her own echo. */
const FAR_DB = 10;
/** Quieter than any line's speech (−35 dBFS at the least, ITU-T P.56): a television, when the caller has not spoken yet. */
const FAR_DBFS = -42;
/** Below the loudest tenth of the call's speech. In 0.6 s of speech of the same voice there is a syllable that loud, in speech 14 dB below there is none. */
const FRONT_DB = 8;
const LOUDEST_SHARE = 0.1;
/** Louder than the line by so much, and not faint: somebody or something is there, voice or not. */
const STANDS_OUT_DB = 8;
const STANDS_OUT_DBFS = -50;
/** Taken for the level of speech or line while fewer windows than this have been heard of it. */
const MIN_WINDOWS = 8;
const USUAL_FLOOR_DBFS = -60;
const USUAL_SPEECH_DBFS = -24;

export class LevelMeter {
  /** dBFS of the last window. */
  lastDbfs = LOWEST_DBFS;
  #nearDbfs: number | undefined;
  readonly #quiet = new Uint32Array(BINS);
  readonly #speech = new Uint32Array(BINS);
  readonly #all = new Uint32Array(BINS);
  #windows = 0;
  #quietWindows = 0;
  #speechWindows = 0;
  #zeroWindows = 0;
  #clippedWindows = 0;

  /** `probability` is the VAD's latest. */
  push(window: Float32Array, probability: number): void {
    let energy = 0;
    let highest = 0;
    for (let n = 0; n < window.length; n++) {
      const square = window[n]! * window[n]!;
      energy += square;
      highest = Math.max(highest, square);
    }
    const dbfs = Math.max(LOWEST_DBFS, Math.min(0, 10 * Math.log10(energy / window.length + 1e-12)));
    this.lastDbfs = dbfs;
    const bin = Math.round(dbfs - LOWEST_DBFS);
    this.#all[bin]!++;
    this.#windows++;
    if (probability < QUIET_BELOW) {
      this.#quiet[bin]!++;
      this.#quietWindows++;
      if (dbfs < ZERO_DBFS) this.#zeroWindows++;
    } else if (probability > SPEECH_ABOVE) {
      this.#speech[bin]!++;
      this.#speechWindows++;
      this.#nearDbfs ??= dbfs;
      this.#nearDbfs += (dbfs > this.#nearDbfs ? NEARER : FARTHER) * (dbfs - this.#nearDbfs);
      if (highest >= CLIPPED_POWER) this.#clippedWindows++;
    }
  }

  /** The last window is too quiet to be the caller: background voices must not hide that the caller has stopped. */
  get isFar(): boolean {
    return this.lastDbfs < Math.max(FAR_DBFS, (this.#nearDbfs ?? LOWEST_DBFS) - FAR_DB);
  }

  /** The last window is as loud as the syllables of whoever is loudest in this call: who is behind the caller never is. */
  get isFront(): boolean {
    if (this.#speechWindows < MIN_WINDOWS) return true;
    return this.lastDbfs >= loudest(this.#speech, this.#speechWindows) - FRONT_DB;
  }

  /** How often the VAD surely heard speech, near or far. */
  get speechWindows(): number {
    return this.#speechWindows;
  }

  /** Windows that stand out of the call's median level, whatever the VAD says of them. */
  get standingOut(): number {
    let count = 0;
    const from = Math.max(STANDS_OUT_DBFS, median(this.#all, this.#windows) + STANDS_OUT_DB) - LOWEST_DBFS;
    for (let bin = Math.round(from); bin < BINS; bin++) count += this.#all[bin]!;
    return count;
  }

  /** Median level of what lies between speech. */
  get floorDbfs(): number {
    return this.#quietWindows < MIN_WINDOWS ? USUAL_FLOOR_DBFS : median(this.#quiet, this.#quietWindows);
  }

  get speechDbfs(): number {
    return this.#speechWindows < MIN_WINDOWS ? USUAL_SPEECH_DBFS : median(this.#speech, this.#speechWindows);
  }

  /** Share of the windows between speech without any sound at all, 0..1. */
  get zeroShare(): number {
    return this.#quietWindows > 0 ? this.#zeroWindows / this.#quietWindows : 0;
  }

  /** Share of the windows of speech that touch full scale. */
  get clippedShare(): number {
    return this.#speechWindows > 0 ? this.#clippedWindows / this.#speechWindows : 0;
  }
}

function median(histogram: Uint32Array, windows: number): number {
  let seen = 0;
  for (let bin = 0; bin < BINS; bin++) {
    seen += histogram[bin]!;
    if (seen * 2 >= windows) return bin + LOWEST_DBFS;
  }
  return 0;
}

/** What a tenth of the windows exceed. */
function loudest(histogram: Uint32Array, windows: number): number {
  let seen = 0;
  for (let bin = BINS - 1; bin >= 0; bin--) {
    seen += histogram[bin]!;
    if (seen >= windows * LOUDEST_SHARE) return bin + LOWEST_DBFS;
  }
  return LOWEST_DBFS;
}
