import type { Core } from "../core.ts";
import type { TransferOutcome } from "./transfer-types.ts";

/**
 * A warm transfer: the human's leg beside the caller's.
 *
 * | state      | answered            | accepts                 | declines            | human's leg ends    | caller's leg ends | deadline                |
 * |------------|---------------------|-------------------------|---------------------|---------------------|-------------------|-------------------------|
 * | ringing    | whispering: whisper | –                       | –                   | over: outcome       | over: end human   | over: no-answer, end human |
 * | whispering | –                   | bridged: bridge, outcome| over: declined, end | over: declined      | over: end human   | over: no-answer, end human |
 * | bridged    | –                   | –                       | –                   | over: end caller    | over: end human   | over: end both          |
 */
export type WarmState = "ringing" | "whispering" | "bridged" | "over";

export type WarmInput =
  | { readonly type: "answered" }
  | { readonly type: "accepts" }
  | { readonly type: "declines" }
  /** `status` of the refusal, 0 for the end of an answered leg. */
  | { readonly type: "human-ended"; readonly status: number }
  | { readonly type: "caller-ended" }
  | { readonly type: "tick" };

export type WarmOutput =
  | { readonly type: "whisper" }
  | { readonly type: "bridge" }
  | { readonly type: "end-human" }
  | { readonly type: "end-caller" }
  | { readonly type: "outcome"; readonly outcome: TransferOutcome };

export interface WarmOptions {
  /** The telephone rings this long. */
  readonly ringMs: number;
  /** From the answer to yes or 1; the whisper itself takes some 10 s. */
  readonly acceptMs: number;
  readonly maxBridgedMs: number;
}

/** Together below the deadline of the tool that waits (`receptionist/tools/escalate.ts`). */
export const WARM_TIMES = { ringMs: 25_000, acceptMs: 20_000 } as const;

export class WarmTransfer implements Core<WarmInput, WarmOutput> {
  #state: WarmState = "ringing";
  #deadlineMs: number;
  readonly #out: WarmOutput[] = [];

  constructor(
    now: number,
    private readonly options: WarmOptions,
  ) {
    this.#deadlineMs = now + options.ringMs;
  }

  get state(): WarmState {
    return this.#state;
  }

  poll(): WarmOutput | undefined {
    return this.#out.shift();
  }

  deadline(): number {
    return this.#deadlineMs;
  }

  handle(now: number, input: WarmInput): void {
    switch (this.#state) {
      case "ringing":
        return this.#ringing(now, input);
      case "whispering":
        return this.#whispering(now, input);
      case "bridged":
        return this.#bridged(now, input);
      case "over":
        return;
    }
  }

  #ringing(now: number, input: WarmInput): void {
    if (input.type === "answered") this.#enter("whispering", now + this.options.acceptMs, { type: "whisper" });
    else if (input.type === "human-ended") this.#end(outcomeOf(input.status));
    else if (input.type === "caller-ended") this.#end(undefined, { type: "end-human" });
    else if (input.type === "tick" && now >= this.#deadlineMs) this.#end("no-answer", { type: "end-human" });
  }

  #whispering(now: number, input: WarmInput): void {
    if (input.type === "accepts") {
      this.#enter("bridged", now + this.options.maxBridgedMs, { type: "bridge" });
      this.#out.push({ type: "outcome", outcome: "bridged" });
    } else if (input.type === "declines") this.#end("declined", { type: "end-human" });
    else if (input.type === "human-ended") this.#end("declined");
    else if (input.type === "caller-ended") this.#end(undefined, { type: "end-human" });
    else if (input.type === "tick" && now >= this.#deadlineMs) this.#end("no-answer", { type: "end-human" });
  }

  #bridged(now: number, input: WarmInput): void {
    if (input.type === "human-ended") this.#end(undefined, { type: "end-caller" });
    else if (input.type === "caller-ended") this.#end(undefined, { type: "end-human" });
    else if (input.type === "tick" && now >= this.#deadlineMs) {
      this.#out.push({ type: "end-human" });
      this.#end(undefined, { type: "end-caller" });
    }
  }

  #enter(state: WarmState, deadlineMs: number, output: WarmOutput): void {
    this.#state = state;
    this.#deadlineMs = deadlineMs;
    this.#out.push(output);
  }

  #end(outcome: TransferOutcome | undefined, output?: WarmOutput): void {
    this.#state = "over";
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (output !== undefined) this.#out.push(output);
    if (outcome !== undefined) this.#out.push({ type: "outcome", outcome });
  }
}

/** What a SIP status means for the caller (RFC 3261 section 21). */
export function outcomeOf(status: number): TransferOutcome {
  if (status === 486 || status === 600) return "busy";
  if (status === 603 || status === 0) return "declined";
  return status === 408 || status === 480 || status === 487 || status === 504 ? "no-answer" : "failed";
}
