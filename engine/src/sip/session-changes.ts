import type { Dialog } from "./dialog.ts";
import type { ServerExchange } from "./exchange.ts";
import type { InDialog } from "./leg-parts.ts";
import { bodyText, type HeaderField, type SipResponse } from "./message.ts";
import { ALLOW, isSdp, SUPPORTED } from "./screening.ts";
import type { SessionTimer } from "./session-timer.ts";
import type { ClientFailure } from "./transactions.ts";
import type { Flow } from "./user-agent-types.ts";

/** What changing the session needs of the leg, beside requests in the dialog. */
export interface SessionHost extends InDialog {
  readonly dialog: Dialog | undefined;
  readonly timer: SessionTimer;
  /** We made the call, so the Call-ID is ours. */
  readonly isCaller: boolean;
  /** A 2xx of ours waits for its ACK. */
  isAckPending(): boolean;
  /** An answer has been exchanged in an early dialog, so UPDATE may change it. */
  hasEarlySession(): boolean;
  peerAllows(method: string): boolean;
  requestFlow(dialog: Dialog): Flow;
  authorization(method: string, uri: string): HeaderField[];
  isWorthRepeating(response: SipResponse | ClientFailure): boolean;
  sendAck(dialog: Dialog, sequenceNumber: number): { flow: Flow; bytes: Uint8Array };
  /** Answers an INVITE with 200 and waits for the ACK. */
  sendAnswer(now: number, exchange: ServerExchange, sdp: string): void;
  /** The peer no longer knows the dialog. */
  gone(now: number): void;
  reschedule(): void;
}

/**
 * Changes of an answered session: re-INVITE (RFC 3261 section 14) and UPDATE (RFC 3311), one at a time.
 *
 *                    |  free           |  theirs is open       |  ours is open
 *  their INVITE      |  theirs, event  |  500 + Retry-After    |  491
 *  their UPDATE, SDP |  theirs, event  |  500 + Retry-After    |  491
 *  their UPDATE      |  200            |  200                  |  200
 *  our re-INVITE     |  ours           |  result 491           |  result 491
 *  491 to ours       |  -              |  -                    |  free, sent again by chance of RFC 3261 section 14.1
 */
export class SessionChanges {
  #theirs: ServerExchange | undefined;
  #isOursOpen = false;
  #retry: { readonly at: number; readonly sdp: string } | undefined;
  /** What we last told the peer: a session refresh by re-INVITE repeats it. */
  #localSdp = "";

  constructor(private readonly leg: SessionHost) {}

  /** `sdp` went out in an offer or answer. */
  told(sdp: string): void {
    if (sdp !== "") this.#localSdp = sdp;
  }

  deadline(): number {
    return this.#retry?.at ?? Number.POSITIVE_INFINITY;
  }

  tick(now: number): void {
    const retry = this.#retry;
    if (retry === undefined || now < retry.at) return;
    this.#retry = undefined;
    if (this.leg.isEstablished()) this.reinvite(now, retry.sdp);
  }

  onReinvite(now: number, exchange: ServerExchange): void {
    if (!this.leg.isEstablished() || this.leg.isAckPending()) return refuseForNow(now, exchange);
    this.#onOffer(now, exchange);
  }

  onUpdate(now: number, exchange: ServerExchange): void {
    if (isSdp(exchange.request)) {
      if (!this.leg.isEstablished() && !this.leg.hasEarlySession()) return refuseForNow(now, exchange);
      return this.#onOffer(now, exchange);
    }
    this.leg.dialog?.refreshTarget(exchange.request);
    exchange.respond(now, 200, { headers: this.#answerHeaders(now, exchange) });
    this.leg.reschedule();
  }

  accept(now: number, sdp: string): void {
    const exchange = this.#theirs;
    if (exchange === undefined) return;
    this.#theirs = undefined;
    this.leg.dialog?.refreshTarget(exchange.request);
    this.told(sdp);
    if (exchange.request.method === "INVITE") this.leg.sendAnswer(now, exchange, sdp);
    else exchange.respond(now, 200, { headers: this.#answerHeaders(now, exchange), sdp });
    this.leg.reschedule();
  }

  reject(now: number, status: number): void {
    this.#theirs?.respond(now, status);
    this.#theirs = undefined;
  }

  /** The dialog ends. */
  drop(now: number): void {
    this.reject(now, 487);
    this.#retry = undefined;
  }

  /** Our own offer. `reinvite-result` follows. */
  reinvite(now: number, sdp: string): void {
    const { dialog } = this.leg;
    if (dialog === undefined || !this.leg.isEstablished() || this.#isOursOpen || this.#theirs !== undefined) {
      return this.#report(491, undefined);
    }
    this.#isOursOpen = true;
    this.told(sdp);
    const sequenceNumber = dialog.nextSequence();
    const { uri, headers } = dialog.request("INVITE", sequenceNumber);
    const own = [this.leg.contact(), ALLOW, SUPPORTED, ...this.leg.authorization("INVITE", uri)];
    const request = { method: "INVITE", uri, headers: [...headers, ...own], sdp };
    let ack: { flow: Flow; bytes: Uint8Array } | undefined;
    this.leg.host.transactions.request(now, request, this.leg.requestFlow(dialog), (at, response) => {
      if (response.status < 200) return;
      if (ack !== undefined) return this.leg.host.send(ack.flow, ack.bytes);
      if (response.status < 300 && response.kind === "response") {
        dialog.refreshTarget(response);
        ack = this.leg.sendAck(dialog, sequenceNumber);
        this.leg.timer.accepted(at, response);
      }
      this.#isOursOpen = false;
      if (this.leg.isEstablished()) this.#onResult(at, response, sdp);
      this.leg.reschedule();
    });
  }

  /** Half of the session interval has passed: UPDATE where the peer takes it, else the same offer again. */
  refresh(now: number): void {
    if (!this.leg.peerAllows("UPDATE")) {
      if (!this.#isOursOpen && this.#theirs === undefined && this.#localSdp !== "") this.reinvite(now, this.#localSdp);
      return;
    }
    this.leg.request(now, "UPDATE", { headers: [this.leg.contact(), ALLOW, SUPPORTED] }, (at, response) => {
      if (isGone(response.status)) this.leg.gone(at);
      else if (response.status < 300 && response.kind === "response") {
        this.leg.dialog?.refreshTarget(response);
        this.leg.timer.accepted(at, response);
      }
      this.leg.reschedule();
    });
  }

  #onOffer(now: number, exchange: ServerExchange): void {
    if (this.#theirs !== undefined) return refuseForNow(now, exchange);
    if (this.#isOursOpen) {
      exchange.respond(now, 491);
      return;
    }
    const { request } = exchange;
    if (request.method === "INVITE") exchange.respond(now, 100);
    this.#theirs = exchange;
    exchange.owner = { onCancel: (at) => this.reject(at, 487) };
    this.leg.host.emit({ kind: "reinvite", leg: this.leg.id, sdp: isSdp(request) ? bodyText(request) : undefined });
  }

  #onResult(now: number, response: SipResponse | ClientFailure, sdp: string): void {
    if (this.leg.isWorthRepeating(response)) return this.reinvite(now, sdp);
    if (response.status === 491) {
      this.#retry = { at: now + this.#retryDelayMs(), sdp };
      return;
    }
    this.#report(response.status, response.kind === "response" && isSdp(response) ? bodyText(response) : undefined);
    if (isGone(response.status)) this.leg.gone(now);
  }

  /** Section 14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in steps of 10 ms. */
  #retryDelayMs(): number {
    const chance = fraction(this.leg.host.token());
    return this.leg.isCaller ? 2100 + 10 * Math.floor(chance * 190) : 10 * Math.floor(chance * 200);
  }

  #answerHeaders(now: number, exchange: ServerExchange): HeaderField[] {
    return [this.leg.contact(), ALLOW, SUPPORTED, ...this.leg.timer.answer(now, exchange.request)];
  }

  #report(status: number, sdp: string | undefined): void {
    this.leg.host.emit({ kind: "reinvite-result", leg: this.leg.id, status, sdp });
  }
}

function refuseForNow(now: number, exchange: ServerExchange): void {
  exchange.respond(now, 500, { headers: [{ name: "retry-after", value: "1" }] });
}

/** RFC 3261 section 12.2.1.2. */
function isGone(status: number): boolean {
  return status === 481 || status === 408;
}

/** A number in [0, 1) from the end of a random token. */
function fraction(token: string): number {
  return Number.parseInt(token.slice(-6), 36) / 36 ** 6;
}
