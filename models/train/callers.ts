/**
 * Who phones in the simulation: people who listen, and recordings that do not. Simulated interaction; figures from it are regression
 * tests, not field results.
 */
import { WINDOW_SAMPLES } from "../src/robocall/spectrum.ts";
import type { Random } from "./random.ts";

export interface Surroundings {
  readonly nowMs: number;
  readonly agentSpeaking: boolean;
  /** Since she started or stopped. */
  readonly agentChangedMs: number;
  /** She has said something. */
  readonly agentSpoke: boolean;
}

export interface Caller {
  /** Fills the window with what leaves the caller's mouth, on the scale of 16 bits. */
  next(window: Float32Array, around: Surroundings): void;
}

/** Endless audio made of pieces. */
export class Tape {
  #piece: ArrayLike<number> = [];
  #at = 0;

  constructor(private readonly more: () => ArrayLike<number>) {}

  sample(): number {
    while (this.#at >= this.#piece.length) {
      this.#piece = this.more();
      this.#at = 0;
    }
    return this.#piece[this.#at++]!;
  }

  skip(samples: number): void {
    for (let n = 0; n < samples; n++) this.sample();
  }
}

export type Start = { readonly when: "answer" | "greeting-end"; readonly delayMs: number };

/** Plays from its start on, whatever she does. */
export class Recording implements Caller {
  #startedMs: number | undefined;

  constructor(
    private readonly tape: Tape,
    private readonly start: Start,
  ) {}

  next(window: Float32Array, around: Surroundings): void {
    if (this.#startedMs === undefined && this.#mayStart(around)) this.#startedMs = around.nowMs;
    for (let n = 0; n < WINDOW_SAMPLES; n++) window[n] = this.#startedMs === undefined ? 0 : this.tape.sample();
  }

  #mayStart({ nowMs, agentSpeaking, agentChangedMs, agentSpoke }: Surroundings): boolean {
    if (this.start.when === "answer") return nowMs >= this.start.delayMs;
    return agentSpoke && !agentSpeaking && nowMs - agentChangedMs >= this.start.delayMs;
  }
}

/** Whatever the caller says, `samples` (less than a window) later. */
export class Offset implements Caller {
  readonly #said = new Float32Array(WINDOW_SAMPLES);
  readonly #rest: Float32Array;

  constructor(
    private readonly caller: Caller,
    samples: number,
  ) {
    this.#rest = new Float32Array(samples);
  }

  next(window: Float32Array, around: Surroundings): void {
    this.caller.next(this.#said, around);
    const later = this.#rest.length;
    window.set(this.#rest);
    window.set(this.#said.subarray(0, WINDOW_SAMPLES - later), later);
    this.#rest.set(this.#said.subarray(WINDOW_SAMPLES - later));
  }
}

export interface Manners {
  /** Silence before the first words, after the greeting; a muted caller's is long. */
  readonly firstMs: number;
  /** Speaks at once instead, over the greeting. */
  readonly impatient: boolean;
  readonly turnMs: () => number;
  readonly reactionMs: () => number;
  /** How long the caller keeps talking once she interjects; Infinity: does not notice this time. */
  readonly yieldMs: (interjection: number) => number;
  /** Goes on unasked after this long without a word from her. */
  readonly patienceMs: number;
}

/** Speaks in turns, stops when she speaks, answers when she has ended. */
export class Person implements Caller {
  #talking = false;
  #wantsFromMs = Number.POSITIVE_INFINITY;
  #talkUntilMs = 0;
  #stopMs = Number.POSITIVE_INFINITY;
  #interjections = 0;
  #spoke = false;
  #herTurn = true;
  #sinceMs = 0;

  constructor(
    private readonly tape: Tape,
    private readonly manners: Manners,
    private readonly background: Tape | undefined,
  ) {}

  next(window: Float32Array, around: Surroundings): void {
    if (this.#talking) this.#talk(around);
    else this.#listen(around);
    for (let n = 0; n < WINDOW_SAMPLES; n++) {
      window[n] = (this.#talking ? this.tape.sample() : 0) + (this.background?.sample() ?? 0);
    }
  }

  #talk({ nowMs, agentSpeaking, agentChangedMs }: Surroundings): void {
    if (agentSpeaking && this.#stopMs === Number.POSITIVE_INFINITY && agentChangedMs >= this.#sinceMs) {
      this.#stopMs = agentChangedMs + this.manners.yieldMs(++this.#interjections);
    }
    if (!agentSpeaking && this.#stopMs > nowMs) this.#stopMs = Number.POSITIVE_INFINITY;
    if (nowMs < this.#stopMs && nowMs < this.#talkUntilMs) return;
    this.#talking = false;
    this.#stopMs = Number.POSITIVE_INFINITY;
    this.#wantsFromMs = Number.POSITIVE_INFINITY;
    this.#herTurn = agentSpeaking;
    this.#sinceMs = nowMs;
  }

  #listen({ nowMs, agentSpeaking, agentChangedMs, agentSpoke }: Surroundings): void {
    if (!this.#spoke) this.#begin(nowMs, agentSpeaking, agentChangedMs, agentSpoke);
    else if (agentSpeaking) {
      this.#herTurn = true;
      this.#wantsFromMs = Number.POSITIVE_INFINITY;
    } else if (this.#herTurn && agentSpoke) {
      this.#wantsFromMs = Math.max(nowMs, agentChangedMs + this.manners.reactionMs());
      this.#herTurn = false;
      this.#sinceMs = nowMs;
    } else if (nowMs - this.#sinceMs > this.manners.patienceMs) this.#wantsFromMs = Math.min(this.#wantsFromMs, nowMs);
    if (nowMs < this.#wantsFromMs) return;
    this.#talking = true;
    this.#spoke = true;
    this.#sinceMs = nowMs;
    this.#talkUntilMs = nowMs + this.manners.turnMs();
  }

  /** The first words come a while after the greeting, whatever she says meanwhile; at once when impatient. */
  #begin(nowMs: number, agentSpeaking: boolean, agentChangedMs: number, agentSpoke: boolean): void {
    if (this.#wantsFromMs < Number.POSITIVE_INFINITY) return;
    if (agentSpeaking && this.manners.impatient) this.#wantsFromMs = nowMs;
    else if (agentSpoke && !agentSpeaking) this.#wantsFromMs = Math.max(nowMs, agentChangedMs + this.manners.firstMs);
  }
}

/** Log-normal around `medianMs`. */
export function spread(random: Random, medianMs: number, sigma: number): number {
  return medianMs * Math.exp(sigma * random.gaussian());
}
