/**
 * Watches a virtual call from outside for what must never be, whatever fails:
 *
 * - 3 s after the caller's words, or within her own turn, nothing is heard;
 * - a sentence of a reply that was interrupted sounds afterwards;
 * - a tool with a side effect runs twice in one turn;
 * - she is said to have been heard saying what she did not say;
 * - a call has no end, or two.
 */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { RTP_HEADER_BYTES } from "@sk-voice/media/rtp/packet.ts";
import type { CallOutput } from "../call/events.ts";
import type { TurnState } from "../talk/turn-events.ts";
import type { WorldObserver } from "./world.ts";

/** −60 dBFS. */
const SILENT_PEAK = 33;
const AUDIO_BYTES = RTP_HEADER_BYTES + 160;
const MAX_SILENCE_MS = 3000;
/** A packet that was on its way, and the frame in which she is cut. */
const SLACK_MS = 100;
/** A sound of the caller's shorter than this need not be answered: it was a cough. */
const WORDS_MS = 500;

export class Watchman implements WorldObserver {
  readonly violations: string[] = [];
  /** Every state of turn-taking that was seen, with the time it was first entered. */
  readonly states = new Map<TurnState, number>();
  readonly #samples = new Int16Array(160);
  /** What she was asked to say, by item. */
  readonly #spoken = new Map<number, string>();
  #silencedUpTo = 0;
  #silencedMs = 0;
  #lastHerMs = 0;
  #herTurnMs = 0;
  #lastCallerMs = Number.NEGATIVE_INFINITY;
  #callerMs = 0;
  #owed = false;
  #over = false;
  #ends = 0;
  #told = false;

  callerPacket(now: number, packet: Uint8Array): void {
    if (!this.#isAudible(packet)) return;
    this.#callerMs = now - this.#lastCallerMs > 1000 ? 20 : this.#callerMs + 20;
    this.#lastCallerMs = now;
    this.#owed ||= this.#callerMs >= WORDS_MS;
    this.#told = false;
  }

  agentPacket(now: number, packet: Uint8Array): void {
    if (!this.#isAudible(packet)) return;
    this.#lastHerMs = now;
    // What is said while the caller speaks is no answer.
    if (now - this.#lastCallerMs > 200) this.#owed = false;
    this.#told = false;
  }

  tick(now: number, state: TurnState): void {
    if (!this.states.has(state)) this.states.set(state, now);
    if (this.#over || this.#told) return;
    const herTurn = state !== "listening" && state !== "ended";
    // It was the caller's turn until now, and the caller said nothing.
    if (!herTurn && !this.#owed) this.#herTurnMs = now;
    const quietMs = now - Math.max(this.#lastHerMs, this.#lastCallerMs, this.#herTurnMs);
    if (quietMs <= MAX_SILENCE_MS + SLACK_MS || !(this.#owed || herTurn)) return;
    this.#told = true;
    this.violations.push(`${Math.round(now)} ms: silence of ${Math.round(quietMs)} ms while ${state}`);
  }

  output(now: number, output: CallOutput): void {
    if (output.type === "speak") this.#spoken.set(output.item, output.text);
    if (output.type !== "interrupt") return;
    this.#silencedUpTo = Math.max(0, ...this.#spoken.keys());
    this.#silencedMs = now;
  }

  played(now: number, item: number): void {
    if (item > this.#silencedUpTo || now <= this.#silencedMs + 20) return;
    this.violations.push(`${Math.round(now)} ms: item ${item} sounds after it was interrupted`);
  }

  caption(now: number, speaker: "caller" | "agent", text: string): void {
    if (speaker === "caller" || this.#isPrefix(text)) return;
    this.violations.push(`${Math.round(now)} ms: "${text}" was not said like that`);
  }

  report(now: number, report: EngineReport): void {
    if (report.type !== "call.completed") return;
    this.#over = true;
    if (++this.#ends > 1) this.violations.push(`${Math.round(now)} ms: the call ended again`);
  }

  hungUp(): void {
    this.#over = true;
  }

  /** The call is over: what is known only now. `requests`: what was asked of the suite. */
  finish(requests: readonly (readonly [string, unknown])[]): readonly string[] {
    if (this.#ends === 0) this.violations.push("the call has no outcome");
    const keys = requests.flatMap(([method, argument]) => (method === "book" ? [JSON.stringify(argument)] : []));
    for (const key of new Set(keys)) {
      const times = keys.filter((each) => each === key).length;
      if (times > 1) this.violations.push(`booked ${times} times: ${key}`);
    }
    return this.violations;
  }

  /** The text is a run of her sentences, of which only the last may be cut. */
  #isPrefix(text: string): boolean {
    const sentences = [...new Set(this.#spoken.values())].sort((a, b) => b.length - a.length);
    let left = text;
    for (let whole = sentences.find((each) => left.startsWith(each)); whole && left !== ""; ) {
      left = left.slice(whole.length).trimStart();
      whole = sentences.find((each) => left.startsWith(each));
    }
    return left === "" || sentences.some((sentence) => sentence.startsWith(left));
  }

  #isAudible(packet: Uint8Array): boolean {
    if (packet.length !== AUDIO_BYTES) return false;
    pcmu.decode(packet, this.#samples, RTP_HEADER_BYTES, 160);
    for (const sample of this.#samples) if (sample > SILENT_PEAK || sample < -SILENT_PEAK) return true;
    return false;
  }
}
