import { ptr } from "bun:ffi";
import { loadLibc } from "./libc.ts";

/**
 * UDP sockets without Bun's IP_RECVERR trap. Bun (1.4.4 and 1.4.5) arms IP_RECVERR on every UDP socket; one ICMP port
 * unreachable from a dead peer then makes the next send on that socket fail with ECONNREFUSED, whoever it goes to
 * (measured: a healthy peer got 0 of 50 packets). `openUdp` disarms it with setsockopt right after opening; the error
 * handler and the single resend stay as a belt for systems where the call is refused.
 */

/** What a UDP socket needs. `host` decides the address family ("::" or any IPv6 literal opens an IPv6 socket). */
export interface UdpOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** SO_RCVBUF; the kernel caps it at net.core.rmem_max. The default of 212,992 lost 6-20 % at 100 kpps bursts. */
  readonly recvBufferBytes?: number;
  /** DiffServ code point, 0-63 (46 = EF for voice, RFC 3246). */
  readonly dscp?: number;
  /**
   * One datagram. Bun 1.4 hands a fresh Buffer with its own ArrayBuffer each time (measured: 5 datagrams, 5 buffers),
   * so the receiver may keep or modify it.
   */
  readonly onPacket: (bytes: Uint8Array, address: string, port: number) => void;
  /** Receive errors of the socket (an ICMP answer, a failing interface). The socket stays usable. */
  readonly onError?: (error: Error) => void;
}

/** An open socket. */
export interface UdpSocket {
  readonly port: number;
  /** Packets the system refused to take (full buffer, no route, closed socket); they are gone. */
  readonly sendFailures: number;
  /** False when the datagram was not taken; it is not queued. Never throws on what the network does. */
  send(bytes: Uint8Array, port: number, address: string): boolean;
  close(): void;
}

/** Another program (or another socket of ours) holds the port. */
export class PortBusyError extends Error {
  override readonly name = "PortBusyError";
  constructor(
    readonly protocol: "UDP" | "TCP",
    readonly host: string,
    readonly port: number,
  ) {
    super(`${protocol} port ${port} on ${host} is in use by another program: stop it or choose another port.`);
  }
}

/**
 * Opens a UDP socket.
 * @throws PortBusyError when the port is taken; the system's own Error when the address is not of this machine.
 */
export async function openUdp(options: UdpOptions): Promise<UdpSocket> {
  const { onPacket, onError } = options;
  try {
    const socket = await Bun.udpSocket({
      hostname: options.host,
      port: options.port,
      socket: {
        data(_socket, bytes, port, address) {
          onPacket(bytes, address, port);
        },
        // The types promise (socket, error); Bun 1.4.5 passes the error alone.
        error(...reported: unknown[]) {
          const error = reported.at(-1);
          if (error instanceof Error) onError?.(error);
        },
      },
    });
    tuneSocket(socket, options);
    return new BunUdpSocket(socket);
  } catch (error) {
    if (isSystemError(error, "EADDRINUSE")) throw new PortBusyError("UDP", options.host, options.port);
    throw error;
  }
}

class BunUdpSocket implements UdpSocket {
  readonly port: number;
  sendFailures = 0;

  constructor(private readonly socket: Bun.udp.Socket<"buffer">) {
    this.port = socket.port;
  }

  send(bytes: Uint8Array, port: number, address: string): boolean {
    if (this.trySend(bytes, port, address)) return true;
    this.sendFailures += 1;
    return false;
  }

  close(): void {
    if (!this.socket.closed) this.socket.close();
  }

  private trySend(bytes: Uint8Array, port: number, address: string): boolean {
    if (this.socket.closed) return false;
    try {
      return this.socket.send(bytes, port, address);
    } catch (error) {
      return isSystemError(error, "ECONNREFUSED") && this.resend(bytes, port, address);
    }
  }

  /** ECONNREFUSED speaks of an earlier datagram; reporting it cleared it, so this one goes out now. */
  private resend(bytes: Uint8Array, port: number, address: string): boolean {
    try {
      return this.socket.send(bytes, port, address);
    } catch {
      return false;
    }
  }
}

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SOL_IP = 0;
const IP_TOS = 1;
const IP_RECVERR = 11;
const SOL_IPV6 = 41;
const IPV6_RECVERR = 25;
const IPV6_TCLASS = 67;

const optionValue = new Int32Array(1);

/** The numbers are Linux's; elsewhere the error handler and the resend carry the load alone. */
function tuneSocket(socket: Bun.udp.Socket<"buffer">, options: UdpOptions): void {
  const libc = loadLibc();
  const fd = "fd" in socket ? socket.fd : undefined;
  if (libc === undefined || typeof fd !== "number" || fd < 0) return;
  const setInt = (level: number, option: number, value: number): void => {
    optionValue[0] = value;
    libc.setsockopt(fd, level, option, ptr(optionValue), 4);
  };
  const isIpv6 = socket.address.family === "IPv6";
  setInt(SOL_IP, IP_RECVERR, 0);
  if (isIpv6) setInt(SOL_IPV6, IPV6_RECVERR, 0);
  if (options.recvBufferBytes !== undefined) setInt(SOL_SOCKET, SO_RCVBUF, options.recvBufferBytes);
  if (options.dscp !== undefined) {
    setInt(SOL_IP, IP_TOS, options.dscp << 2);
    if (isIpv6) setInt(SOL_IPV6, IPV6_TCLASS, options.dscp << 2);
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
