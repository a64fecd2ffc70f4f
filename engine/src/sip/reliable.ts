import type { HeaderField, SipRequest } from "./message.ts";
import { header } from "./message.ts";
import { T1_MS, TRANSACTION_LIFE_MS } from "./timers.ts";
import type { Flow } from "./user-agent-types.ts";

/**
 * The server's side of reliable provisional responses (RFC 3262 section 3): one at a time, repeated at T1, 2*T1, 4*T1 ... until its
 * PRACK, given up after 64*T1.
 */
export class ReliableProvisionals {
  #sequence: number;
  #pending: Pending | undefined;

  /** `first`: the first RSeq, 1 to 2^31 - 1. */
  constructor(first: number) {
    this.#sequence = first;
  }

  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** An SDP is on its way: the 2xx must wait for its PRACK. */
  get isSdpPending(): boolean {
    return this.#pending?.hasSdp === true;
  }

  /** The headers that make the next response reliable. */
  headers(): HeaderField[] {
    return [
      { name: "require", value: "100rel" },
      { name: "rseq", value: String(this.#sequence) },
    ];
  }

  /** The response with `headers` went out. */
  sent(now: number, bytes: Uint8Array, flow: Flow, hasSdp: boolean): void {
    this.#pending = {
      bytes,
      flow,
      hasSdp,
      sequence: this.#sequence,
      intervalMs: T1_MS,
      sendAt: now + T1_MS,
      giveUpAt: now + TRANSACTION_LIFE_MS,
    };
    this.#sequence += 1;
  }

  /** True when the PRACK is of the response that waits, sent in answer to the INVITE with this CSeq number. */
  acknowledge(prack: SipRequest, inviteSequence: number): boolean {
    const match = /^(\d{1,10})\s+(\d{1,10})\s+INVITE$/.exec(header(prack, "rack") ?? "");
    if (match === null || Number(match[1]) !== this.#pending?.sequence || Number(match[2]) !== inviteSequence) {
      return false;
    }
    this.#pending = undefined;
    return true;
  }

  /** A final response went out: nothing is repeated any more. */
  stop(): void {
    this.#pending = undefined;
  }

  deadline(): number {
    return this.#pending?.sendAt ?? Number.POSITIVE_INFINITY;
  }

  tick(now: number, send: (flow: Flow, bytes: Uint8Array) => void): "unacknowledged" | undefined {
    const pending = this.#pending;
    if (pending === undefined || now < pending.sendAt) return undefined;
    if (now >= pending.giveUpAt) {
      this.#pending = undefined;
      return "unacknowledged";
    }
    send(pending.flow, pending.bytes);
    pending.intervalMs *= 2;
    pending.sendAt = Math.min(now + pending.intervalMs, pending.giveUpAt);
    return undefined;
  }
}

interface Pending {
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  readonly hasSdp: boolean;
  readonly sequence: number;
  readonly giveUpAt: number;
  intervalMs: number;
  sendAt: number;
}
