import type { CallFailure } from "@sk-voice/api/contract/index.ts";
import type { Core } from "../core.ts";

/**
 * A call that we place, until she talks and after.
 *
 * | state   | opened        | rings | answered       | leg ends              | hang-up                  | deadline                 |
 * |---------|---------------|-------|----------------|-----------------------|--------------------------|--------------------------|
 * | opening | calling: dial | –     | –              | over: failed          | over: failed (cancelled) | –                        |
 * | calling | –             | rings | talking: start | over: failed (status) | cancel, over: failed     | cancel, over: no_answer  |
 * | talking | –             | –     | –              | over: stop            | bye                      | bye                      |
 */
export type DialOutState = "opening" | "calling" | "talking" | "over";

export type DialOutInput =
  | { readonly type: "opened" }
  | { readonly type: "rings" }
  | { readonly type: "answered" }
  /** `status` of the refusal; 0 for the end of an answered leg, or for one that was never begun. */
  | {
      readonly type: "ended";
      readonly status: number;
      readonly detail: string;
      readonly by: "caller" | "agent" | "error";
    }
  | { readonly type: "hang-up" }
  | { readonly type: "tick" };

export type DialOutOutput =
  | { readonly type: "dial" }
  | { readonly type: "rings" }
  | { readonly type: "start" }
  /** CANCEL or BYE, as the leg's state demands. */
  | { readonly type: "end-leg" }
  | { readonly type: "failed"; readonly failure: CallFailure }
  /** Close the media side. */
  | { readonly type: "stop"; readonly by: "caller" | "agent" | "error" };

/** A telephone rings this long; voicemail mostly answers earlier. */
const RING_MS = 45_000;

export class DialOut implements Core<DialOutInput, DialOutOutput> {
  #state: DialOutState = "opening";
  #deadlineMs = Number.POSITIVE_INFINITY;
  readonly #out: DialOutOutput[] = [];

  constructor(private readonly maxTalkMs: number) {}

  get state(): DialOutState {
    return this.#state;
  }

  poll(): DialOutOutput | undefined {
    return this.#out.shift();
  }

  deadline(): number {
    return this.#deadlineMs;
  }

  handle(now: number, input: DialOutInput): void {
    if (this.#state === "over") return;
    switch (input.type) {
      case "opened":
        if (this.#state !== "opening") return;
        this.#state = "calling";
        this.#deadlineMs = now + RING_MS;
        this.#out.push({ type: "dial" });
        return;
      case "rings":
        if (this.#state === "calling") this.#out.push({ type: "rings" });
        return;
      case "answered":
        if (this.#state !== "calling") return;
        this.#state = "talking";
        this.#deadlineMs = now + this.maxTalkMs;
        this.#out.push({ type: "start" });
        return;
      case "ended":
        return this.#onEnded(input);
      case "hang-up":
        return this.#give("cancelled", "hung up before the answer");
      case "tick":
        if (now >= this.#deadlineMs) this.#give("no_answer", `not answered within ${RING_MS / 1000} s`);
    }
  }

  #onEnded({ status, detail, by }: Extract<DialOutInput, { type: "ended" }>): void {
    const wasTalking = this.#state === "talking";
    if (!wasTalking) {
      const sip_status = status >= 300 && status <= 699 ? status : null;
      this.#out.push({
        type: "failed",
        failure: { sip_status, reason: reasonOf(status), detail: detail.slice(0, 200) },
      });
    }
    this.#end(wasTalking ? by : "error");
  }

  /** We end it; an answered leg's own end follows. */
  #give(reason: CallFailure["reason"], detail: string): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (this.#state !== "opening") this.#out.push({ type: "end-leg" });
    if (this.#state === "talking") return;
    this.#out.push({ type: "failed", failure: { sip_status: null, reason, detail } });
    this.#end("agent");
  }

  #end(by: "caller" | "agent" | "error"): void {
    this.#state = "over";
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#out.push({ type: "stop", by });
  }
}

/** What a SIP status means to whoever asked for the call (RFC 3261 section 21). */
function reasonOf(status: number): CallFailure["reason"] {
  if (status === 486 || status === 600) return "busy";
  if (status === 603 || status === 607) return "declined";
  if (status === 403) return "forbidden";
  if (status === 408 || status === 480 || status === 487) return "no_answer";
  return UNREACHABLE.includes(status) ? "unreachable" : "failed";
}

const UNREACHABLE: readonly number[] = [404, 410, 484, 502, 503, 504, 604];
