/**
 * What is to be told of a call, held until it is known who calls.
 *
 * | state | call.started       | call.quarantined   | any other |
 * |-------|--------------------|--------------------|-----------|
 * | held  | sent, then the held | sent, held dropped | held     |
 * | open  | sent               | sent               | sent      |
 * | shut  | –                  | –                  | dropped   |
 */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";

/** 12 s hold a message at most; more is a tool gone wild, and is dropped. */
const MAX_HELD = 16;

export class HeldReports {
  #state: "held" | "open" | "shut" = "held";
  #held: EngineReport[] = [];

  constructor(private readonly send: (report: EngineReport) => void) {}

  report(report: EngineReport): void {
    if (this.#state === "shut") return;
    if (report.type === "call.quarantined") this.#end(report);
    else if (report.type === "call.started") this.#open(report);
    else if (this.#state === "open") this.send(report);
    else if (this.#held.length < MAX_HELD) this.#held.push(report);
  }

  #open(report: EngineReport): void {
    this.#state = "open";
    this.send(report);
    for (const held of this.#held.splice(0)) this.send(held);
  }

  #end(report: EngineReport): void {
    this.#state = "shut";
    this.#held = [];
    this.send(report);
  }
}
