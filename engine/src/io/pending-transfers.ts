import type { TransferOutcome } from "../call/transfer-types.ts";
import type { HandOverResult } from "../receptionist/tools/escalate.ts";

/** Hand-overs of one media thread that wait for the signalling thread's word: one for each call. */
export class PendingTransfers {
  readonly #waiting = new Map<string, (outcome: TransferOutcome) => void>();

  /** Resolves with what the tool may tell: `settle` has been called, or the call is over. */
  start(callId: string): Promise<HandOverResult> {
    if (this.#waiting.has(callId)) return Promise.resolve("unavailable");
    return new Promise((resolve) => {
      this.#waiting.set(callId, (outcome) => {
        resolve(outcome === "bridged" || outcome === "referred" ? "connected" : "unavailable");
      });
    });
  }

  settle(callId: string, outcome: TransferOutcome): void {
    this.#waiting.get(callId)?.(outcome);
    this.#waiting.delete(callId);
  }
}
