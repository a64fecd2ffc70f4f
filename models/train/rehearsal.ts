/** The screen used in training: interjects at random moments and writes the features down every second, whatever they say. */

import { CallEvidence, soundFrame } from "../src/robocall/call-evidence.ts";
import type { Signalling } from "../src/robocall/features.ts";
import type { FingerprintMatch } from "../src/robocall/fingerprint-store.ts";
import type { CallerEdge, RobocallListener } from "../src/robocall/listener.ts";
import { forward, type Mlp } from "../src/robocall/mlp.ts";
import { SOUND_FEATURES } from "../src/robocall/sound.ts";
import type { Random } from "./random.ts";
import type { Screen } from "./simulate.ts";

export const LAST_VERDICT_MS = 12_000;
const FIRST_VERDICT_MS = 2000;
const FIRST_WORDS_MS = 1000;

/** Log-odds of the caller's words: of the first, and of many. */
export interface WordsScore {
  readonly first: number;
  readonly later: number;
}

export interface Assumed {
  readonly signalling: Signalling | undefined;
  /** `undefined`: of another language, or not understood. */
  readonly textScore: WordsScore | undefined;
  /** Recognised from then on; `undefined` for a recording never heard before. */
  readonly fingerprint: number | undefined;
}

const WORDS_PER_SECOND = 2.5;

/** Words in so much speech. */
export function wordsIn(spokenMs: number): number {
  return Math.max(1, Math.round((spokenMs / 1000) * WORDS_PER_SECOND));
}

/** A few words tell less than many. */
export function scoreOf({ first, later }: WordsScore, words: number): number {
  return Math.max(-3, Math.min(3, first + (later - first) * Math.min(1, words / 20)));
}

export interface Snapshot {
  readonly atMs: number;
  readonly features: Float32Array;
}

export class Rehearsal implements Screen {
  readonly snapshots: Snapshot[] = [];
  readonly #evidence: CallEvidence;
  readonly #sound = new Float32Array(SOUND_FEATURES);
  #nextSecondMs = 1000;
  #interjectAfterMs: number;
  #spokenAtInterjectionMs = 0;

  constructor(
    private readonly random: Random,
    private readonly soundModel: Mlp,
    private readonly assumed: Assumed,
  ) {
    this.#evidence = new CallEvidence(assumed.signalling);
    this.#interjectAfterMs = random.between(1500, 8000);
  }

  edge(edge: CallerEdge): void {
    if (edge.type === "speech-start") this.#evidence.speechStart(edge.atMs);
    else this.#evidence.speechEnd(edge.atMs);
  }

  agentStart(atMs: number): void {
    this.#evidence.interaction.agentStart(atMs);
  }

  agentEnd(atMs: number): void {
    this.#evidence.interaction.agentEnd(atMs);
  }

  turn(): void {}

  tone(): void {}

  fingerprint(_match: FingerprintMatch): void {}

  tick(now: number, listener: RobocallListener): "interject" | "over" | undefined {
    this.#evidence.voicedMs = listener.voicedMs;
    this.#evidence.tick(now);
    if (now >= this.#nextSecondMs) this.#second(now, listener);
    if (now > LAST_VERDICT_MS) return "over";
    return this.#wantsToSpeak(now) ? "interject" : undefined;
  }

  #second(now: number, listener: RobocallListener): void {
    this.#nextSecondMs += 1000;
    listener.soundFeatures(this.#sound);
    this.#evidence.sound(soundFrame(listener, forward(this.soundModel, this.#sound)));
    this.#text(now);
    const { fingerprint } = this.assumed;
    this.#evidence.fingerprint(
      fingerprint !== undefined && this.#evidence.timing.spokenMs(now) > 3000 ? fingerprint : 0,
    );
    if (now < FIRST_VERDICT_MS) return;
    this.snapshots.push({ atMs: now, features: this.#evidence.write(now).slice() });
  }

  /** The first words are recognised while they are spoken. */
  #text(now: number): void {
    const { textScore } = this.assumed;
    const spokenMs = this.#evidence.timing.spokenMs(now);
    if (textScore === undefined || spokenMs < FIRST_WORDS_MS) return;
    const words = wordsIn(spokenMs);
    this.#evidence.text(scoreOf(textScore, words), words);
  }

  /** Into the caller's speech, or into a silence that has lasted. */
  #wantsToSpeak(now: number): boolean {
    const { timing, interaction } = this.#evidence;
    if (interaction.agentSpeaking || interaction.greetingEndMs === undefined) return false;
    const spokenMs = timing.spokenMs(now) - this.#spokenAtInterjectionMs;
    const silent = interaction.waitingMs(now) > 2300 && this.random.chance(0.03);
    if (!silent && (!timing.speaking || spokenMs < this.#interjectAfterMs)) return false;
    this.#spokenAtInterjectionMs = timing.spokenMs(now);
    this.#interjectAfterMs = this.random.between(1200, 6000);
    return true;
  }
}
