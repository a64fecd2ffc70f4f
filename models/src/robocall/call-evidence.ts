/** All that is known about one call, gathered from its edges and figures, ready as the verdict model's input. */
import { FEATURE_COUNT, type SideFacts, type Signalling, writeFeatures } from "./features.ts";
import { Interaction } from "./interaction.ts";
import type { RobocallListener } from "./listener.ts";
import { SOUND_CLASSES, soundClassOf } from "./sound.ts";
import { WINDOW_MS } from "./spectrum.ts";
import { Timing } from "./timing.ts";

/** VAD edges are told this much after they happened (hangover 160 ms, a window 32 ms, inference): what time alone decides waits for them. */
export const EDGE_DELAY_MS = 224;

/** Once a second. Levels in dBFS, shares 0..1. */
export interface SoundFrame {
  readonly floorDbfs: number;
  readonly speechDbfs: number;
  readonly zeroShare: number;
  readonly clippedShare: number;
  /** Of any voice so far, quiet ones too. */
  readonly speechMs: number;
  /** Of any sound so far that stands out of the line's noise. */
  readonly soundMs: number;
  /** Probabilities in the order of `SOUND_CLASSES`. */
  readonly classes: ArrayLike<number>;
}

/** The listener's figures with the sound-class model's answer. */
export function soundFrame({ level }: RobocallListener, classes: ArrayLike<number>): SoundFrame {
  return {
    floorDbfs: level.floorDbfs,
    speechDbfs: level.speechDbfs,
    zeroShare: level.zeroShare,
    clippedShare: level.clippedShare,
    speechMs: level.speechWindows * WINDOW_MS,
    soundMs: level.standingOut * WINDOW_MS,
    classes,
  };
}

export class CallEvidence {
  readonly timing = new Timing();
  readonly interaction = new Interaction();
  readonly features = new Float32Array(FEATURE_COUNT);
  /** End of the newest audio that was listened to: on a busy machine, or behind a late network, that is before now. */
  heardMs = Number.POSITIVE_INFINITY;
  /** End of the newest audio in which the caller was speaking. */
  voicedMs = Number.NEGATIVE_INFINITY;
  /** The recogniser has been asked for the caller's words and has not answered. */
  wordsAwaited = false;
  readonly #classes = new Float32Array(SOUND_CLASSES.length);
  #frames = 0;
  #voiced = 0;
  #anySpeechMs = 0;
  #anySoundMs = 0;
  #level: SideFacts["level"];
  #text: SideFacts["text"];
  #fingerprint: number | undefined;

  constructor(private readonly signalling: Signalling | undefined) {}

  /** Mean probabilities of the sound classes over the call, in their order; zeros before the first frame. */
  get soundClasses(): Float32Array {
    return this.#classes;
  }

  /** Seconds heard, and those of them in which a voice was likelier than anything else. */
  get seconds(): number {
    return this.#frames;
  }

  get voicedSeconds(): number {
    return this.#voiced;
  }

  /** Speech of any voice, too quiet to count as the caller's or not. */
  get anySpeechMs(): number {
    return this.#anySpeechMs;
  }

  /** Sound that stands out of the line's noise, a voice or not. */
  get anySoundMs(): number {
    return this.#anySoundMs;
  }

  /** Log-odds of the words so far; `undefined` while none are known. */
  get textScore(): number | undefined {
    return this.#text?.score;
  }

  get level(): SideFacts["level"] {
    return this.#level;
  }

  speechStart(atMs: number): void {
    this.timing.speechStart(atMs);
    this.interaction.speechStart(atMs);
  }

  speechEnd(atMs: number): void {
    this.timing.speechEnd(atMs);
    this.interaction.speechEnd(atMs);
  }

  sound(frame: SoundFrame): void {
    this.#level = frame;
    this.#frames++;
    this.#anySpeechMs = frame.speechMs;
    this.#anySoundMs = frame.soundMs;
    if (soundClassOf(frame.classes) === "voice") this.#voiced++;
    for (let k = 0; k < this.#classes.length; k++) {
      this.#classes[k]! += (frame.classes[k]! - this.#classes[k]!) / this.#frames;
    }
  }

  text(score: number, words: number): void {
    this.#text = { score, words };
  }

  /** 0 while nothing matches, the match's strength once something does. */
  fingerprint(strength: number): void {
    this.#fingerprint = strength;
  }

  /** Nobody has failed to stop, or kept silent, in what has not been heard yet; who speaks in the newest window has not stopped before it. */
  tick(now: number): void {
    const settledMs = Math.min(now, this.heardMs + WINDOW_MS) - EDGE_DELAY_MS;
    this.interaction.tick(this.timing.speaking ? Math.max(settledMs, this.voicedMs) : settledMs);
  }

  /** When `tick` has something to notice. */
  deadline(): number {
    return this.interaction.deadline() + EDGE_DELAY_MS;
  }

  /** The model's input at `now`; the same array every time. */
  write(now: number): Float32Array {
    const facts: SideFacts = {
      level: this.#level,
      sound: this.#frames > 0 ? this.#classes : undefined,
      text: this.#text,
      signalling: this.signalling,
      fingerprint: this.#fingerprint,
    };
    writeFeatures(now, this.timing, this.interaction, facts, this.features);
    return this.features;
  }
}
