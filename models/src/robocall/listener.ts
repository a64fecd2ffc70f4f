/** Everything screening hears in the caller's audio: one window of 32 ms at a time, shared by all detectors, nothing allocated. */

import { DEFAULT_SEGMENTER_OPTIONS, type SpeechEdge, SpeechSegmenter } from "../vad/segmenter.ts";
import { Fingerprinter } from "./fingerprint.ts";
import type { FingerprintMatch, FingerprintStore } from "./fingerprint-store.ts";
import { LevelMeter } from "./level.ts";
import { SOUND_FEATURES, SoundMeter } from "./sound.ts";
import { Spectrum } from "./spectrum.ts";
import { ToneDetector, type ToneEvent } from "./tones.ts";

/** Her echo is gone this long after her last sample. */
const ECHO_MS = 300;

export type CallerEdge = Extract<SpeechEdge, { type: "speech-start" | "speech-end" }>;

/** Longer than the turn-taking's: dips of level inside words must not look like stopping. */
const FOREGROUND = { ...DEFAULT_SEGMENTER_OPTIONS, hangoverMs: 160 };

export interface ListenerSinks {
  /** The caller's own speech began or ended: voices in the background do not count. */
  onEdge(edge: CallerEdge, atMs: number): void;
  onTone(event: ToneEvent, atMs: number): void;
  onFingerprint(match: FingerprintMatch, atMs: number): void;
}

/** One per call. */
export class RobocallListener {
  readonly level = new LevelMeter();
  readonly print = new Fingerprinter();
  readonly #sound = new SoundMeter();
  readonly #tones = new ToneDetector();
  readonly #segmenter = new SpeechSegmenter(FOREGROUND);
  #usableFromMs = Number.NEGATIVE_INFINITY;
  #matched = false;

  /** `spectrum` may be shared by all calls of a thread. */
  constructor(
    private readonly sinks: ListenerSinks,
    private readonly store: FingerprintStore | undefined,
    private readonly spectrum: Spectrum = new Spectrum(),
  ) {}

  /** 256 samples, −1..1, that ended at `endMs`, and the VAD's answer to them. */
  window(samples: Float32Array, probability: number, endMs: number, agentSpeaking: boolean): void {
    this.spectrum.analyse(samples);
    this.level.push(samples, probability);
    const dbfs = this.level.lastDbfs;
    const tone = this.#tones.push(samples, this.spectrum, endMs);
    if (tone) this.sinks.onTone(tone, endMs);
    this.#sound.push(this.spectrum, dbfs, probability);
    const edge = this.#segmenter.push(this.level.isFar ? 0 : probability, endMs);
    if (edge?.type === "speech-start" || edge?.type === "speech-end") this.sinks.onEdge(edge, endMs);
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
