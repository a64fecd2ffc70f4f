/** The caller at the far end of a virtual call: made speech over noise, said in turn, over her, or not at all. */
import { Listener } from "@sk-voice/engine/sim/listener.ts";
import type { Party } from "@sk-voice/engine/sim/party.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import type { DialogueCaller } from "./caller.ts";
import { Speaker } from "./speaker.ts";

/** A moment to think before answering; the listener needs 800 ms to be sure besides. */
const THINK_MS = 150;
/** She hangs up after her goodbye; the caller does when she does not. */
const LEAVE_MS = 12_000;
/** Level of the voices, for the noise below it. */
const SPEECH_RMS = 2000;

export class DialogueParty implements Party {
  done = false;
  readonly pausesMs: number[] = [];
  readonly #listener = new Listener();
  readonly #speaker: Speaker;
  readonly #noise: Prng;
  readonly #noiseRms: number;
  #heard: string[] = [];
  #turn = -1;
  #speech: Int16Array | undefined;
  #position = 0;
  #sayAtMs = Number.POSITIVE_INFINITY;
  #line: string | undefined;
  #saidMs: number | undefined;
  #leaveAtMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly caller: DialogueCaller,
    seed: number,
    private readonly speak: (line: string, done: (samples: Int16Array) => void) => void,
  ) {
    this.#speaker = new Speaker(caller);
    this.#noise = new Prng(seed);
    this.#noiseRms = caller.snrDb === undefined ? 0 : SPEECH_RMS / 10 ** (caller.snrDb / 20);
  }

  /** Her words, when they have been said. */
  hear(text: string): void {
    this.#heard.push(text);
  }

  step(now: number, heard: Int16Array, said: Int16Array): void {
    const event = this.#listener.push(now, heard);
    if (event?.type === "voice") this.#onVoice(now);
    if (event?.type === "turn" && this.#speech === undefined && this.#line === undefined) this.#onTurn(now);
    if (now >= this.#sayAtMs && this.#line !== undefined) this.#begin(this.#line);
    if (this.#speech) this.#play(now, this.#speech, said);
    this.#addNoise(said);
    if (now >= this.#leaveAtMs) this.done = true;
  }

  #onVoice(now: number): void {
    this.#turn++;
    if (this.#saidMs !== undefined) this.pausesMs.push(now - this.#saidMs);
    this.#saidMs = undefined;
    const { interrupt } = this.caller;
    if (interrupt?.turn !== this.#turn) return;
    this.#plan(now + interrupt.afterMs, interrupt.say);
  }

  #onTurn(now: number): void {
    const heard = this.#heard.join(" ");
    this.#heard = [];
    if (this.caller.silentAt === this.#turn) return;
    const line = this.#speaker.next(heard);
    if (line === undefined) this.#leaveAtMs = Math.min(this.#leaveAtMs, now + LEAVE_MS);
    else this.#plan(now + THINK_MS, line);
  }

  #plan(atMs: number, line: string): void {
    this.#line = line;
    this.#sayAtMs = atMs;
  }

  #begin(line: string): void {
    this.#sayAtMs = Number.POSITIVE_INFINITY;
    // She went on in the breath she was interrupted in: that pause was not heard as one.
    this.#saidMs = undefined;
    this.speak(line, (samples) => {
      this.#line = undefined;
      this.#speech = samples;
      this.#position = 0;
    });
  }

  #play(now: number, speech: Int16Array, said: Int16Array): void {
    const end = Math.min(speech.length, this.#position + said.length);
    said.set(speech.subarray(this.#position, end));
    this.#position = end;
    if (end < speech.length) return;
    this.#speech = undefined;
    this.#saidMs = now;
  }

  /** Uniform, so √3 times as wide as its root mean square. */
  #addNoise(said: Int16Array): void {
    if (this.#noiseRms === 0) return;
    const width = this.#noiseRms * Math.sqrt(3);
    for (let i = 0; i < said.length; i++) said[i]! += Math.round((this.#noise.next() * 2 - 1) * width);
  }
}
