import type { Timed } from "./deadlines.ts";
import type { Dialog } from "./dialog.ts";
import type { DigestClient } from "./digest.ts";
import type { CancelTarget, ServerExchange } from "./exchange.ts";
import type { InDialogParts, LegHost } from "./leg-parts.ts";
import { bodyText, type HeaderField, headerList, type SipRequest, type SipResponse } from "./message.ts";
import { readReason, writeReason } from "./reason.ts";
import { Referrals } from "./referral.ts";
import { flowToward } from "./routing.ts";
import { ALLOW, isSdp, SUPPORTED } from "./screening.ts";
import { SessionChanges, type SessionHost } from "./session-changes.ts";
import { SessionTimer } from "./session-timer.ts";
import { T1_MS, T2_MS, TRANSACTION_LIFE_MS } from "./timers.ts";
import { type ClientFailure, writeOutgoing } from "./transactions.ts";
import { parseUri, writeSipUri } from "./uri.ts";
import type { EndCause, EndDetails, Flow, LegId, UserAgentCommand } from "./user-agent-types.ts";
import { MAGIC_COOKIE, writeVia } from "./via.ts";

/**
 * One call with one peer.
 *
 *  state       |  what happens       |  next         |  what goes out
 *  offered     |  answer             |  accepted     |  200, repeated until the ACK
 *              |  reject, hangup     |  done         |  4xx-6xx (480)
 *              |  CANCEL, BYE        |  done         |  200 to it, 487 to the INVITE
 *  accepted    |  ACK                |  established  |  -
 *              |  no ACK in 64*T1    |  terminating  |  BYE
 *              |  hangup             |  closing      |  - (no BYE before the ACK, RFC 3261 section 15)
 *  closing     |  ACK, or 64*T1      |  terminating  |  BYE
 *  calling     |  1xx                |  calling      |  -
 *              |  2xx                |  established  |  ACK
 *              |  3xx-6xx, timeout   |  done         |  -
 *              |  180 s of ringing   |  cancelling   |  CANCEL
 *              |  hangup             |  cancelling   |  CANCEL, once a 1xx has come (section 9.1)
 *  cancelling  |  2xx                |  terminating  |  ACK, BYE
 *              |  3xx-6xx, 64*T1     |  done         |  -
 *  established |  BYE                |  done         |  200
 *              |  session expired    |  terminating  |  BYE
 *              |  hangup             |  terminating  |  BYE
 *  terminating |  answer to the BYE  |  done         |  -
 *
 * `ended` is emitted on leaving offered, accepted, calling or established for anything after them.
 */
export type LegState =
  | "offered"
  | "accepted"
  | "closing"
  | "calling"
  | "cancelling"
  | "established"
  | "terminating"
  | "done";

/** A 2xx of ours that waits for its ACK (RFC 3261 section 13.3.1.4). */
interface UnackedAnswer {
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  readonly sequenceNumber: number;
  readonly isReinvite: boolean;
  /** The offer was ours, so the ACK brings the answer. */
  readonly isLateOffer: boolean;
  readonly giveUpAt: number;
  sendAt: number;
  intervalMs: number;
}

export abstract class Leg implements Timed, CancelTarget, SessionHost {
  readonly timer = new SessionTimer();
  dialog: Dialog | undefined;
  protected state: LegState;
  /** Set when the call was given credentials. */
  protected digest: DigestClient | undefined;
  protected readonly changes: SessionChanges;
  readonly #referrals: Referrals;
  #unacked: UnackedAnswer | undefined;
  #hasEnded = false;
  #farewell: readonly HeaderField[] = [];
  /** Methods of the Allow header the peer last sent; `undefined` before one. */
  #peerAllow: readonly string[] | undefined;

  constructor(
    readonly id: LegId,
    readonly host: LegHost,
    /** The way the peer was last heard, or was called. */
    protected flow: Flow,
    initial: LegState,
    /** The peer's own idea of its address is wrong: requests go back where it was heard. */
    private readonly isBehindNat: boolean,
    readonly isCaller: boolean,
  ) {
    this.state = initial;
    this.changes = new SessionChanges(this);
    this.#referrals = new Referrals(this);
  }

  /** Every dialog by which requests find this leg. */
  dialogIds(): string[] {
    return this.dialog === undefined ? [] : [this.dialog.id];
  }

  /** Monotonic ms. */
  deadline(): number {
    const unackedAt = this.#unacked?.sendAt ?? Number.POSITIVE_INFINITY;
    return Math.min(unackedAt, this.timer.deadline(), this.changes.deadline());
  }

  /** `request`: the CANCEL or BYE. */
  abstract onCancel(now: number, request: SipRequest | undefined): void;
  /** Ends a leg that is not answered yet. */
  protected abstract abandon(now: number): void;
  protected abstract commandUnanswered(now: number, command: UserAgentCommand): void;

  isEstablished(): boolean {
    return this.state === "established";
  }

  isAckPending(): boolean {
    return this.#unacked !== undefined;
  }

  hasEarlySession(): boolean {
    return false;
  }

  /** For Replaces: only what has not ended can be replaced (RFC 3891 section 3). */
  get replaceability(): "confirmed" | "early" | "none" {
    if (this.state === "established" || this.state === "accepted") return "confirmed";
    return this.state === "calling" ? "early" : "none";
  }

  command(now: number, command: UserAgentCommand): void {
    switch (command.kind) {
      case "hangup":
        this.#farewell = command.headers ?? [];
        return this.#hangUp(now);
      case "accept-reinvite":
        return this.changes.accept(now, command.sdp);
      case "reject-reinvite":
        return this.changes.reject(now, command.status);
      case "reinvite":
        return this.changes.reinvite(now, command.sdp);
      case "refer":
        return this.#referrals.refer(now, command.target, command.headers ?? []);
      case "accept-refer":
        return this.#referrals.accept(now);
      case "reject-refer":
        return this.#referrals.reject(now, command.status);
      case "notify-refer":
        return this.#referrals.notify(now, command.status);
      default:
        return this.commandUnanswered(now, command);
    }
  }

  tick(now: number): void {
    this.#repeatAnswer(now);
    this.changes.tick(now);
    const due = this.state === "established" ? this.timer.tick(now) : undefined;
    if (due === "refresh") this.changes.refresh(now);
    else if (due === "expired") {
      this.#farewell = [writeReason(408, "Session expired")];
      this.end("expired");
      this.sendBye(now);
    }
    this.reschedule();
  }

  /** A request of the peer within the dialog, other than ACK, CANCEL, OPTIONS. */
  onRequest(now: number, exchange: ServerExchange): void {
    const { request } = exchange;
    if (this.dialog?.acceptSequence(request.cseq.number) === false) {
      exchange.respond(now, 500);
      return;
    }
    this.flow = exchange.source;
    this.noteAllow(request);
    switch (request.method) {
      case "BYE":
        return this.#onBye(now, exchange);
      case "UPDATE":
        return this.changes.onUpdate(now, exchange);
      case "PRACK":
        return this.onPrack(now, exchange);
      case "REFER":
        return this.#referrals.onRefer(now, exchange);
      case "NOTIFY":
        return this.#referrals.onNotify(now, exchange);
      default:
        return this.changes.onReinvite(now, exchange);
    }
  }

  onAck(now: number, ack: SipRequest): void {
    const unacked = this.#unacked;
    if (unacked === undefined || unacked.sequenceNumber !== ack.cseq.number) return;
    this.#expectAck(undefined);
    if (this.state === "closing") return this.sendBye(now);
    const sdp = unacked.isLateOffer && isSdp(ack) ? bodyText(ack) : undefined;
    if (this.state === "accepted") this.state = "established";
    this.host.emit({ kind: unacked.isReinvite ? "reinvite-acked" : "acked", leg: this.id, sdp });
  }

  /** Only a server of INVITE sends what is acknowledged so. */
  protected onPrack(now: number, exchange: ServerExchange): void {
    exchange.respond(now, 481);
  }

  /** The one last event. */
  protected end(cause: EndCause, status = 0, why: EndDetails = {}): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.host.emit({ kind: "ended", leg: this.id, cause, status, ...why });
  }

  protected done(): void {
    this.state = "done";
    this.#unacked = undefined;
    this.timer.stop();
    this.host.release(this);
  }

  gone(now: number): void {
    if (this.state !== "established") return;
    this.end("gone");
    this.sendBye(now);
  }

  /** Answers a re-INVITE. */
  sendAnswer(now: number, exchange: ServerExchange, sdp: string): void {
    this.answerInvite(now, exchange, "", sdp, true);
  }

  /** Answers an INVITE with 200 and repeats it until the ACK. */
  protected answerInvite(
    now: number,
    exchange: ServerExchange,
    localTag: string,
    sdp: string,
    isReinvite: boolean,
  ): void {
    this.changes.told(sdp);
    const headers = [this.contact(), ALLOW, SUPPORTED, ...this.timer.answer(now, exchange.request)];
    const bytes = exchange.respond(now, 200, { localTag, headers, sdp });
    this.#expectAck({
      bytes,
      flow: exchange.flow,
      sequenceNumber: exchange.request.cseq.number,
      isReinvite,
      isLateOffer: !isSdp(exchange.request),
      giveUpAt: now + TRANSACTION_LIFE_MS,
      sendAt: now + T1_MS,
      intervalMs: T1_MS,
    });
  }

  #repeatAnswer(now: number): void {
    const unacked = this.#unacked;
    if (unacked === undefined || now < unacked.sendAt) return;
    if (now >= unacked.giveUpAt) {
      this.#expectAck(undefined);
      this.#farewell = [writeReason(408, "No ACK")];
      this.end("no-ack");
      return this.sendBye(now);
    }
    this.host.send(unacked.flow, unacked.bytes);
    unacked.intervalMs = Math.min(unacked.intervalMs * 2, T2_MS);
    unacked.sendAt = Math.min(now + unacked.intervalMs, unacked.giveUpAt);
  }

  #expectAck(unacked: UnackedAnswer | undefined): void {
    this.#unacked = unacked;
    this.reschedule();
  }

  reschedule(): void {
    if (this.state !== "done") this.host.reschedule(this);
  }

  protected noteAllow(message: SipRequest | SipResponse): void {
    const methods = headerList(message, "allow");
    if (methods.length > 0) this.#peerAllow = methods.map((method) => method.toUpperCase());
  }

  peerAllows(method: string): boolean {
    return this.#peerAllow?.includes(method) === true;
  }

  localUri(): string {
    return this.dialog?.local.uri ?? "sip:anonymous@anonymous.invalid";
  }

  contact(): HeaderField {
    const user = this.dialog === undefined ? "" : (parseUri(this.dialog.local.uri)?.user ?? "");
    const { localHost, localPort, transport } = this.flow;
    return { name: "contact", value: `<${writeSipUri(user, localHost, localPort, transport)}>` };
  }

  request(
    now: number,
    method: string,
    parts: InDialogParts,
    onFinal: (now: number, response: SipResponse | ClientFailure) => void,
  ): void {
    const { dialog } = this;
    if (dialog === undefined) return;
    const { uri, headers } = dialog.request(method, dialog.nextSequence());
    const own = [...(parts.headers ?? []), ...this.authorization(method, uri)];
    const { body = "", contentType } = parts;
    const type = contentType === undefined ? {} : { contentType };
    const request = { method, uri, headers: [...headers, ...own], sdp: body, ...type };
    this.host.transactions.request(now, request, this.requestFlow(dialog), (at, response) => {
      if (response.status < 200) return;
      if (this.isWorthRepeating(response)) this.request(at, method, parts, onFinal);
      else onFinal(at, response);
    });
  }

  protected sendBye(now: number): void {
    if (this.dialog === undefined) return this.done();
    this.state = "terminating";
    this.timer.stop();
    this.changes.drop(now);
    this.#referrals.drop(now);
    this.request(now, "BYE", { headers: this.#farewell }, () => this.done());
  }

  authorization(method: string, uri: string): HeaderField[] {
    return this.digest?.authorize(method, uri) ?? [];
  }

  /** A challenge that our credentials can answer. Anything else final ends the exchange with them. */
  isWorthRepeating(response: SipResponse | ClientFailure): boolean {
    const isChallenge = response.kind === "response" && (response.status === 401 || response.status === 407);
    if (isChallenge && this.digest?.challenged(response) === true) return true;
    this.digest?.succeeded();
    return false;
  }

  /** The ACK of a 2xx is a request of its own, outside any transaction (section 13.2.2.4). */
  sendAck(dialog: Dialog, sequenceNumber: number): { flow: Flow; bytes: Uint8Array } {
    const flow = this.requestFlow(dialog);
    const via = writeVia(flow.transport, flow.localHost, flow.localPort, `${MAGIC_COOKIE}${this.host.token()}`);
    const ack = { method: "ACK", sdp: "", ...dialog.request("ACK", sequenceNumber) };
    const bytes = writeOutgoing(ack, via, this.host.product);
    this.host.send(flow, bytes);
    return { flow, bytes };
  }

  requestFlow(dialog: Dialog): Flow {
    return this.isBehindNat && dialog.routeSet.length === 0 ? this.flow : flowToward(dialog.nextHop, this.flow);
  }

  /** Headers of a CANCEL or BYE of ours: its Reason. */
  protected get farewell(): readonly HeaderField[] {
    return this.#farewell;
  }

  #hangUp(now: number): void {
    switch (this.state) {
      case "offered":
      case "calling":
        this.end("hangup");
        return this.abandon(now);
      case "accepted":
        this.end("hangup");
        this.state = "closing";
        return;
      case "established":
        this.end("hangup");
        return this.sendBye(now);
    }
  }

  #onBye(now: number, exchange: ServerExchange): void {
    exchange.respond(now, 200);
    this.changes.drop(now);
    this.#referrals.drop(now);
    if (this.state === "offered") return this.onCancel(now, exchange.request);
    this.end("bye", 0, details(exchange.request));
    this.done();
  }
}

/** What a message that ends a call says of why. */
export function details(message: SipRequest | SipResponse | undefined): EndDetails {
  const reason = message === undefined ? undefined : readReason(message);
  return reason === undefined ? {} : { reason };
}
