/** What is counted in a call that is played again, from the decisions of the call and its report. */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import type { CallOutput } from "@sk-voice/engine/call/events.ts";

/** The caller's voice going on so soon after she took her turn: she cut it off. */
const CUT_OFF_MS = 1000;

export interface CallFigures {
  readonly responsesMs: readonly number[];
  readonly turns: number;
  /** Turns she took while the caller had not finished. */
  readonly cutOffs: number;
  /** Voice that stopped her. */
  readonly bargeIns: number;
  /** Of these, the ones after which the caller said nothing she understood. */
  readonly falseStops: number;
  /** Turned down and gone on with, in ms from onset. */
  readonly resumesMs: readonly number[];
}

export class CallMeter {
  #turns = 0;
  #cutOffs = 0;
  #bargeIns = 0;
  #falseStops = 0;
  readonly #resumesMs: number[] = [];
  #thoughtMs = Number.NEGATIVE_INFINITY;
  #duckedMs: number | undefined;
  #unproven = false;
  #unducked = false;

  readonly output = (now: number, output: CallOutput): void => {
    switch (output.type) {
      case "think":
        this.#turns++;
        this.#thoughtMs = now;
        return;
      case "caption":
        if (output.speaker === "caller") this.#unproven = false;
        return;
      case "duck":
        this.#duckedMs ??= now;
        return;
      case "unduck":
        if (this.#duckedMs !== undefined) this.#resumesMs.push(now - this.#duckedMs);
        this.#unducked = true;
        return;
      case "interrupt":
        return this.#interrupted();
      case "speak":
        // She speaks again, and nothing was understood in between.
        if (this.#unproven) this.#falseStops++;
        this.#unproven = false;
        return;
      default:
        if (this.#unducked) this.#duckedMs = undefined;
        this.#unducked = false;
    }
  };

  /** Stopping her undoes the ducking first: that is no resume. */
  #interrupted(): void {
    if (this.#duckedMs === undefined) return;
    if (this.#unducked) this.#resumesMs.pop();
    this.#bargeIns++;
    if (this.#duckedMs - this.#thoughtMs <= CUT_OFF_MS) this.#cutOffs++;
    this.#duckedMs = undefined;
    this.#unproven = true;
  }

  figures(report: EngineReport | undefined): CallFigures {
    const latencies = report?.type === "call.completed" ? report.turns : [];
    return {
      responsesMs: latencies.flatMap(({ response_ms }) => (response_ms === null ? [] : [response_ms])),
      turns: this.#turns,
      cutOffs: this.#cutOffs,
      bargeIns: this.#bargeIns,
      falseStops: this.#falseStops + (this.#unproven ? 1 : 0),
      resumesMs: this.#resumesMs,
    };
  }
}
