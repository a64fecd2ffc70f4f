import type { Core } from "../core.ts";
import type { TransferOutcome } from "./transfer-types.ts";
import { outcomeOf } from "./warm-transfer.ts";

/**
 * A cold transfer: REFER to the carrier, which calls the target and joins the two.
 *
 * | state   | REFER answered 2xx | refused       | NOTIFY, not final | NOTIFY final     | deadline                       |
 * |---------|--------------------|---------------|-------------------|------------------|--------------------------------|
 * | asked   | waiting            | over: outcome | told              | over: outcome    | over: failed                   |
 * | waiting | –                  | –             | told              | over: outcome    | over: referred (no NOTIFY in 4 s: some carriers send none) |
 * | told    | –                  | –             | told              | over: outcome    | over: no-answer                |
 */
type State = "asked" | "waiting" | "told" | "over";

export type ColdInput =
  | { readonly type: "refer-result"; readonly status: number }
  | { readonly type: "refer-progress"; readonly status: number; readonly isOver: boolean }
  | { readonly type: "tick" };

export type ColdOutput = { readonly type: "outcome"; readonly outcome: TransferOutcome };

/** Within the deadline of the tool that waits (`receptionist/tools/escalate.ts`). */
const TARGET_RINGS_MS = 45_000;
/** RFC 3515 section 2.4.4 asks for a NOTIFY at once. */
const FIRST_NOTIFY_MS = 4000;

export class ColdTransfer implements Core<ColdInput, ColdOutput> {
  #state: State = "asked";
  #deadlineMs: number;
  #output: ColdOutput | undefined;

  constructor(now: number) {
    this.#deadlineMs = now + TARGET_RINGS_MS;
  }

  poll(): ColdOutput | undefined {
    const output = this.#output;
    this.#output = undefined;
    return output;
  }

  deadline(): number {
    return this.#deadlineMs;
  }

  handle(now: number, input: ColdInput): void {
    if (this.#state === "over") return;
    if (input.type === "refer-progress") this.#onProgress(now, input.status, input.isOver);
    else if (input.type === "refer-result") {
      if (input.status >= 300) this.#end(outcomeOf(input.status));
      else if (this.#state === "asked") {
        this.#state = "waiting";
        this.#deadlineMs = now + FIRST_NOTIFY_MS;
      }
    } else if (now >= this.#deadlineMs) this.#end(AT_DEADLINE[this.#state]);
  }

  #onProgress(now: number, status: number, isOver: boolean): void {
    if (status >= 200) this.#end(status < 300 ? "referred" : outcomeOf(status));
    else if (isOver) this.#end("failed");
    else if (this.#state !== "told") {
      this.#state = "told";
      this.#deadlineMs = now + TARGET_RINGS_MS;
    }
  }

  #end(outcome: TransferOutcome): void {
    this.#state = "over";
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#output = { type: "outcome", outcome };
  }
}

const AT_DEADLINE = { asked: "failed", waiting: "referred", told: "no-answer" } as const;
