/** Everything screening hears in the caller's audio: one window of 32 ms at a time, shared by all detectors, nothing allocated. */

import { Fingerprinter } from "./fingerprint.ts";
import type { FingerprintMatch, FingerprintStore } from "./fingerprint-store.ts";
import { LevelMeter } from "./level.ts";
import { SOUND_FEATURES, SoundMeter } from "./sound.ts";
import { Spectrum } from "./spectrum.ts";
import { ToneDetector, type ToneEvent } from "./tones.ts";

/** Her echo is gone this long after her last sample. */
const ECHO_MS = 300;

export interface ListenerSinks {
  onTone(event: ToneEvent, atMs: number): void;
  onFingerprint(match: FingerprintMatch, atMs: number): void;
}

/** One per call. */
export class RobocallListener {
  readonly level = new LevelMeter();
  readonly print = new Fingerprinter();
  readonly #sound = new SoundMeter();
  readonly #tones = new ToneDetector();
  #probability = 0;
  #usableFromMs = Number.NEGATIVE_INFINITY;
  #matched = false;

  /** `spectrum` may be shared by all calls of a thread. */
  constructor(
    private readonly sinks: ListenerSinks,
    private readonly store: FingerprintStore | undefined,
    private readonly spectrum: Spectrum = new Spectrum(),
  ) {}

  /** The VAD's latest probability, for the window before or the one to come: two windows late at most. */
  speech(probability: number): void {
    this.#probability = probability;
  }

  /** 256 samples, −1..1, that ended at `endMs`. */
  window(samples: Float32Array, endMs: number, agentSpeaking: boolean): void {
    this.spectrum.analyse(samples);
    this.level.push(samples, this.#probability);
    const dbfs = this.level.lastDbfs;
    const tone = this.#tones.push(samples, this.spectrum, endMs);
    if (tone) this.sinks.onTone(tone, endMs);
    this.#sound.push(this.spectrum, dbfs, this.#probability);
    if (agentSpeaking) this.#usableFromMs = endMs + ECHO_MS;
    // A tone's bits are those of rounding errors.
    const usable = endMs >= this.#usableFromMs && !this.#tones.sounding;
    if (this.print.push(this.spectrum, dbfs, usable) && !this.#matched) this.#compare(endMs);
  }

  /** The sound-class model's input, `SOUND_FEATURES` long. */
  soundFeatures(out: Float32Array): void {
    if (out.length < SOUND_FEATURES)
      throw new RangeError(`sound features need ${SOUND_FEATURES} places, got ${out.length}`);
    this.#sound.features(out);
  }

  #compare(endMs: number): void {
    const match = this.store?.match(this.print);
    if (!match) return;
    this.#matched = true;
    this.sinks.onFingerprint(match, endMs);
  }
}
