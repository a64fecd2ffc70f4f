/** A caller to whom things happen: says one line, notes what it hears, when, and how it ends. No recogniser, so that fifty cost little. */
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { Phone } from "../caller/phone.ts";

/** A frame of hers above it is voice. */
const VOICED_PEAK = 500;
/** So long without voice she has finished. */
const PAUSE_MS = 800;
const LOOK_MS = 10;

export interface VictimOptions {
  readonly uri: string;
  readonly from: string;
  readonly isLost?: () => boolean;
}

export class Victim {
  readonly from: string;
  readonly #phone: Phone;
  #dialledMs = Number.NaN;
  #answeredMs: number | undefined;
  #saidMs: number | undefined;
  #firstVoiceMs: number | undefined;
  #lastVoiceMs = 0;
  #lastPacketMs = 0;
  #voicedMs = 0;
  #longestGapMs = 0;
  #ended: { cause: string; status: number; atMs: number } | undefined;

  constructor(options: VictimOptions) {
    this.from = options.from;
    this.#phone = new Phone({
      ...options,
      onAnswered: (atMs) => {
        this.#answeredMs = atMs;
        this.#lastPacketMs = atMs;
      },
      onAudio: (atMs, samples) => this.#hear(atMs, samples),
      onSaid: (atMs) => {
        this.#saidMs = atMs;
      },
      onEnded: (cause, status) => {
        this.#ended = { cause, status, atMs: monotonicMs() };
      },
    });
  }

  get wasAnswered(): boolean {
    return this.#answeredMs !== undefined;
  }

  /** From dialling to the answer; not a number without one. */
  get waitedMs(): number {
    return (this.#answeredMs ?? Number.NaN) - this.#dialledMs;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Of the answer to our INVITE when it was refused. */
  get status(): number | undefined {
    return this.#ended?.status;
  }

  /** Of voice of hers. */
  get voicedMs(): number {
    return this.#voicedMs;
  }

  /** Longest time without a packet between the answer and the end. */
  get longestGapMs(): number {
    return Math.max(this.#longestGapMs, this.#gapMs());
  }

  dial(): Promise<void> {
    this.#dialledMs = monotonicMs();
    return this.#phone.dial();
  }

  /** Dials and waits for the answer. @throws Error with what came instead. */
  async call(timeoutMs = 20_000): Promise<this> {
    await this.dial();
    await this.#until("an answer", timeoutMs, () => this.wasAnswered || this.hasEnded);
    if (!this.wasAnswered) throw new Error(`the call was refused with ${this.status}`);
    return this;
  }

  /** Until her first voice. */
  async greeted(timeoutMs = 20_000): Promise<void> {
    await this.#until("a greeting", timeoutMs, () => this.#firstVoiceMs !== undefined);
  }

  /** Until she has said something and is quiet. */
  async quiet(timeoutMs = 30_000): Promise<void> {
    await this.#until("her pause", timeoutMs, () => this.#firstVoiceMs !== undefined && this.#silentMs() > PAUSE_MS);
  }

  say(samples: Int16Array): void {
    this.#saidMs = undefined;
    this.#phone.say(samples);
  }

  /** Until our last word has left. */
  async said(): Promise<void> {
    await this.#until("our own last word", 20_000, () => this.#saidMs !== undefined);
  }

  /** Until she speaks after our last word: how long it took. */
  async reply(timeoutMs = 20_000): Promise<number> {
    await this.said();
    const saidMs = this.#saidMs!;
    await this.#until("a reply", timeoutMs, () => this.#lastVoiceMs > saidMs + 200);
    return this.#lastVoiceMs - saidMs;
  }

  async ended(timeoutMs = 30_000): Promise<void> {
    await this.#until("the end of the call", timeoutMs, () => this.hasEnded);
  }

  hangUp(): void {
    this.#phone.hangUp();
  }

  async close(): Promise<void> {
    if (!this.hasEnded) {
      this.hangUp();
      await Bun.sleep(100);
    }
    await this.#phone.close();
  }

  /** In a few words, for the table. */
  get heard(): string {
    if (!this.wasAnswered) return this.hasEnded ? `${this.status}, no answer` : "ringing, then nothing";
    const how = this.#ended ? (this.#ended.cause === "bye" ? "she hangs up" : this.#ended.cause) : "silence";
    return `${(this.#voicedMs / 1000).toFixed(1)} s of her voice, gap ${(this.longestGapMs / 1000).toFixed(1)} s, ${how}`;
  }

  #hear(atMs: number, samples: Int16Array): void {
    this.#longestGapMs = Math.max(this.#longestGapMs, atMs - this.#lastPacketMs);
    this.#lastPacketMs = Math.max(this.#lastPacketMs, atMs);
    if (!samples.some((sample) => Math.abs(sample) > VOICED_PEAK)) return;
    this.#firstVoiceMs ??= atMs;
    this.#lastVoiceMs = atMs;
    this.#voicedMs += 20;
  }

  #silentMs(): number {
    return monotonicMs() - this.#lastVoiceMs;
  }

  #gapMs(): number {
    return this.wasAnswered ? (this.#ended?.atMs ?? monotonicMs()) - this.#lastPacketMs : 0;
  }

  async #until(what: string, timeoutMs: number, check: () => boolean): Promise<void> {
    for (const deadlineMs = monotonicMs() + timeoutMs; !check(); ) {
      if (monotonicMs() > deadlineMs) throw new Error(`${this.from}: ${what} did not come within ${timeoutMs} ms`);
      await Bun.sleep(LOOK_MS);
    }
  }
}
