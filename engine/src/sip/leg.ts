import type { Timed } from "./deadlines.ts";
import type { Dialog } from "./dialog.ts";
import type { DigestClient } from "./digest.ts";
import type { CancelTarget, ServerExchange } from "./exchange.ts";
import { bodyText, type HeaderField, type SipRequest, type SipResponse } from "./message.ts";
import { flowToward } from "./routing.ts";
import { ALLOW, isSdp } from "./screening.ts";
import { T1_MS, T2_MS, TRANSACTION_LIFE_MS } from "./timers.ts";
import { type ClientFailure, type Transactions, writeOutgoing } from "./transactions.ts";
import { parseUri, writeSipUri } from "./uri.ts";
import type { CallEvent, EndCause, Flow, LegId, UserAgentCommand } from "./user-agent-types.ts";
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

/** What a leg needs of the user agent. */
export interface LegHost {
  readonly transactions: Transactions;
  readonly product: string;
  token(): string;
  send(flow: Flow, bytes: Uint8Array): void;
  emit(event: CallEvent): void;
  /** The dialog can be found from now on. */
  bind(dialog: Dialog, leg: Leg): void;
  /** The leg's deadline changed. */
  reschedule(leg: Leg): void;
  /** The leg is done: forget it. */
  release(leg: Leg): void;
}

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

export abstract class Leg implements Timed, CancelTarget {
  protected state: LegState;
  protected dialog: Dialog | undefined;
  /** Set when the call was given credentials. */
  protected digest: DigestClient | undefined;
  /** The peer's re-INVITE that the application has not answered. */
  #reinvite: ServerExchange | undefined;
  #isReinviting = false;
  #unacked: UnackedAnswer | undefined;
  #hasEnded = false;
  #farewell: readonly HeaderField[] = [];

  constructor(
    readonly id: LegId,
    protected readonly host: LegHost,
    /** The way the peer was last heard, or was called. */
    protected flow: Flow,
    initial: LegState,
    /** The peer's own idea of its address is wrong: requests go back where it was heard. */
    private readonly isBehindNat: boolean,
  ) {
    this.state = initial;
  }

  get dialogId(): string | undefined {
    return this.dialog?.id;
  }

  /** Monotonic ms. */
  deadline(): number {
    return this.#unacked?.sendAt ?? Number.POSITIVE_INFINITY;
  }

  abstract onCancel(now: number): void;
  /** Ends a leg that is not answered yet. */
  protected abstract abandon(now: number): void;
  protected abstract commandUnanswered(now: number, command: UserAgentCommand): void;

  command(now: number, command: UserAgentCommand): void {
    switch (command.kind) {
      case "hangup":
        this.#farewell = command.headers ?? [];
        return this.#hangUp(now);
      case "accept-reinvite":
        return this.#acceptReinvite(now, command.sdp);
      case "reject-reinvite":
        this.#reinvite?.respond(now, command.status);
        this.#reinvite = undefined;
        return;
      case "reinvite":
        return this.#sendReinvite(now, command.sdp);
      default:
        return this.commandUnanswered(now, command);
    }
  }

  tick(now: number): void {
    const unacked = this.#unacked;
    if (unacked === undefined || now < unacked.sendAt) return;
    if (now >= unacked.giveUpAt) {
      this.#expectAck(undefined);
      this.end("no-ack");
      return this.sendBye(now);
    }
    this.host.send(unacked.flow, unacked.bytes);
    unacked.intervalMs = Math.min(unacked.intervalMs * 2, T2_MS);
    unacked.sendAt = Math.min(now + unacked.intervalMs, unacked.giveUpAt);
    this.host.reschedule(this);
  }

  /** A request of the peer within the dialog, other than ACK, CANCEL and OPTIONS. */
  onRequest(now: number, exchange: ServerExchange): void {
    const { request } = exchange;
    if (this.dialog?.acceptSequence(request.cseq.number) === false) {
      exchange.respond(now, 500);
      return;
    }
    this.flow = exchange.source;
    if (request.method === "BYE") this.#onBye(now, exchange);
    else this.#onReinvite(now, exchange);
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

  /** The one last event. */
  protected end(cause: EndCause, status = 0): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.host.emit({ kind: "ended", leg: this.id, cause, status });
  }

  protected done(): void {
    this.state = "done";
    this.#unacked = undefined;
    this.host.release(this);
  }

  /** Answers an INVITE with 200 and repeats it until the ACK. */
  protected sendAnswer(
    now: number,
    exchange: ServerExchange,
    localTag: string,
    sdp: string,
    isReinvite: boolean,
  ): void {
    const bytes = exchange.respond(now, 200, { localTag, headers: [this.contact(), ALLOW], sdp });
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

  #expectAck(unacked: UnackedAnswer | undefined): void {
    this.#unacked = unacked;
    this.host.reschedule(this);
  }

  protected contact(): HeaderField {
    const user = this.dialog === undefined ? "" : (parseUri(this.dialog.local.uri)?.user ?? "");
    const { localHost, localPort, transport } = this.flow;
    return { name: "contact", value: `<${writeSipUri(user, localHost, localPort, transport)}>` };
  }

  protected sendBye(now: number): void {
    const dialog = this.dialog;
    if (dialog === undefined) return this.done();
    this.state = "terminating";
    const request = { method: "BYE", sdp: "", ...dialog.request("BYE", dialog.nextSequence()) };
    const headers = [...request.headers, ...this.#farewell, ...this.authorization("BYE", request.uri)];
    this.host.transactions.request(now, { ...request, headers }, this.requestFlow(dialog), (at, response) => {
      if (response.status < 200) return;
      if (this.isWorthRepeating(response)) this.sendBye(at);
      else this.done();
    });
  }

  protected authorization(method: string, uri: string): HeaderField[] {
    return this.digest?.authorize(method, uri) ?? [];
  }

  /** A challenge that our credentials can answer. Anything else final ends the exchange with them. */
  protected isWorthRepeating(response: SipResponse | ClientFailure): boolean {
    const isChallenge = response.kind === "response" && (response.status === 401 || response.status === 407);
    if (isChallenge && this.digest?.challenged(response) === true) return true;
    this.digest?.succeeded();
    return false;
  }

  /** The ACK of a 2xx is a request of its own, outside any transaction (section 13.2.2.4). */
  protected sendAck(dialog: Dialog, sequenceNumber: number): { flow: Flow; bytes: Uint8Array } {
    const flow = this.requestFlow(dialog);
    const via = writeVia(flow.transport, flow.localHost, flow.localPort, `${MAGIC_COOKIE}${this.host.token()}`);
    const ack = { method: "ACK", sdp: "", ...dialog.request("ACK", sequenceNumber) };
    const bytes = writeOutgoing(ack, via, this.host.product);
    this.host.send(flow, bytes);
    return { flow, bytes };
  }

  protected requestFlow(dialog: Dialog): Flow {
    return this.isBehindNat && dialog.routeSet.length === 0 ? this.flow : flowToward(dialog.nextHop, this.flow);
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
        this.#dropReinvite(now);
        return this.sendBye(now);
    }
  }

  #onBye(now: number, exchange: ServerExchange): void {
    exchange.respond(now, 200);
    this.#dropReinvite(now);
    if (this.state === "offered") return this.onCancel(now);
    this.end("bye");
    this.done();
  }

  #dropReinvite(now: number): void {
    this.#reinvite?.respond(now, 487);
    this.#reinvite = undefined;
  }

  /** Section 14.2: one at a time; 491 when ours is under way, 500 when theirs is. */
  #onReinvite(now: number, exchange: ServerExchange): void {
    if (this.state !== "established" || this.#reinvite !== undefined || this.#unacked !== undefined) {
      exchange.respond(now, 500, { headers: [{ name: "retry-after", value: "1" }] });
    } else if (this.#isReinviting) exchange.respond(now, 491);
    else {
      exchange.respond(now, 100);
      this.#reinvite = exchange;
      exchange.owner = { onCancel: (at) => this.#dropReinvite(at) };
      const { request } = exchange;
      this.host.emit({ kind: "reinvite", leg: this.id, sdp: isSdp(request) ? bodyText(request) : undefined });
    }
  }

  #acceptReinvite(now: number, sdp: string): void {
    const exchange = this.#reinvite;
    if (exchange === undefined) return;
    this.#reinvite = undefined;
    this.dialog?.refreshTarget(exchange.request);
    this.sendAnswer(now, exchange, "", sdp, true);
  }

  #sendReinvite(now: number, sdp: string): void {
    const dialog = this.dialog;
    if (dialog === undefined || this.state !== "established" || this.#isReinviting || this.#reinvite !== undefined) {
      this.host.emit({ kind: "reinvite-result", leg: this.id, status: 491, sdp: undefined });
      return;
    }
    this.#isReinviting = true;
    const sequenceNumber = dialog.nextSequence();
    const { uri, headers } = dialog.request("INVITE", sequenceNumber);
    const authorization = this.authorization("INVITE", uri);
    const request = { method: "INVITE", uri, headers: [...headers, this.contact(), ALLOW, ...authorization], sdp };
    let ack: { flow: Flow; bytes: Uint8Array } | undefined;
    this.host.transactions.request(now, request, this.requestFlow(dialog), (at, response) => {
      if (response.status < 200) return;
      if (ack !== undefined) return this.host.send(ack.flow, ack.bytes);
      if (response.status < 300 && response.kind === "response") {
        dialog.refreshTarget(response);
        ack = this.sendAck(dialog, sequenceNumber);
      }
      if (this.state === "established" && this.isWorthRepeating(response)) {
        this.#isReinviting = false;
        return this.#sendReinvite(at, sdp);
      }
      this.#endReinvite(at, response);
    });
  }

  #endReinvite(now: number, response: SipResponse | ClientFailure): void {
    this.#isReinviting = false;
    if (this.state !== "established") return;
    const sdp = response.kind === "response" && isSdp(response) ? bodyText(response) : undefined;
    this.host.emit({ kind: "reinvite-result", leg: this.id, status: response.status, sdp });
    const isGone = response.status === 481 || response.status === 408;
    if (!isGone) return;
    this.end("gone");
    this.sendBye(now);
  }
}
