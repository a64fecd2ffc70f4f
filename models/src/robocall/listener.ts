/** Everything screening hears in the caller's audio: one window of 32 ms at a time, shared by all detectors, nothing allocated. */

import { DEFAULT_SEGMENTER_OPTIONS, type SpeechEdge, SpeechSegmenter } from "../vad/segmenter.ts";
import { Fingerprinter } from "./fingerprint.ts";
import type { FingerprintMatch, FingerprintStore } from "./fingerprint-store.ts";
import { LevelMeter } from "./level.ts";
import { SOUND_FEATURES, SoundMeter } from "./sound.ts";
import { Spectrum, WINDOW_MS } from "./spectrum.ts";
import { ToneDetector, type ToneEvent } from "./tones.ts";

/** Her echo is gone this long after her last sample. */
const ECHO_MS = 300;
/** A line on which nothing louder, and nothing that stood out of its noise, came back while she spoke her first sentence has no echo: what is heard under her is the caller's alone. */
const NO_ECHO_DBFS = -50;
const OUT_OF_NOISE_DB = 4;

const VOICED = 0.5;

export type CallerEdge = Extract<SpeechEdge, { type: "speech-start" | "speech-end" }>;

/** Window ends may jitter by less than half a window. */
const GAP_MS = 16;
/** Nothing received for longer is silence: of a sender that sends none (RFC 3551, 4.1), or of a dead line. */
const UNHEARD_MS = 500;

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
  /** End of the newest window that was listened to. */
  heardMs: number | undefined;
  /** End of the newest window in which the caller was speaking. */
  voicedMs = Number.NEGATIVE_INFINITY;
  /** End of the newest window in which, while she spoke, somebody spoke as loudly as the caller does. */
  frontMs = Number.NEGATIVE_INFINITY;
  readonly #sound = new SoundMeter();
  readonly #tones = new ToneDetector();
  readonly #segmenter = new SpeechSegmenter(FOREGROUND);
  #receivedMs: number | undefined;
  #echoUntilMs = Number.NEGATIVE_INFINITY;
  /** The loudest that came while she spoke her first sentence; `undefined` before. */
  #echoDbfs: number | undefined;
  #greeted = false;
  #matched = false;

  /** `spectrum` may be shared by all calls of a thread. */
  constructor(
    private readonly sinks: ListenerSinks,
    private readonly store: FingerprintStore | undefined,
    private readonly spectrum: Spectrum = new Spectrum(),
  ) {}

  /** 256 samples, −1..1, that ended at `endMs`, and the VAD's answer to them. */
  window(samples: Float32Array, probability: number, endMs: number, agentSpeaking: boolean): void {
    const gapMs = endMs - WINDOW_MS - (this.heardMs ?? endMs - WINDOW_MS);
    if (gapMs > GAP_MS) this.#segmenter.skip(gapMs);
    this.#listen(samples, probability, endMs, agentSpeaking);
  }

  /**
   * The same for a window of nothing received, lost or late: a stall of the network or of this machine is no pause of the caller's, so it counts as silence
   * only when it lasts.
   */
  missing(samples: Float32Array, probability: number, endMs: number, agentSpeaking: boolean): void {
    if (endMs - (this.#receivedMs ?? endMs) < UNHEARD_MS) return;
    const receivedMs = this.#receivedMs;
    this.#listen(samples, probability, endMs, agentSpeaking);
    this.#receivedMs = receivedMs;
  }

  #listen(samples: Float32Array, probability: number, endMs: number, agentSpeaking: boolean): void {
    this.heardMs = endMs;
    this.#receivedMs = endMs;
    this.spectrum.analyse(samples);
    this.level.push(samples, probability);
    const dbfs = this.level.lastDbfs;
    const tone = this.#tones.push(samples, this.spectrum, endMs);
    if (tone) this.sinks.onTone(tone, endMs);
    this.#sound.push(this.spectrum, dbfs, probability);
    const edge = this.#segmenter.push(this.level.isFar ? 0 : probability, endMs);
    if (this.#segmenter.speaking && this.#segmenter.silenceMs === 0) this.voicedMs = endMs;
    if (edge?.type === "speech-start" || edge?.type === "speech-end") this.sinks.onEdge(edge, endMs);
    if (endMs < this.#echoUntilMs && probability > VOICED && this.level.isFront) this.frontMs = endMs;
    // A tone's bits are those of rounding errors.
    const usable = !this.#mayEcho(endMs, dbfs, agentSpeaking) && !this.#tones.sounding;
    if (this.print.push(this.spectrum, dbfs, usable) && !this.#matched) this.#compare(endMs);
  }

  /** The sound-class model's input, `SOUND_FEATURES` long. */
  soundFeatures(out: Float32Array): void {
    if (out.length < SOUND_FEATURES)
      throw new RangeError(`sound features need ${SOUND_FEATURES} places, got ${out.length}`);
    this.#sound.features(out);
  }

  /** Her voice may be in this window: were it remembered, whoever she greets would be taken for the recording. */
  #mayEcho(endMs: number, dbfs: number, agentSpeaking: boolean): boolean {
    if (agentSpeaking) this.#echoUntilMs = endMs + ECHO_MS;
    const echoing = endMs < this.#echoUntilMs;
    if (echoing && !this.#greeted) this.#echoDbfs = Math.max(this.#echoDbfs ?? dbfs, dbfs);
    this.#greeted ||= !echoing && this.#echoDbfs !== undefined;
    if (!echoing || !this.#greeted) return echoing;
    return this.#echoDbfs! >= Math.max(NO_ECHO_DBFS, this.level.floorDbfs + OUT_OF_NOISE_DB);
  }

  #compare(endMs: number): void {
    const match = this.store?.match(this.print);
    if (!match) return;
    this.#matched = true;
    this.sinks.onFingerprint(match, endMs);
  }
}
