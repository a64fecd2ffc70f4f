/** Who is at the far end of a virtual call: hears 20 ms, says 20 ms. Pure. */
import { FRAME_MS, FRAME_SAMPLES, TICKS_PER_MS } from "@sk-voice/media/units.ts";
import { Listener } from "./listener.ts";
import { buzz } from "./providers.ts";
import { linesInOrder, type Script } from "./script.ts";

export interface Party {
  /** One step: `heard` is what reached the far end, `said` (160 zeroes) takes its answer. Both are reused. */
  step(now: number, heard: Int16Array, said: Int16Array): void;
  /** Keys to press from now on, asked after every step; most parties press none. */
  keys?(): string | undefined;
  /** Has hung up. */
  readonly done: boolean;
  /** Begin of her voice minus end of the party's, in order. */
  readonly pausesMs: readonly number[];
}

/** Tells the virtual recogniser what is about to be said, and how long that takes. */
export type OnLine = (line: string, durationMs: number) => void;

export type PartyFactory = (onLine: OnLine) => Party;

/** Says the script's next line 800 ms after she has finished, the time the listener needs to be sure of it. */
export function scriptedParty(script: Script): PartyFactory {
  return (onLine) => new ScriptedParty(script, onLine);
}

/** Says each line when she has been speaking for `afterMs`, or has finished. */
export function interruptingParty(lines: readonly string[], afterMs: number): PartyFactory {
  return (onLine) => new ScriptedParty(linesInOrder(lines), onLine, afterMs);
}

class ScriptedParty implements Party {
  readonly pausesMs: number[] = [];
  done = false;
  readonly #listener = new Listener();
  #speech: Int16Array | undefined;
  #position = 0;
  #saidMs: number | undefined;
  #sheBeganMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly script: Script,
    private readonly onLine: OnLine,
    private readonly interruptAfterMs = Number.POSITIVE_INFINITY,
  ) {}

  step(now: number, heard: Int16Array, said: Int16Array): void {
    const event = this.#listener.push(now, heard);
    if (event?.type === "voice" && this.#saidMs !== undefined) {
      this.pausesMs.push(now - this.#saidMs);
      this.#saidMs = undefined;
    }
    if (event?.type === "voice") this.#sheBeganMs = now;
    if (event?.type === "turn") this.#sheBeganMs = Number.POSITIVE_INFINITY;
    const interrupts = now - this.#sheBeganMs >= this.interruptAfterMs && !this.#speech;
    if (event?.type === "turn" || interrupts) this.#say();
    if (this.#speech) this.#speak(now, this.#speech, said);
  }

  #say(): void {
    const line = this.script.next("");
    if (line === undefined) {
      this.done = true;
      return;
    }
    this.#speech = buzz(line, 120);
    this.#sheBeganMs = Number.POSITIVE_INFINITY;
    this.onLine(line, this.#speech.length / TICKS_PER_MS);
    this.#position = 0;
  }

  #speak(now: number, speech: Int16Array, said: Int16Array): void {
    const end = Math.min(speech.length, this.#position + FRAME_SAMPLES);
    said.set(speech.subarray(this.#position, end));
    this.#position = end;
    if (end < speech.length) return;
    this.#speech = undefined;
    this.#saidMs = now + FRAME_MS;
  }
}
