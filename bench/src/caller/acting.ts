/**
 * Callers that behave: recordings that play whatever she does, and people who stop when she speaks, each in their own way. They phone over real SIP and
 * RTP. Made to try the screening against; what they say is given to them as audio.
 */
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { Listener } from "@sk-voice/engine/sim/listener.ts";
import { Phone } from "./phone.ts";

export interface Manners {
  /** When the caller begins: after her greeting, or when she answers. */
  readonly begins: "after-greeting" | "at-once";
  readonly firstMs: number;
  /** Begins then, whatever she says meanwhile. */
  readonly hearsNothingYet?: boolean;
  /** How long the caller talks on when she speaks, by how often she has; Infinity: never notices. */
  readonly yieldMs: (interjection: number) => number;
  /** Before answering her. */
  readonly reactionMs: number;
}

const NEVER = Number.POSITIVE_INFINITY;
/** Her first question (1.5 s), the 0.2 s until the second, which the listener takes for a pause of hers, and 0.9 s of that one. */
const MISSED_ONCE_MS = 2600;
const person = { begins: "after-greeting", firstMs: 200, yieldMs: () => 500, reactionMs: 200 } as const;

/** Recordings and people by name. */
export const KINDS = {
  recording: { begins: "after-greeting", firstMs: 400, yieldMs: () => NEVER, reactionMs: 0 },
  "impatient-recording": { begins: "at-once", firstMs: 0, yieldMs: () => NEVER, reactionMs: 0 },
  conversation: person,
  /** A long story with long pauses, told on after each answer. */
  hesitant: { ...person, firstMs: 700, yieldMs: () => 700 },
  /** Even and without haste: an address in a language not one's own. */
  dictation: { ...person, yieldMs: () => 900 },
  /** An operator reads what a deaf caller types: misses her once, answers late. */
  relay: { ...person, yieldMs: (n: number) => (n === 1 ? MISSED_ONCE_MS : 900), reactionMs: 1200 },
  /** Talks without being heard at first: 4 s of silence after the greeting. */
  muted: { ...person, firstMs: 4000, hearsNothingYet: true },
} as const satisfies Record<string, Manners>;
export type CallerKind = keyof typeof KINDS;

export interface ActingOptions {
  readonly uri: string;
  readonly from: string;
  readonly manners: Manners;
  /** Turns in order, 8 kHz; a recording plays them one after the other for ever. */
  readonly turns: readonly Int16Array[];
  readonly maxMs: number;
  /** Asked every 20 ms: hangs up when true. */
  readonly satisfied?: () => boolean;
}

export interface ActingResult {
  /** Who ended the call: `hangup` is the caller. */
  readonly cause: string;
  /** From the answer. */
  readonly durationMs: number;
  readonly herUtterances: number;
  /** Of the caller's own packets, 99th percentile, 50 at most: from there on the machine was too busy for the caller to speak without holes. */
  readonly latenessMs: number;
}

export function act(options: ActingOptions): Promise<ActingResult> {
  return new Actor(options).run();
}

class Actor {
  readonly #listener = new Listener();
  readonly #phone: Phone;
  readonly #ended = Promise.withResolvers<{ cause: string; atMs: number }>();
  #answeredMs = 0;
  #turn = 0;
  #speaking = false;
  #speakAtMs = NEVER;
  #stopAtMs = NEVER;
  #interjections = 0;
  #utterances = 0;
  #left = false;

  constructor(private readonly options: ActingOptions) {
    this.#phone = new Phone({
      uri: options.uri,
      from: options.from,
      onAnswered: (atMs) => {
        this.#answeredMs = atMs;
        if (options.manners.begins === "at-once") this.#speakAtMs = atMs + options.manners.firstMs;
      },
      onAudio: (atMs, samples) => this.#step(atMs, samples),
      onSaid: (atMs) => this.#said(atMs),
      onEnded: (cause) => this.#ended.resolve({ cause, atMs: monotonicMs() }),
    });
  }

  /** Not even the ninth interjection stops a recording. */
  get #isDeaf(): boolean {
    return this.options.manners.yieldMs(9) === NEVER;
  }

  async run(): Promise<ActingResult> {
    await this.#phone.dial();
    try {
      const { cause, atMs } = await this.#ended.promise;
      return {
        cause,
        durationMs: atMs - this.#answeredMs,
        herUtterances: this.#utterances,
        latenessMs: this.#phone.latenessMs,
      };
    } finally {
      await this.#phone.close();
    }
  }

  /** 20 ms of hers: what she does, then what is due. */
  #step(atMs: number, samples: Int16Array): void {
    const { manners, maxMs, satisfied } = this.options;
    const heard = this.#listener.push(atMs, samples);
    if (heard?.type === "voice") this.#sheSpeaks(atMs);
    if (heard?.type === "turn" && !this.#speaking && this.#speakAtMs === NEVER) {
      this.#speakAtMs = atMs + (this.#turn === 0 ? manners.firstMs : manners.reactionMs);
    }
    if (atMs >= this.#stopAtMs) this.#stop();
    if (atMs >= this.#speakAtMs) this.#speak();
    if (!this.#left && (atMs - this.#answeredMs > maxMs || satisfied?.())) this.#leave();
  }

  #sheSpeaks(atMs: number): void {
    this.#utterances++;
    if (this.#speaking) this.#stopAtMs = atMs + this.options.manners.yieldMs(++this.#interjections);
    else if (this.#turn === 0 ? !this.options.manners.hearsNothingYet : !this.#isDeaf) this.#speakAtMs = NEVER;
  }

  #speak(): void {
    this.#speakAtMs = NEVER;
    const { turns } = this.options;
    this.#speaking = true;
    this.#phone.say(turns[this.#turn++ % turns.length]!);
  }

  #stop(): void {
    this.#stopAtMs = NEVER;
    this.#speaking = false;
    this.#phone.stop();
  }

  /** A turn has been said to its end: a recording goes straight on. */
  #said(atMs: number): void {
    if (!this.#speaking) return;
    this.#speaking = false;
    if (this.#isDeaf) this.#speakAtMs = atMs;
  }

  #leave(): void {
    this.#left = true;
    this.#phone.hangUp();
  }
}
