/**
 * The socket of one call's media. It is read when the call's tick comes and not when a datagram does: 300 calls are 15,000 datagrams a second, and an event for
 * each costs more than all that is done with it. The kernel notes when each arrived, so nothing is lost by reading late.
 */
import { isIPv4 } from "node:net";
import { monotonicMs } from "./clock.ts";
import { loadLibc } from "./libc.ts";
import { openLinuxRtpSocket } from "./linux-rtp-socket.ts";
import { openUdp, type UdpSocket } from "./udp.ts";

/** `bytes` is valid during the call; `arrivalMs` is on the clock of `monotonicMs`. */
export type OnDatagram = (bytes: Uint8Array, arrivalMs: number, address: string, port: number) => void;

export interface RtpSocket {
  readonly port: number;
  /** Packets the system refused to take; they are gone. */
  readonly sendFailures: number;
  /** Hands over what has come since the last time, in order. */
  receive(onDatagram: OnDatagram): void;
  /** False when the datagram was not taken; it is not queued. Never throws on what the network does. */
  send(bytes: Uint8Array, port: number, address: string): boolean;
  close(): void;
}

export interface RtpSocketOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** DiffServ code point, 0–63 (46 = EF for voice, RFC 3246). */
  readonly dscp: number;
}

/** @throws PortBusyError when the port is taken; the system's own Error when the address is not of this machine. */
export async function openRtpSocket(options: RtpSocketOptions): Promise<RtpSocket> {
  const libc = isIPv4(options.host) ? loadLibc() : undefined;
  return libc ? openLinuxRtpSocket(libc, options) : WaitingSocket.open(options);
}

/** More than a second of one call: a tick that comes later than that has lost the call anyway. */
const MAX_WAITING = 64;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly arrivalMs: number;
  readonly address: string;
  readonly port: number;
}

/** For IPv6 and other systems: Bun's socket, and a queue. When it is full the oldest datagram is dropped. */
export class WaitingSocket implements RtpSocket {
  readonly #waiting: Waiting[] = [];
  #socket: UdpSocket | undefined;

  static async open({ host, port, dscp }: RtpSocketOptions): Promise<WaitingSocket> {
    const waiting = new WaitingSocket();
    waiting.#socket = await openUdp({ host, port, dscp, onPacket: waiting.#onPacket });
    return waiting;
  }

  get port(): number {
    return this.#socket?.port ?? 0;
  }

  get sendFailures(): number {
    return this.#socket?.sendFailures ?? 0;
  }

  receive(onDatagram: OnDatagram): void {
    for (const { bytes, arrivalMs, address, port } of this.#waiting.splice(0))
      onDatagram(bytes, arrivalMs, address, port);
  }

  send(bytes: Uint8Array, port: number, address: string): boolean {
    return this.#socket?.send(bytes, port, address) ?? false;
  }

  close(): void {
    this.#socket?.close();
  }

  readonly #onPacket = (bytes: Uint8Array, address: string, port: number): void => {
    if (this.#waiting.length === MAX_WAITING) this.#waiting.shift();
    this.#waiting.push({ bytes, arrivalMs: monotonicMs(), address, port });
  };
}
