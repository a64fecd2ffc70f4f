import { ClientTransaction } from "./client-transaction.ts";
import { Deadlines, type Timed } from "./deadlines.ts";
import { tagOf } from "./dialog.ts";
import { ServerExchange } from "./exchange.ts";
import type { HeaderField, SipRequest, SipResponse } from "./message.ts";
import { responseFlow } from "./routing.ts";
import { ServerTransaction } from "./server-transaction.ts";
import type { Flow, UserAgentCounters } from "./user-agent-types.ts";
import { MAGIC_COOKIE, writeVia } from "./via.ts";
import { writeRequest } from "./write.ts";

/** A request of ours on its way. */
export interface OutgoingRequest {
  readonly method: string;
  readonly uri: string;
  /** Without Via. */
  readonly headers: readonly HeaderField[];
  /** The body, "" for none. */
  readonly sdp: string;
  /** Of the body, when it is no SDP. */
  readonly contentType?: string;
}

/** Called for every response, or once with a failure. */
export type OnResponse = (now: number, response: SipResponse | ClientFailure) => void;

/** No response in time, or no way to the peer: to be treated as this status (RFC 3261 section 8.1.3.1). */
export interface ClientFailure {
  readonly kind: "failure";
  readonly status: 408 | 503;
}

interface ClientEntry extends Timed {
  readonly transaction: ClientTransaction;
  readonly key: string;
  readonly flow: Flow;
  readonly onResponse: OnResponse;
}

interface ServerEntry extends Timed {
  readonly transaction: ServerTransaction;
  readonly key: string;
  readonly mergeKey: string;
  readonly flow: Flow;
  /** Dropped with the request once the final response is out. */
  exchange: ServerExchange | undefined;
}

type Entry = ClientEntry | ServerEntry;

/** The store of all transactions: matching (RFC 3261 sections 17.1.3 and 17.2.3), timers, and what they send. */
export class Transactions {
  readonly #clients = new Map<string, ClientEntry>();
  readonly #servers = new Map<string, ServerEntry>();
  /** Requests without To tag by what a fork keeps equal: for 482 (section 8.2.2.2). */
  readonly #merges = new Map<string, ServerEntry>();
  readonly #deadlines = new Deadlines<Entry>();

  constructor(
    private readonly product: string,
    private readonly counters: UserAgentCounters,
    private readonly token: () => string,
    private readonly send: (flow: Flow, bytes: Uint8Array) => void,
  ) {}

  get serverCount(): number {
    return this.#servers.size;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  deadline(): number {
    return this.#deadlines.next();
  }

  tick(now: number): void {
    for (let entry = this.#deadlines.due(now); entry !== undefined; entry = this.#deadlines.due(now)) {
      entry.transaction.handle(now, { kind: "tick" });
      this.#drain(now, entry);
    }
  }

  /** True when the request belongs to a transaction that is already served: a repeat, or the ACK of a refusal. */
  absorb(now: number, request: SipRequest): boolean {
    const entry = this.#servers.get(serverKey(request));
    if (entry === undefined) return false;
    if (request.method === "ACK") {
      if (entry.transaction.state === "accepted") return false;
      entry.transaction.handle(now, { kind: "ack" });
    } else {
      this.counters.retransmissionsAbsorbed += 1;
      entry.transaction.handle(now, { kind: "request" });
    }
    this.#drain(now, entry);
    return true;
  }

  /** The same request came by another branch and is being served (section 8.2.2.2). */
  isMerged(request: SipRequest): boolean {
    return tagOf(request.to) === "" && this.#merges.has(mergeKey(request));
  }

  openServer(request: SipRequest, flow: Flow): ServerExchange {
    const transaction = new ServerTransaction(request.method === "INVITE", flow.transport !== "udp");
    const key = serverKey(request);
    const submit = (now: number, status: number, bytes: Uint8Array): void => {
      transaction.handle(now, { kind: "respond", status, bytes });
      if (status >= 200) entry.exchange = undefined;
      this.#drain(now, entry);
    };
    const backFlow = responseFlow(flow, request.vias[0]!);
    const exchange = new ServerExchange(request, flow, backFlow, submit, transaction, this.product);
    const deadline = () => transaction.deadline();
    const merge = tagOf(request.to) === "" && !this.isMerged(request) ? mergeKey(request) : "";
    const entry: ServerEntry = { transaction, key, mergeKey: merge, flow: backFlow, exchange, deadline };
    this.#servers.set(key, entry);
    if (merge !== "") this.#merges.set(merge, entry);
    return exchange;
  }

  /** The INVITE that a CANCEL speaks of (section 9.2): known, and its exchange while it is unanswered. */
  findCancelled(cancel: SipRequest): { readonly exchange: ServerExchange | undefined } | undefined {
    return this.#servers.get(serverKey(cancel, "INVITE"));
  }

  /** Sends a request in a transaction of its own. @returns the Via value, which a CANCEL must repeat. */
  request(now: number, outgoing: OutgoingRequest, flow: Flow, onResponse: OnResponse, via?: string): string {
    const branch = `${MAGIC_COOKIE}${this.token()}`;
    const ownVia = via ?? writeVia(flow.transport, flow.localHost, flow.localPort, branch);
    const bytes = writeOutgoing(outgoing, ownVia, this.product);
    const transaction = new ClientTransaction({
      method: outgoing.method,
      request: bytes,
      isReliable: flow.transport !== "udp",
      makeAck: (response) => writeRefusalAck(outgoing, ownVia, response),
    });
    const key = `${branchOf(ownVia)}\n${outgoing.method}`;
    const entry: ClientEntry = { transaction, key, flow, onResponse, deadline: () => transaction.deadline() };
    this.#clients.set(key, entry);
    transaction.handle(now, { kind: "start" });
    this.#drain(now, entry);
    return ownVia;
  }

  /** A CANCEL for the request with this Via went out (RFC 3261 section 9.1). */
  giveUpSoon(now: number, method: string, via: string): void {
    const entry = this.#clients.get(`${branchOf(via)}\n${method}`);
    if (entry === undefined) return;
    entry.transaction.handle(now, { kind: "cancelled" });
    this.#deadlines.update(entry);
  }

  /** False when the response belongs to no request of ours; one with a second Via was routed wrongly (section 8.1.3.3). */
  receive(now: number, response: SipResponse): boolean {
    if (response.vias.length > 1) return false;
    const branch = response.vias[0]?.params.get("branch") ?? "";
    const entry = this.#clients.get(`${branch}\n${response.cseq.method}`);
    if (entry === undefined) return false;
    entry.transaction.handle(now, { kind: "response", response });
    this.#drain(now, entry);
    return true;
  }

  /** The transport cannot reach this flow: what waits for its first answer there fails as with 503. */
  fail(now: number, flow: Flow): void {
    for (const entry of [...this.#clients.values()]) {
      const isWaiting = entry.transaction.state === "calling" || entry.transaction.state === "proceeding";
      if (!isWaiting || !isSameFlow(entry.flow, flow)) continue;
      this.#forget(entry);
      entry.onResponse(now, { kind: "failure", status: 503 });
    }
  }

  #drain(now: number, entry: Entry): void {
    for (let output = entry.transaction.poll(); output !== undefined; output = entry.transaction.poll()) {
      if (output.kind === "send") this.send(entry.flow, output.bytes);
      else if (output.kind === "response") (entry as ClientEntry).onResponse(now, output.response);
      else {
        this.counters.timeouts += 1;
        if ("onResponse" in entry) entry.onResponse(now, { kind: "failure", status: 408 });
      }
    }
    if (entry.transaction.state === "terminated") this.#forget(entry);
    else if (this.#isStored(entry)) this.#deadlines.update(entry);
  }

  #isStored(entry: Entry): boolean {
    return ("onResponse" in entry ? this.#clients : this.#servers).get(entry.key) === entry;
  }

  #forget(entry: Entry): void {
    this.#deadlines.remove(entry);
    if ("onResponse" in entry) {
      this.#clients.delete(entry.key);
      return;
    }
    this.#servers.delete(entry.key);
    if (entry.mergeKey !== "") this.#merges.delete(entry.mergeKey);
  }
}

/** Section 17.2.3; a branch without the magic cookie, or with nothing after it, is a client of RFC 2543, matched by everything it repeats. */
function serverKey(request: SipRequest, method = request.method === "ACK" ? "INVITE" : request.method): string {
  const via = request.vias[0]!;
  const branch = via.params.get("branch") ?? "";
  if (branch.startsWith(MAGIC_COOKIE) && branch.length > MAGIC_COOKIE.length)
    return `${branch}\n${via.host}:${via.port ?? ""}\n${method}`;
  return `2543\n${request.uri}\n${tagOf(request.from)}\n${request.callId}\n${request.cseq.number}\n${method}\n${via.host}:${via.port ?? ""};${branch}`;
}

function mergeKey(request: SipRequest): string {
  return `${request.callId}\n${tagOf(request.from)}\n${request.cseq.number} ${request.cseq.method}`;
}

function branchOf(via: string): string {
  return /;branch=([^;]*)/.exec(via)?.[1] ?? "";
}

/** Section 17.1.1.3: the INVITE's Request-URI, Via, From, Call-ID and Route, the response's To. */
function writeRefusalAck(invite: OutgoingRequest, via: string, response: SipResponse): Uint8Array {
  const copied = invite.headers.filter(({ name }) => ["route", "max-forwards", "from", "call-id"].includes(name));
  const to = response.headers.find(({ name }) => name === "to")?.value ?? "";
  const headers = [
    { name: "via", value: via },
    ...copied,
    { name: "to", value: to },
    { name: "cseq", value: `${response.cseq.number} ACK` },
  ];
  return writeRequest("ACK", invite.uri, { headers, body: "" });
}

/** Writes a request of ours with its Via on top. */
export function writeOutgoing(outgoing: OutgoingRequest, via: string, product: string): Uint8Array {
  const headers = [{ name: "via", value: via }, ...outgoing.headers, { name: "user-agent", value: product }];
  if (outgoing.sdp !== "") headers.push({ name: "content-type", value: outgoing.contentType ?? "application/sdp" });
  return writeRequest(outgoing.method, outgoing.uri, { headers, body: outgoing.sdp });
}

function isSameFlow(a: Flow, b: Flow): boolean {
  if (b.connectionId !== 0 && a.connectionId === b.connectionId) return true;
  return (
    a.transport === b.transport && a.address === b.address && a.port === b.port && a.connectionId === b.connectionId
  );
}
