import { randomBytes } from "node:crypto";
import type { Credentials } from "../sip/digest.ts";
import type { HeaderField, SipResponse } from "../sip/message.ts";
import { isIpAddress, parseUri, writeSipUri } from "../sip/uri.ts";
import {
  type CallEvent,
  type Flow,
  type LegId,
  type TransportName,
  UserAgent,
  type UserAgentCommand,
  type UserAgentCounters,
  type UserAgentInput,
  type UserAgentOptions,
} from "../sip/user-agent.ts";
import { monotonicMs } from "./clock.ts";
import { localAddressToward } from "./local-address.ts";
import { type ConnectionInfo, plainAddress, TcpConnections } from "./tcp-connections.ts";
import type { TlsSettings } from "./tls.ts";
import { openUdp, PortBusyError, type UdpSocket } from "./udp.ts";

/** Where to listen and how. */
export interface SipTransportOptions {
  /** Address to bind, "0.0.0.0" for all. */
  readonly host: string;
  /** UDP and TCP; 0 lets the system choose (a client). */
  readonly port: number;
  /** Listen on TCP too. Default true. */
  readonly tcp?: boolean;
  /** TLS beside UDP and TCP; with `port` -1 only as a client. */
  readonly tls?: TlsSettings & { readonly port: number };
  /** Our address as peers outside see it, for Via, Contact and SDP; else the local address toward each peer. */
  readonly externalHost?: string;
  /** Value of Server and User-Agent. */
  readonly product: string;
  /** Calls at once; more are answered 503. Default 1000. */
  readonly maxLegs?: number;
  /** Kept at once; more are answered 503. Over UDP each lives 32 s and a call has two, so the default of 20,000 is 310 calls a second for ever. */
  readonly maxTransactions?: number;
  /** Judges requests outside dialogs, `Admissions.judge` for trunks; everybody is admitted when absent. */
  readonly admit?: UserAgentOptions["admit"];
  /** Says before parsing whether a peer is worth listening to; dropped datagrams cost one lookup. */
  readonly isExpected?: (address: string) => boolean;
  /** A TCP or TLS connection that we opened is gone, or could not be made. */
  readonly onConnectionLost?: (address: string) => void;
  /** May call `command` and `invite`. */
  readonly onEvent: (event: CallEvent) => void;
}

/** A call to make. */
export interface InviteOptions {
  /** Its host must be an IP address, or `flow` be given: names are resolved before (`io/resolve.ts`). `;transport=tcp` for TCP, `;transport=tls` for TLS. */
  readonly uri: string;
  /** URI of the caller; default an anonymous one at our address. */
  readonly from?: string;
  readonly fromName?: string;
  /** Makes the offer, given our address as that peer can reach it. */
  readonly sdp: (localHost: string) => string;
  /** Where the INVITE goes; the host of `uri` when absent. */
  readonly flow?: Flow;
  readonly headers?: readonly HeaderField[];
  /** Answers the peer's challenges. */
  readonly credentials?: Credentials;
}

export interface SipTransport {
  /** The port in use, for UDP and TCP. */
  readonly port: number;
  readonly counters: Readonly<UserAgentCounters>;
  /** The port TLS listens on, 0 for none. */
  readonly tlsPort: number;
  /** Open TCP and TLS connections. */
  readonly connectionCount: number;
  /** What the user agent keeps: calls, the dialogs they are found by, transactions that still absorb repeats. */
  readonly held: { readonly legs: number; readonly dialogs: number; readonly transactions: number };
  command(command: UserAgentCommand): void;
  /** Starts a call; its events carry the leg returned. @throws RangeError when the URI has no IP address as host. */
  invite(options: InviteOptions): LegId;
  /** A request outside any dialog, such as REGISTER; `onFinal` gets `undefined` when no answer came. */
  request(flow: Flow, request: OutOfDialogRequest, onFinal: (response: SipResponse | undefined) => void): void;
  /** Datagrams from addresses that are not expected. */
  readonly unexpectedCount: number;
  /** The way to the host of a URI. @throws RangeError when it has no IP address. */
  flowTo(uri: string): Flow;
  /** Hangs up what is left, waits until the goodbyes are answered (at most `graceMs`, default 1000), closes the sockets. */
  close(graceMs?: number): Promise<void>;
}

export interface OutOfDialogRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly HeaderField[];
}

type StreamTransport = "tcp" | "tls";

/** Bursts of INVITEs from one carrier arrive on this one socket. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** DSCP CS3: call signalling (RFC 4594). */
const SIGNALLING_DSCP = 24;
/** Attempts to find a port that is free for both UDP and TCP. */
const PORT_ATTEMPTS = 8;

/**
 * Opens UDP and TCP and runs a user agent on them.
 * @throws PortBusyError when the port is taken.
 */
export async function openSipTransport(options: SipTransportOptions): Promise<SipTransport> {
  for (let attempt = 1; ; attempt++) {
    const transport = new BunSipTransport(options);
    try {
      await transport.open();
      return transport;
    } catch (error) {
      await transport.close(0);
      const isWorthAnother = options.port === 0 && error instanceof PortBusyError && attempt < PORT_ATTEMPTS;
      if (!isWorthAnother) throw error;
    }
  }
}

class BunSipTransport implements SipTransport {
  readonly #agent: UserAgent;
  readonly #legs = new Set<LegId>();
  #udp: UdpSocket | undefined;
  #tcp: TcpConnections | undefined;
  #tls: TcpConnections | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #onIdle: (() => void) | undefined;
  #isClosed = false;
  unexpectedCount = 0;

  constructor(private readonly options: SipTransportOptions) {
    this.#agent = new UserAgent({
      product: options.product,
      random: { token: () => randomBytes(12).toString("hex") },
      ...(options.admit === undefined ? {} : { admit: options.admit }),
      ...(options.maxLegs === undefined ? {} : { maxLegs: options.maxLegs }),
      ...(options.maxTransactions === undefined ? {} : { maxTransactions: options.maxTransactions }),
    });
  }

  get port(): number {
    return this.#udp?.port ?? 0;
  }

  get counters(): Readonly<UserAgentCounters> {
    return this.#agent.counters;
  }

  get connectionCount(): number {
    return (this.#tcp?.size ?? 0) + (this.#tls?.size ?? 0);
  }

  get held() {
    const { legCount, dialogCount, transactionCount } = this.#agent;
    return { legs: legCount, dialogs: dialogCount, transactions: transactionCount };
  }

  get tlsPort(): number {
    return this.#tls?.port ?? 0;
  }

  async open(): Promise<void> {
    const { host, port } = this.options;
    this.#udp = await openUdp({
      host,
      port,
      recvBufferBytes: RECEIVE_BUFFER_BYTES,
      dscp: SIGNALLING_DSCP,
      onPacket: (bytes, address, remotePort) => this.#receiveDatagram(bytes, address, remotePort),
    });
    this.#tcp = this.#connections("tcp", this.#udp.port);
    if (this.options.tcp !== false) this.#tcp.listen();
    const { tls } = this.options;
    if (tls === undefined) return;
    this.#tls = this.#connections("tls", tls.port, tls);
    if (tls.port >= 0) this.#tls.listen();
  }

  #connections(transport: StreamTransport, port: number, tls?: TlsSettings): TcpConnections {
    return new TcpConnections({
      host: this.options.host,
      port,
      now: monotonicMs,
      ...(tls === undefined ? {} : { tls }),
      onMessage: (connection, bytes) => {
        this.#run({ kind: "message", flow: this.#streamFlow(transport, connection), bytes });
      },
      onUnreachable: (connection) => this.#lost(transport, connection),
    });
  }

  request(flow: Flow, request: OutOfDialogRequest, onFinal: (response: SipResponse | undefined) => void): void {
    if (this.#isClosed) return;
    this.#agent.request(monotonicMs(), flow, request, (_now, response) => onFinal(response));
    this.#drain();
  }

  command(command: UserAgentCommand): void {
    if (command.kind === "invite") this.#legs.add(command.leg);
    this.#run(command);
  }

  flowTo(uri: string): Flow {
    const target = parseUri(uri);
    if (target === undefined || !isIpAddress(target.host)) {
      throw new RangeError(`Cannot call ${uri}: give a SIP URI with an IP address, such as sip:suki@127.0.0.1:5060.`);
    }
    const written = target.scheme === "sips" ? "tls" : target.params.get("transport")?.toLowerCase();
    const transport = written === "tcp" || written === "tls" ? written : "udp";
    return this.#flow(transport, target.host, target.port ?? (transport === "tls" ? 5061 : 5060), 0);
  }

  invite({ uri, from, fromName, sdp, headers, credentials, ...options }: InviteOptions): LegId {
    const flow = options.flow ?? this.flowTo(uri);
    const leg = this.#agent.allocateLeg();
    this.command({
      kind: "invite",
      leg,
      flow,
      uri,
      from: from ?? writeSipUri("anonymous", flow.localHost, flow.localPort, "udp"),
      ...(fromName === undefined ? {} : { fromName }),
      ...(headers === undefined ? {} : { headers }),
      ...(credentials === undefined ? {} : { credentials }),
      sdp: sdp(flow.localHost),
    });
    return leg;
  }

  async close(graceMs = 1000): Promise<void> {
    for (const leg of [...this.#legs]) this.command({ kind: "hangup", leg });
    if (this.#agent.legCount > 0 && graceMs > 0) await this.#idle(graceMs);
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#tcp?.close();
    this.#tls?.close();
    this.#udp?.close();
  }

  #idle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = setTimeout(resolve, graceMs);
      this.#onIdle = () => {
        clearTimeout(giveUp);
        resolve();
      };
    });
  }

  #receiveDatagram(bytes: Uint8Array, address: string, port: number): void {
    if (bytes.length <= KEEP_ALIVE_BYTES) return;
    const peer = plainAddress(address);
    if (this.options.isExpected?.(peer) === false) {
      this.unexpectedCount += 1;
      return;
    }
    this.#run({ kind: "message", flow: this.#flow("udp", peer, port, 0), bytes });
  }

  #lost(transport: StreamTransport, connection: ConnectionInfo): void {
    const flow = this.#streamFlow(transport, connection);
    this.#run({ kind: "unreachable", flow });
    if (!connection.isOutgoing) return;
    this.#run({ kind: "unreachable", flow: { ...flow, connectionId: 0 } });
    if (!this.#isClosed) this.options.onConnectionLost?.(connection.address);
  }

  #streamFlow(transport: StreamTransport, { id, address, port }: ConnectionInfo): Flow {
    return this.#flow(transport, address, port, id);
  }

  #flow(transport: TransportName, address: string, port: number, connectionId: number): Flow {
    const localPort = (transport === "tls" && this.tlsPort) || this.port;
    return { transport, address, port, connectionId, localHost: this.#localHost(address), localPort };
  }

  #localHost(peer: string): string {
    const { externalHost, host } = this.options;
    if (externalHost !== undefined) return externalHost;
    return host === "0.0.0.0" || host === "::" ? localAddressToward(peer) : host;
  }

  /** Everything goes through here: one input, then all that follows from it. Events may command from within. */
  #run(input: UserAgentInput): void {
    if (this.#isClosed) return;
    this.#agent.handle(monotonicMs(), input);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.#agent.poll(); output !== undefined; output = this.#agent.poll()) {
      if (output.kind === "send") this.#send(output.flow, output.bytes);
      else {
        if (output.kind === "incoming") this.#legs.add(output.leg);
        if (output.kind === "ended") this.#legs.delete(output.leg);
        this.options.onEvent(output);
      }
    }
    if (this.#agent.legCount === 0) this.#onIdle?.();
    this.#arm();
  }

  /** UDP losses are the transactions' to repair, so the result of `send` is not looked at. */
  #send(flow: Flow, bytes: Uint8Array): void {
    if (flow.transport === "udp") this.#udp?.send(bytes, flow.port, flow.address);
    else if (flow.transport === "tcp") this.#tcp?.send(flow.connectionId, flow.address, flow.port, bytes);
    else if (this.#tls !== undefined) this.#tls.send(flow.connectionId, flow.address, flow.port, bytes);
    else queueMicrotask(() => this.#run({ kind: "unreachable", flow }));
  }

  #arm(): void {
    const at = this.#agent.deadline();
    if (at === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        this.#timerAt = Number.POSITIVE_INFINITY;
        this.#run({ kind: "tick" });
      },
      Math.max(0, at - monotonicMs()),
    );
  }
}

/** CRLF keep-alives of RFC 5626 need no answer over UDP; no SIP message is this short. */
const KEEP_ALIVE_BYTES = 4;
