/**
 * The gate that holds a call's events until it is known who is calling.
 *
 * | state   | answered turn        | 12 s after answer | hang-up   |
 * |---------|----------------------|-------------------|-----------|
 * | waiting | second one: human    | undecided         | undecided |
 *
 * A verdict is given once. A person yields to her questions and answers them: a second turn of words after she has spoken is the
 * only evidence used so far, and nothing here ever says `robocall`.
 */
import type { Core } from "../core.ts";

export type Verdict = { readonly verdict: "human" | "undecided"; readonly score: number };

export type GateInput =
  | { readonly type: "answered" }
  | { readonly type: "answered-turn" }
  | { readonly type: "hangup" }
  | { readonly type: "tick" };

/** docs: `undecided` after 12 s releases the events with the score. */
const UNDECIDED_AFTER_MS = 12_000;
const TURNS_OF_A_HUMAN = 2;

export class ScreeningGate implements Core<GateInput, Verdict> {
  #deadlineMs = Number.POSITIVE_INFINITY;
  #turns = 0;
  #decided = false;
  #out: Verdict | undefined;

  handle(now: number, input: GateInput): void {
    if (this.#decided) return;
    if (input.type === "answered") this.#deadlineMs = now + UNDECIDED_AFTER_MS;
    else if (input.type === "answered-turn") {
      this.#turns++;
      if (this.#turns >= TURNS_OF_A_HUMAN) this.#decide({ verdict: "human", score: 0.1 });
    } else if (input.type === "hangup" || now >= this.#deadlineMs) {
      this.#decide({ verdict: "undecided", score: this.#turns > 0 ? 0.3 : 0.5 });
    }
  }

  poll(): Verdict | undefined {
    const verdict = this.#out;
    this.#out = undefined;
    return verdict;
  }

  deadline(): number {
    return this.#deadlineMs;
  }

  #decide(verdict: Verdict): void {
    this.#decided = true;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#out = verdict;
  }
}
