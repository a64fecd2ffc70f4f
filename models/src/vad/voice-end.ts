/**
 * When a voice ended, to the packet. The VAD looks at 32 ms at a time and its certainty fades over one or two more windows, so the end it reports is up to 80 ms
 * late, and so is everything counted from it. The level says it sharper, where it agrees.
 */

/** A voice's end is this much below its loud parts: an "s" is above, breath and room are below. */
const DOWN_DB = 24;
const QUIET_DBFS = -50;
/** Loudness is forgotten at 5 dB a second. */
const FORGET_DB_PER_MS = 0.005;
/** Where level and VAD differ by more, the VAD hears something that the level does not. */
const MOST_MS = 100;
const SAMPLES_PER_MS = 8;

export class VoiceEnd {
  #peakDbfs = QUIET_DBFS;
  #loudEndMs = Number.NEGATIVE_INFINITY;

  /** A packet of the caller's whose last sample came at `endMs`. */
  push(samples: Int16Array, endMs: number): void {
    const level = dbfs(samples);
    this.#peakDbfs = Math.max(level, this.#peakDbfs - (samples.length / SAMPLES_PER_MS) * FORGET_DB_PER_MS);
    if (level > Math.max(QUIET_DBFS, this.#peakDbfs - DOWN_DB)) this.#loudEndMs = endMs;
  }

  /** The end that the VAD put at `atMs`: never later, at most 100 ms earlier. */
  refine(atMs: number): number {
    return this.#loudEndMs < atMs && this.#loudEndMs >= atMs - MOST_MS ? this.#loudEndMs : atMs;
  }
}

/** Of the samples' energy; −100 for silence. */
export function dbfs(samples: Int16Array): number {
  let energy = 0;
  for (let i = 0; i < samples.length; i++) energy += samples[i]! * samples[i]!;
  return 10 * Math.log10(1e-10 + energy / (Math.max(1, samples.length) * 32768 ** 2));
}
