import type { Core } from "../core.ts";
import { Deadlines } from "./deadlines.ts";
import { type Dialog, dialogId, tagOf } from "./dialog.ts";
import { buildResponse, type ServerExchange } from "./exchange.ts";
import { IncomingLeg } from "./incoming-leg.ts";
import type { Leg } from "./leg.ts";
import type { LegHost } from "./leg-parts.ts";
import { answerMalformed } from "./malformed.ts";
import type { HeaderField, SipRequest, SipResponse } from "./message.ts";
import { type InviteCommand, OutgoingLeg } from "./outgoing-leg.ts";
import { parseMessage, SipParseError } from "./parse.ts";
import { readReplaces } from "./replaces.ts";
import { responseFlow } from "./routing.ts";
import { ACCEPT, ALLOW, type Refusal, SUPPORTED, screen } from "./screening.ts";
import { Transactions } from "./transactions.ts";
import type {
  Admission,
  CallEvent,
  Flow,
  LegId,
  UserAgentCommand,
  UserAgentCounters,
  UserAgentInput,
  UserAgentOptions,
  UserAgentOutput,
} from "./user-agent-types.ts";
import { noteSource } from "./via.ts";

export type * from "./user-agent-types.ts";

const DEFAULT_MAX_LEGS = 1000;
const DEFAULT_MAX_TRANSACTIONS = 20_000;
const IN_DIALOG_ONLY: readonly string[] = ["BYE", "PRACK", "UPDATE", "NOTIFY"];
/** Seconds a peer should wait after our 503. */
const RETRY_AFTER = { name: "retry-after", value: "5" };

/**
 * The SIP user agent: parser, transactions, dialogs and calls behind one `Core`. Messages and commands go in, bytes for a flow
 * and call events come out. Nothing a peer sends makes it throw.
 */
export class UserAgent implements Core<UserAgentInput, UserAgentOutput> {
  readonly counters: UserAgentCounters = {
    received: 0,
    sent: 0,
    malformed: 0,
    unmatched: 0,
    retransmissionsAbsorbed: 0,
    overloaded: 0,
    dropped: 0,
    timeouts: 0,
  };
  readonly #outputs: UserAgentOutput[] = [];
  readonly #transactions: Transactions;
  readonly #legs = new Map<LegId, Leg>();
  readonly #dialogs = new Map<string, Leg>();
  readonly #legDeadlines = new Deadlines<Leg>();
  readonly #host: LegHost;
  /** What to call when a leg has ended. */
  readonly #releases = new Map<LegId, () => void>();
  #lastLeg: LegId = 0;
  #isDraining = false;

  constructor(private readonly options: UserAgentOptions) {
    const token = () => options.random.token();
    const send = (flow: Flow, bytes: Uint8Array) => this.#send(flow, bytes);
    this.#transactions = new Transactions(options.product, this.counters, token, send);
    this.#host = {
      transactions: this.#transactions,
      product: options.product,
      token,
      send,
      emit: (event: CallEvent) => this.#outputs.push(event),
      bind: (dialog: Dialog, leg: Leg) => this.#dialogs.set(dialog.id, leg),
      reschedule: (leg: Leg) => this.#legDeadlines.update(leg),
      release: (leg: Leg) => this.#release(leg),
    };
  }

  /** A fresh id for an `invite` command. */
  allocateLeg(): LegId {
    this.#lastLeg += 1;
    return this.#lastLeg;
  }

  /** A request outside any dialog (REGISTER); `onFinal` gets its final response, `undefined` when none came. */
  request(
    now: number,
    flow: Flow,
    request: { readonly method: string; readonly uri: string; readonly headers: readonly HeaderField[] },
    onFinal: (now: number, response: SipResponse | undefined) => void,
  ): void {
    this.#transactions.request(now, { ...request, sdp: "" }, flow, (at, response) => {
      if (response.status >= 200) onFinal(at, response.kind === "response" ? response : undefined);
    });
  }

  /** Dialogs that can be found, early ones included. */
  get dialogCount(): number {
    return this.#dialogs.size;
  }

  /** Calls in any state, those saying goodbye included. */
  get legCount(): number {
    return this.#legs.size;
  }

  /** Transactions kept, finished ones that still absorb repeats included. */
  get transactionCount(): number {
    return this.#transactions.serverCount + this.#transactions.clientCount;
  }

  handle(now: number, input: UserAgentInput): void {
    switch (input.kind) {
      case "tick":
        return this.#tick(now);
      case "message":
        return this.#receive(now, input.flow, input.bytes);
      case "unreachable":
        return this.#transactions.fail(now, input.flow);
      case "drain":
        this.#isDraining = input.on;
        return;
      case "invite":
        return this.#invite(now, input);
      default:
        return this.#command(now, input);
    }
  }

  poll(): UserAgentOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): number {
    return Math.min(this.#transactions.deadline(), this.#legDeadlines.next());
  }

  #tick(now: number): void {
    this.#transactions.tick(now);
    for (let leg = this.#legDeadlines.due(now); leg !== undefined; leg = this.#legDeadlines.due(now)) {
      leg.tick(now);
      if (this.#legs.get(leg.id) === leg) this.#legDeadlines.update(leg);
    }
  }

  #command(now: number, command: Exclude<UserAgentCommand, { kind: "drain" | "invite" }>): void {
    const leg = this.#legs.get(command.leg);
    if (leg === undefined) {
      this.counters.unmatched += 1;
      return;
    }
    leg.command(now, command);
  }

  #invite(now: number, command: InviteCommand): void {
    const leg = new OutgoingLeg(this.#host, now, command);
    this.#legs.set(leg.id, leg);
    this.#legDeadlines.update(leg);
  }

  #receive(now: number, flow: Flow, bytes: Uint8Array): void {
    this.counters.received += 1;
    const message = parseMessage(bytes);
    if (message instanceof SipParseError) return this.#receiveMalformed(message, flow);
    if (message.kind === "request") return this.#receiveRequest(now, message, flow);
    if (!this.#transactions.receive(now, message)) this.counters.unmatched += 1;
  }

  #receiveMalformed(error: SipParseError, flow: Flow): void {
    this.counters.malformed += 1;
    const answer = answerMalformed(error, flow, this.options.product, this.options.random.token());
    if (answer !== undefined) this.#send(answer.flow, answer.bytes);
  }

  #receiveRequest(now: number, parsed: SipRequest, flow: Flow): void {
    const [top, ...others] = parsed.vias;
    if (top === undefined) return;
    const request = { ...parsed, vias: [noteSource(top, flow.address, flow.port), ...others] };
    if (this.#transactions.absorb(now, request)) return;
    if (request.method === "ACK") return this.#receiveAck(now, request);
    if (this.#transactions.serverCount >= (this.options.maxTransactions ?? DEFAULT_MAX_TRANSACTIONS)) {
      this.counters.overloaded += 1;
      const parts = { localTag: this.options.random.token(), headers: [RETRY_AFTER] };
      return this.#send(responseFlow(flow, top), buildResponse(request, 503, this.options.product, parts));
    }
    const admission = this.#judge(now, request, flow);
    if (admission.kind === "drop") {
      this.counters.dropped += 1;
      return;
    }
    const release = admission.kind === "accept" ? admission.release : undefined;
    const isMerged = this.#transactions.isMerged(request);
    const exchange = this.#transactions.openServer(request, flow);
    const localTag = this.options.random.token();
    const refusal = screen(request);
    if (admission.kind === "refuse") {
      exchange.respond(now, admission.status, { localTag, headers: admission.headers });
    } else if (refusal !== undefined) exchange.respond(now, refusal.status, { localTag, headers: refusal.headers });
    else if (isMerged) exchange.respond(now, 482, { localTag });
    else if (request.method === "CANCEL") this.#receiveCancel(now, exchange, localTag);
    else if (tagOf(request.to) !== "") this.#receiveInDialog(now, exchange);
    else return this.#receiveOutOfDialog(now, exchange, localTag, release);
    release?.();
  }

  #judge(now: number, request: SipRequest, flow: Flow): Admission {
    const isNew = request.method !== "CANCEL" && tagOf(request.to) === "";
    return (isNew && this.options.admit?.(now, request, flow)) || { kind: "accept" };
  }

  #receiveAck(now: number, ack: SipRequest): void {
    const leg = this.#dialogs.get(dialogId(ack.callId, tagOf(ack.to), tagOf(ack.from)));
    if (leg === undefined) {
      this.counters.unmatched += 1;
      return;
    }
    leg.onAck(now, ack);
  }

  /** RFC 3261 section 9.2: 200 to the CANCEL in any case where the INVITE is known, 487 to the INVITE when it is open. */
  #receiveCancel(now: number, exchange: ServerExchange, localTag: string): void {
    const invite = this.#transactions.findCancelled(exchange.request);
    exchange.respond(now, invite === undefined ? 481 : 200, { localTag });
    invite?.exchange?.owner?.onCancel(now, exchange.request);
  }

  #receiveInDialog(now: number, exchange: ServerExchange): void {
    const { request } = exchange;
    const leg = this.#dialogs.get(dialogId(request.callId, tagOf(request.to), tagOf(request.from)));
    if (leg === undefined) exchange.respond(now, 481);
    else if (request.method === "OPTIONS") exchange.respond(now, 200, { headers: [ALLOW, ACCEPT, SUPPORTED] });
    else leg.onRequest(now, exchange);
  }

  #receiveOutOfDialog(
    now: number,
    exchange: ServerExchange,
    localTag: string,
    release: (() => void) | undefined,
  ): void {
    const { method } = exchange.request;
    if (IN_DIALOG_ONLY.includes(method)) exchange.respond(now, 481, { localTag });
    // Anybody who may call could otherwise make us dial (toll fraud); within a call the application decides.
    else if (method === "REFER") exchange.respond(now, 403, { localTag });
    else if (this.#isDraining) exchange.respond(now, 503, { localTag, headers: [RETRY_AFTER] });
    else if (method === "OPTIONS") exchange.respond(now, 200, { localTag, headers: [ALLOW, ACCEPT, SUPPORTED] });
    else if (this.#legs.size >= (this.options.maxLegs ?? DEFAULT_MAX_LEGS)) {
      this.counters.overloaded += 1;
      exchange.respond(now, 503, { localTag, headers: [RETRY_AFTER] });
    } else {
      const replaced = this.#findReplaced(exchange.request);
      if (typeof replaced === "object") {
        exchange.respond(now, replaced.status, { localTag });
        release?.();
        return;
      }
      const leg = new IncomingLeg(this.allocateLeg(), this.#host, now, exchange, replaced);
      this.#legs.set(leg.id, leg);
      if (release !== undefined) this.#releases.set(leg.id, release);
      return;
    }
    release?.();
  }

  /** RFC 3891 section 3: the leg that an INVITE takes the place of, or why it may not. */
  #findReplaced(request: SipRequest): LegId | Refusal | undefined {
    const replaces = readReplaces(request);
    if (replaces === undefined) return undefined;
    if (replaces === "malformed") return { status: 400, headers: [] };
    const leg = this.#dialogs.get(replaces.dialogId);
    if (leg === undefined || leg.replaceability === "none") return { status: 481, headers: [] };
    if (replaces.isEarlyOnly && leg.replaceability === "confirmed") return { status: 486, headers: [] };
    return leg.id;
  }

  #release(leg: Leg): void {
    this.#legs.delete(leg.id);
    this.#legDeadlines.remove(leg);
    for (const id of leg.dialogIds()) this.#dialogs.delete(id);
    this.#releases.get(leg.id)?.();
    this.#releases.delete(leg.id);
  }

  #send(flow: Flow, bytes: Uint8Array): void {
    this.counters.sent += 1;
    this.#outputs.push({ kind: "send", flow, bytes });
  }
}
