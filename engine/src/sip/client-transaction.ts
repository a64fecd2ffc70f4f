import type { Core } from "../core.ts";
import type { SipResponse } from "./message.ts";
import { T1_MS, T2_MS, TRANSACTION_LIFE_MS, timerD, timerIK } from "./timers.ts";

/**
 * Client transactions (RFC 3261 section 17.1, the "accepted" state of RFC 6026).
 *
 *              |  1xx        |  2xx       |  3xx-6xx    |  retransmits      |  gives up
 *  INVITE
 *   calling    |  proceeding |  accepted  |  completed* |  A: T1, doubling  |  B: timeout
 *   proceeding |  proceeding |  accepted  |  completed* |  -                |  - (64*T1 once cancelled)
 *   accepted   |  ignored    |  passed on |  ignored    |  -                |  M: terminated
 *   completed  |  ignored    |  ignored   |  ACK again  |  -                |  D: terminated
 *  other
 *   calling    |  proceeding |  completed |  completed  |  E: T1, to T2     |  F: timeout
 *   proceeding |  proceeding |  completed |  completed  |  E: T2            |  F: timeout
 *   completed  |  ignored    |  ignored   |  ignored    |  -                |  K: terminated
 *  (* the transaction sends the ACK itself; the ACK of a 2xx is the dialog's)
 */
type State = "calling" | "proceeding" | "accepted" | "completed" | "terminated";
type ResponseClass = "provisional" | "success" | "failure";

const NEXT_INVITE: Readonly<Record<"calling" | "proceeding", Readonly<Record<ResponseClass, State>>>> = {
  calling: { provisional: "proceeding", success: "accepted", failure: "completed" },
  proceeding: { provisional: "proceeding", success: "accepted", failure: "completed" },
};
const NEXT_OTHER: typeof NEXT_INVITE = {
  calling: { provisional: "proceeding", success: "completed", failure: "completed" },
  proceeding: { provisional: "proceeding", success: "completed", failure: "completed" },
};

export type ClientTransactionInput =
  | { readonly kind: "start" }
  | { readonly kind: "response"; readonly response: SipResponse }
  /** A CANCEL went out: wait no longer than 64*T1 for the final response (section 9.1). */
  | { readonly kind: "cancelled" }
  | { readonly kind: "tick" };

export type ClientTransactionOutput =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** A response for the user: every 1xx, the first final one, and repeats of a 2xx to an INVITE. */
  | { readonly kind: "response"; readonly response: SipResponse }
  /** No final answer in 64*T1: as if 408 had come. */
  | { readonly kind: "timeout" };

export interface ClientTransactionOptions {
  readonly method: string;
  readonly request: Uint8Array;
  /** TCP or TLS: nothing is retransmitted. */
  readonly isReliable: boolean;
  /** The ACK of a refused INVITE (section 17.1.1.3). */
  readonly makeAck: (response: SipResponse) => Uint8Array;
}

export class ClientTransaction implements Core<ClientTransactionInput, ClientTransactionOutput> {
  #state: State = "calling";
  #request: Uint8Array | undefined;
  #ack: Uint8Array | undefined;
  #retransmitAt = Number.POSITIVE_INFINITY;
  #retransmitMs = T1_MS;
  #giveUpAt = Number.POSITIVE_INFINITY;
  readonly #isInvite: boolean;
  readonly #outputs: ClientTransactionOutput[] = [];

  constructor(private readonly options: ClientTransactionOptions) {
    this.#isInvite = options.method === "INVITE";
    this.#request = options.request;
  }

  get state(): State {
    return this.#state;
  }

  handle(now: number, input: ClientTransactionInput): void {
    switch (input.kind) {
      case "start":
        return this.#start(now);
      case "response":
        return this.#receive(now, input.response);
      case "cancelled":
        if (this.#state === "proceeding") this.#giveUpAt = now + TRANSACTION_LIFE_MS;
        return;
      case "tick":
        return this.#tick(now);
    }
  }

  poll(): ClientTransactionOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): number {
    return Math.min(this.#retransmitAt, this.#giveUpAt);
  }

  #start(now: number): void {
    this.#send(this.#request);
    if (!this.options.isReliable) this.#retransmitAt = now + T1_MS;
    this.#giveUpAt = now + TRANSACTION_LIFE_MS;
  }

  #receive(now: number, response: SipResponse): void {
    const kind: ResponseClass = response.status < 200 ? "provisional" : response.status < 300 ? "success" : "failure";
    if (this.#state === "calling" || this.#state === "proceeding") {
      const next = (this.#isInvite ? NEXT_INVITE : NEXT_OTHER)[this.#state][kind];
      this.#outputs.push({ kind: "response", response });
      this.#enter(now, next, response);
    } else if (this.#state === "accepted" && kind === "success") {
      this.#outputs.push({ kind: "response", response });
    } else if (this.#state === "completed" && this.#isInvite && kind === "failure") {
      this.#send(this.#ack);
    }
  }

  #enter(now: number, next: State, response: SipResponse): void {
    const wasCalling = this.#state === "calling";
    this.#state = next;
    if (next === "proceeding") {
      if (!this.#isInvite) this.#retransmitMs = T2_MS;
      else if (wasCalling) {
        this.#retransmitAt = Number.POSITIVE_INFINITY;
        this.#giveUpAt = Number.POSITIVE_INFINITY;
      }
      return;
    }
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    this.#request = undefined;
    if (next === "accepted") this.#giveUpAt = now + TRANSACTION_LIFE_MS;
    else if (this.#isInvite) {
      this.#ack = this.options.makeAck(response);
      this.#send(this.#ack);
      this.#giveUpAt = now + timerD(this.options.isReliable);
    } else this.#giveUpAt = now + timerIK(this.options.isReliable);
  }

  #tick(now: number): void {
    if (now >= this.#giveUpAt) {
      if (this.#state === "calling" || this.#state === "proceeding") this.#outputs.push({ kind: "timeout" });
      this.#terminate();
    } else if (now >= this.#retransmitAt) {
      this.#send(this.#request);
      const isBackingOff = this.#state === "calling";
      if (isBackingOff) this.#retransmitMs *= 2;
      if (!this.#isInvite) this.#retransmitMs = Math.min(this.#retransmitMs, T2_MS);
      this.#retransmitAt = now + this.#retransmitMs;
    }
  }

  #terminate(): void {
    this.#state = "terminated";
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    this.#giveUpAt = Number.POSITIVE_INFINITY;
  }

  #send(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#outputs.push({ kind: "send", bytes });
  }
}
