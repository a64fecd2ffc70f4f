/** Thinking ahead: the words are there, the silence is not yet long enough. One at a time. Pure. */
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import type { TurnTaking } from "../talk/turn.ts";
import { isUnclear } from "./clarity.ts";
import type { CallOutput } from "./events.ts";
import type { Memory } from "./memory.ts";

export class Ahead {
  #begun = false;

  constructor(private readonly out: CallOutput[]) {}

  heard(turns: TurnTaking, memory: Memory, text: string, confidence: number | undefined): void {
    const words = text.trim();
    const expects: AnswerKind = turns.expects;
    if (turns.state !== "settling" || words === "" || isUnclear(words, confidence, expects)) return;
    this.#begun = true;
    this.out.push({ type: "think-ahead", messages: memory.withCaller(words) });
  }

  /** The caller goes on. */
  forget(): void {
    if (this.#begun) this.out.push({ type: "forget-ahead" });
    this.#begun = false;
  }

  /** The turn is committed: `think` goes on with it, or drops it. */
  committed(): void {
    this.#begun = false;
  }
}
