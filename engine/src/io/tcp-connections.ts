import type { Socket, TCPSocketListener } from "bun";
import { StreamFramer } from "../sip/framing.ts";
import { clientTls, mustVerify, serverTls, type TlsSettings } from "./tls.ts";
import { PortBusyError } from "./udp.ts";

/** TCP and TLS for SIP: a listener, connections of both directions, framing, and limits on how many, how idle, how much unsent. */

export interface TcpOptions {
  readonly host: string;
  readonly port: number;
  /** One whole message. */
  readonly onMessage: (connection: ConnectionInfo, bytes: Uint8Array) => void;
  /** Nothing more can be sent there: the connection closed, or could not be made. */
  readonly onUnreachable: (connection: ConnectionInfo) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Makes every connection TLS. A listener needs `certificate` and `key`. */
  readonly tls?: TlsSettings;
  /** Connections we opened are pinged after this much silence of ours (RFC 5626 section 4.4.1). Default 25 s. */
  readonly keepAliveMs?: number;
  /** How often idleness and keep-alives are looked at. Default 10 s; a ping must be answered by the next look. */
  readonly sweepMs?: number;
}

export interface ConnectionInfo {
  /** Never 0. */
  readonly id: number;
  readonly address: string;
  readonly port: number;
  /** We opened it, so messages without a connection of their own may share it. */
  readonly isOutgoing: boolean;
}

/** Further connections are closed at once; carriers use a handful each. */
const MAX_CONNECTIONS = 2000;
/** Without a byte for this long a connection is closed; a later message opens another. */
const IDLE_MS = 15 * 60_000;
/** A message must be complete this long after its connection last spoke. */
const PARTIAL_MESSAGE_MS = 30_000;
const SWEEP_MS = 10_000;
const KEEP_ALIVE_MS = 25_000;
/** A peer that does not read is cut off when this much waits for it. */
const MAX_UNSENT_BYTES = 256 * 1024;
const PONG = new TextEncoder().encode("\r\n");
const PING = new TextEncoder().encode("\r\n\r\n");

class Connection implements ConnectionInfo {
  readonly framer = new StreamFramer();
  socket: Socket<Connection> | undefined;
  unsent: Uint8Array[] = [];
  unsentBytes = 0;
  isClosed = false;
  /** When a ping of ours went out that nothing has followed yet; 0 for none. */
  pingedAt = 0;
  /** Some peers never pong; only of one that has done so is silence a sign of death. */
  hasPonged = false;

  constructor(
    readonly id: number,
    readonly address: string,
    readonly port: number,
    readonly isOutgoing: boolean,
    public lastHeardAt: number,
  ) {}

  /** False when the peer is too far behind. What does not fit the socket now waits for `flush`. */
  send(bytes: Uint8Array): boolean {
    if (this.unsentBytes + bytes.length > MAX_UNSENT_BYTES) return false;
    this.unsent.push(bytes);
    this.unsentBytes += bytes.length;
    this.flush();
    return true;
  }

  flush(): void {
    while (this.socket !== undefined && this.unsent.length > 0) {
      const first = this.unsent[0]!;
      const written = Math.max(0, this.socket.write(first));
      this.unsentBytes -= written;
      if (written < first.length) {
        this.unsent[0] = first.subarray(written);
        return;
      }
      this.unsent.shift();
    }
  }
}

export class TcpConnections {
  readonly #connections = new Map<number, Connection>();
  /** Outgoing ones by "address port". */
  readonly #byTarget = new Map<string, Connection>();
  readonly #sweeper: ReturnType<typeof setInterval>;
  #listener: TCPSocketListener<Connection> | undefined;
  #lastId = 0;
  /** Connections refused because there were too many. */
  refusedCount = 0;
  /** Connections closed because their stream could not be understood. */
  brokenCount = 0;
  /** TLS connections whose handshake failed or whose certificate is not accepted. */
  untrustedCount = 0;

  constructor(private readonly options: TcpOptions) {
    this.#sweeper = setInterval(() => this.#sweep(), options.sweepMs ?? SWEEP_MS);
    this.#sweeper.unref();
  }

  get size(): number {
    return this.#connections.size;
  }

  /** The port listened on; 0 before `listen`. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** @throws PortBusyError when the port is taken; RangeError for TLS without a certificate and key. */
  listen(): void {
    const { host, port, tls } = this.options;
    try {
      const secure = tls === undefined ? {} : { tls: serverTls(tls) };
      this.#listener = Bun.listen<Connection>({ hostname: host, port, socket: this.#handlers(), ...secure });
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
        throw new PortBusyError("TCP", host, port);
      }
      throw error;
    }
  }

  /** Sends by the connection `id`, or, when that is 0 or gone, by one to the address, opened if need be. */
  send(id: number, address: string, port: number, bytes: Uint8Array): void {
    const open = this.#connections.get(id) ?? this.#byTarget.get(target(address, port));
    const connection = open ?? this.#connect(address, port);
    if (connection === undefined || !connection.send(bytes)) this.#fail(connection, address, port);
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#listener?.stop();
    for (const connection of [...this.#connections.values()]) this.#end(connection);
  }

  #connect(address: string, port: number): Connection | undefined {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      this.refusedCount += 1;
      return undefined;
    }
    const connection = this.#add(address, port, true);
    this.#byTarget.set(target(address, port), connection);
    const { tls } = this.options;
    const secure = tls === undefined ? {} : { tls: clientTls(tls, address) };
    const socket = this.#handlers();
    Bun.connect<Connection>({ hostname: address, port, data: connection, socket, ...secure }).catch(() => {
      this.#end(connection);
    });
    return connection;
  }

  #add(address: string, port: number, isOutgoing: boolean): Connection {
    this.#lastId += 1;
    const connection = new Connection(this.#lastId, address, port, isOutgoing, this.options.now());
    this.#connections.set(connection.id, connection);
    return connection;
  }

  #handlers() {
    return {
      open: (socket: Socket<Connection>) => this.#opened(socket),
      handshake: (socket: Socket<Connection>, success: boolean, error: Error | null) =>
        this.#shook(socket, success, error),
      data: (socket: Socket<Connection>, chunk: Uint8Array) => this.#received(socket.data, chunk),
      drain: (socket: Socket<Connection>) => socket.data.flush(),
      close: (socket: Socket<Connection>) => this.#end(socket.data),
      error: (socket: Socket<Connection>) => this.#end(socket.data),
      connectError: (socket: Socket<Connection>) => this.#end(socket.data),
    };
  }

  /** An accepted socket has no data of ours yet, one that we opened has. */
  #opened(socket: Socket<Connection | undefined>): void {
    const outgoing = socket.data;
    if (outgoing === undefined && this.#connections.size >= MAX_CONNECTIONS) {
      this.refusedCount += 1;
      socket.end();
      return;
    }
    const connection = outgoing ?? this.#add(plainAddress(socket.remoteAddress), socket.remotePort, false);
    socket.data = connection;
    if (connection.isClosed) {
      socket.end();
      return;
    }
    socket.setNoDelay(true);
    if (this.options.tls !== undefined) return;
    connection.socket = socket as Socket<Connection>;
    connection.flush();
  }

  /** TLS only: nothing is written before the peer has proved who it is, where that is asked for. */
  #shook(socket: Socket<Connection>, success: boolean, error: Error | null): void {
    const connection = socket.data;
    if (connection === undefined) return;
    const { tls } = this.options;
    if (!success || (tls !== undefined && mustVerify(tls, connection.isOutgoing) && error !== null)) {
      this.untrustedCount += 1;
      socket.end();
      return this.#end(connection);
    }
    connection.socket = socket;
    connection.flush();
  }

  #received(connection: Connection | undefined, chunk: Uint8Array): void {
    if (connection === undefined || connection.isClosed) return;
    connection.lastHeardAt = this.options.now();
    if (connection.pingedAt > 0) connection.hasPonged = true;
    connection.pingedAt = 0;
    connection.framer.push(chunk);
    for (let frame = connection.framer.next(); frame !== undefined; frame = connection.framer.next()) {
      if (frame.kind === "message") this.options.onMessage(connection, frame.bytes);
      else if (frame.kind === "ping") connection.send(PONG);
      else {
        this.brokenCount += 1;
        return this.#end(connection);
      }
    }
  }

  #end(connection: Connection | undefined): void {
    if (connection === undefined || connection.isClosed) return;
    connection.isClosed = true;
    this.#connections.delete(connection.id);
    const key = target(connection.address, connection.port);
    if (this.#byTarget.get(key) === connection) this.#byTarget.delete(key);
    connection.unsent = [];
    connection.socket?.end();
    this.options.onUnreachable(connection);
  }

  #fail(connection: Connection | undefined, address: string, port: number): void {
    if (connection !== undefined) return this.#end(connection);
    queueMicrotask(() => this.options.onUnreachable({ id: 0, address, port, isOutgoing: true }));
  }

  #sweep(): void {
    const now = this.options.now();
    for (const connection of [...this.#connections.values()]) {
      const limitMs = connection.framer.pendingBytes > 0 ? PARTIAL_MESSAGE_MS : IDLE_MS;
      const isDead = connection.pingedAt > 0 && connection.hasPonged;
      if (isDead || now - connection.lastHeardAt > limitMs) this.#end(connection);
      else this.#keepAlive(connection, now);
    }
  }

  #keepAlive(connection: Connection, now: number): void {
    const isQuiet = now - connection.lastHeardAt >= (this.options.keepAliveMs ?? KEEP_ALIVE_MS);
    if (!connection.isOutgoing || connection.pingedAt > 0 || !isQuiet) return;
    connection.pingedAt = now;
    connection.send(PING);
  }
}

function target(address: string, port: number): string {
  return `${address} ${port}`;
}

/** An IPv4 peer of a socket bound to "::" shows as ::ffff:1.2.3.4. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
