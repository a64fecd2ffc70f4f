import type { Core } from "../core.ts";
import { T1_MS, T2_MS, TRANSACTION_LIFE_MS, timerIK, timerJ } from "./timers.ts";

/**
 * Server transactions (RFC 3261 section 17.2, the "accepted" state of RFC 6026).
 *
 *              |  request again   |  send 1xx    |  send 2xx   |  send 3xx-6xx |  ACK        |  timer
 *  INVITE
 *   proceeding |  last 1xx again  |  proceeding  |  accepted   |  completed    |  -          |  -
 *   accepted   |  absorbed        |  -           |  sent*      |  -            |  -          |  L: terminated
 *   completed  |  final again     |  -           |  -          |  -            |  confirmed  |  G: final again; H: timeout
 *   confirmed  |  absorbed        |  -           |  -          |  -            |  absorbed   |  I: terminated
 *  other
 *   proceeding |  last 1xx again  |  proceeding  |  completed  |  completed    |  -          |  -
 *   completed  |  final again     |  -           |  -          |  -            |  -          |  J: terminated
 *  (* the dialog repeats a 2xx until its ACK comes, RFC 3261 section 13.3.1.4)
 */
type State = "proceeding" | "accepted" | "completed" | "confirmed" | "terminated";

export type ServerTransactionInput =
  /** The same request again. */
  | { readonly kind: "request" }
  | { readonly kind: "respond"; readonly status: number; readonly bytes: Uint8Array }
  | { readonly kind: "ack" }
  | { readonly kind: "tick" };

export type ServerTransactionOutput =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** A refusal was never acknowledged; nothing is left to do. */
  | { readonly kind: "timeout" };

export class ServerTransaction implements Core<ServerTransactionInput, ServerTransactionOutput> {
  #state: State = "proceeding";
  /** The last response: the only thing a finished transaction keeps. */
  #response: Uint8Array | undefined;
  #retransmitAt = Number.POSITIVE_INFINITY;
  #retransmitMs = T1_MS;
  #giveUpAt = Number.POSITIVE_INFINITY;
  readonly #outputs: ServerTransactionOutput[] = [];

  constructor(
    private readonly isInvite: boolean,
    private readonly isReliable: boolean,
  ) {}

  get state(): State {
    return this.#state;
  }

  handle(now: number, input: ServerTransactionInput): void {
    switch (input.kind) {
      case "request":
        if (this.#state === "proceeding" || this.#state === "completed") this.#send(this.#response);
        return;
      case "respond":
        return this.#respond(now, input.status, input.bytes);
      case "ack":
        return this.#acknowledge(now);
      case "tick":
        return this.#tick(now);
    }
  }

  poll(): ServerTransactionOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): number {
    return Math.min(this.#retransmitAt, this.#giveUpAt);
  }

  #respond(now: number, status: number, bytes: Uint8Array): void {
    if (this.#state !== "proceeding") return;
    this.#send(bytes);
    this.#response = bytes;
    if (status < 200) return;
    if (!this.isInvite) {
      this.#state = "completed";
      this.#giveUpAt = now + timerJ(this.isReliable);
    } else if (status < 300) {
      this.#state = "accepted";
      this.#response = undefined;
      this.#giveUpAt = now + TRANSACTION_LIFE_MS;
    } else {
      this.#state = "completed";
      if (!this.isReliable) this.#retransmitAt = now + T1_MS;
      this.#giveUpAt = now + TRANSACTION_LIFE_MS;
    }
  }

  #acknowledge(now: number): void {
    if (this.#state !== "completed" || !this.isInvite) return;
    this.#state = "confirmed";
    this.#response = undefined;
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    this.#giveUpAt = now + timerIK(this.isReliable);
  }

  #tick(now: number): void {
    if (now >= this.#giveUpAt) {
      if (this.#state === "completed" && this.isInvite) this.#outputs.push({ kind: "timeout" });
      this.#state = "terminated";
      this.#response = undefined;
      this.#retransmitAt = Number.POSITIVE_INFINITY;
      this.#giveUpAt = Number.POSITIVE_INFINITY;
    } else if (now >= this.#retransmitAt) {
      this.#send(this.#response);
      this.#retransmitMs = Math.min(this.#retransmitMs * 2, T2_MS);
      this.#retransmitAt = now + this.#retransmitMs;
    }
  }

  #send(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#outputs.push({ kind: "send", bytes });
  }
}
