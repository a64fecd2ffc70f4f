/** An IPv4 UDP socket read in batches with `recvmmsg`, each datagram with the kernel's time of arrival. Allocates nothing per packet. */
import { ptr, read } from "bun:ffi";
import { isIPv4 } from "node:net";
import { monotonicMs } from "./clock.ts";
import type { Libc } from "./libc.ts";
import type { OnDatagram, RtpSocket, RtpSocketOptions } from "./rtp-socket.ts";
import { PortBusyError } from "./udp.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_IP = 0;
const IP_TOS = 1;
const SOL_SOCKET = 1;
const SO_TIMESTAMPNS = 35;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
const CLOCK_REALTIME = 0;
const EADDRINUSE = 98;

const SOCKADDR_BYTES = 16;
/** Longer than any Ethernet frame; what is longer still is dropped. */
const DATAGRAM_BYTES = 2048;
/** One read takes at most this many; 20 ms of a call are one or two. */
const BATCH = 16;

/** `struct mmsghdr` of 64-bit Linux: where its fields lie. */
const MMSGHDR = {
  bytes: 64,
  name: 0,
  nameBytes: 8,
  iov: 16,
  iovCount: 24,
  control: 32,
  controlBytes: 40,
  flags: 48,
  received: 56,
};
const IOVEC_BYTES = 16;
/** `struct cmsghdr` (16 bytes) and the `timespec` (16) of SO_TIMESTAMPNS. */
const CONTROL_BYTES = 32;
/** An arrival beyond this is the system's clock being set, not a datagram that waited. */
const MAX_WAITED_MS = 10_000;

/** Receive buffers, one set for all sockets of the thread. Held by this module: the kernel is given their addresses. */
class Inbox {
  readonly #headers = new DataView(new ArrayBuffer(BATCH * MMSGHDR.bytes));
  readonly #data = new Uint8Array(BATCH * DATAGRAM_BYTES);
  readonly #names = new DataView(new ArrayBuffer(BATCH * SOCKADDR_BYTES));
  readonly #control = new DataView(new ArrayBuffer(BATCH * CONTROL_BYTES));
  readonly #vectors = new BigUint64Array((BATCH * IOVEC_BYTES) / 8);
  /** `struct timespec`; read in halves, for a BigInt a packet would be garbage. */
  readonly #clock = new DataView(new ArrayBuffer(16));
  readonly #views: Uint8Array[] = [];
  readonly #headersAt = ptr(this.#headers);
  readonly #clockAt = ptr(this.#clock);

  constructor(private readonly libc: Libc) {
    for (let slot = 0; slot < BATCH; slot++) {
      this.#vectors[slot * 2] = BigInt(ptr(this.#data) + slot * DATAGRAM_BYTES);
      this.#vectors[slot * 2 + 1] = BigInt(DATAGRAM_BYTES);
      const at = slot * MMSGHDR.bytes;
      this.#headers.setBigUint64(at + MMSGHDR.name, BigInt(ptr(this.#names) + slot * SOCKADDR_BYTES), true);
      this.#headers.setBigUint64(at + MMSGHDR.iov, BigInt(ptr(this.#vectors) + slot * IOVEC_BYTES), true);
      this.#headers.setBigUint64(at + MMSGHDR.iovCount, 1n, true);
      this.#headers.setBigUint64(at + MMSGHDR.control, BigInt(ptr(this.#control) + slot * CONTROL_BYTES), true);
      this.#views.push(new Uint8Array(0));
      this.#reset(slot);
    }
  }

  /** How many datagrams were read, at most `BATCH`. */
  read(fd: number): number {
    return this.libc.recvmmsg(fd, this.#headersAt, BATCH, MSG_DONTWAIT, null);
  }

  /** The slot's bytes; empty when the datagram did not fit. */
  bytes(slot: number): Uint8Array {
    const at = slot * MMSGHDR.bytes;
    const whole = (this.#headers.getInt32(at + MMSGHDR.flags, true) & MSG_TRUNC) === 0;
    const length = whole ? this.#headers.getUint32(at + MMSGHDR.received, true) : 0;
    if (this.#views[slot]!.length !== length) {
      this.#views[slot] = this.#data.subarray(slot * DATAGRAM_BYTES, slot * DATAGRAM_BYTES + length);
    }
    return this.#views[slot]!;
  }

  ip(slot: number): number {
    return this.#names.getUint32(slot * SOCKADDR_BYTES + 4);
  }

  port(slot: number): number {
    return this.#names.getUint16(slot * SOCKADDR_BYTES + 2);
  }

  /** Realtime milliseconds, of now. */
  realtimeMs(): number {
    this.libc.clock_gettime(CLOCK_REALTIME, this.#clockAt);
    return timespecMs(this.#clock, 0);
  }

  /** Realtime milliseconds, of the slot's arrival; the kernel's structures are made ready for the next read. */
  arrivedMs(slot: number): number {
    const arrived = timespecMs(this.#control, slot * CONTROL_BYTES + 16);
    this.#reset(slot);
    return arrived;
  }

  #reset(slot: number): void {
    const at = slot * MMSGHDR.bytes;
    this.#headers.setUint32(at + MMSGHDR.nameBytes, SOCKADDR_BYTES, true);
    this.#headers.setUint32(at + MMSGHDR.controlBytes, CONTROL_BYTES, true);
    this.#headers.setUint32(at + MMSGHDR.controlBytes + 4, 0, true);
  }
}

function timespecMs(view: DataView, at: number): number {
  const seconds = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  return seconds * 1000 + view.getUint32(at + 8, true) / 1e6;
}

let inbox: Inbox | undefined;
/** Kept, so that it is not collected while the kernel reads it. */
const option = new Int32Array(1);

export function openLinuxRtpSocket(libc: Libc, { host, port, dscp }: RtpSocketOptions): RtpSocket {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error("no more sockets: raise the limit of open files (ulimit -n)");
  const address = new SocketAddress();
  address.set(host, port);
  if (libc.bind(fd, address.at, SOCKADDR_BYTES) !== 0) {
    const reason = lastError(libc);
    libc.close(fd);
    if (reason === EADDRINUSE) throw new PortBusyError("UDP", host, port);
    throw new Error(`cannot open UDP port ${port} on ${host} (errno ${reason}): is the address of this machine?`);
  }
  option[0] = 1;
  libc.setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, ptr(option), 4);
  option[0] = dscp << 2;
  libc.setsockopt(fd, SOL_IP, IP_TOS, ptr(option), 4);
  option[0] = SOCKADDR_BYTES;
  libc.getsockname(fd, address.at, ptr(option));
  inbox ??= new Inbox(libc);
  return new LinuxRtpSocket(libc, inbox, fd, address.port);
}

class LinuxRtpSocket implements RtpSocket {
  sendFailures = 0;
  #fd: number;
  readonly #to = new SocketAddress();
  #toAddress = "";
  #toPort = -1;
  #fromIp = -1;
  #fromAddress = "";

  constructor(
    private readonly libc: Libc,
    private readonly inbox: Inbox,
    fd: number,
    readonly port: number,
  ) {
    this.#fd = fd;
  }

  receive(onDatagram: OnDatagram): void {
    const { inbox } = this;
    for (let count = BATCH; count === BATCH && this.#fd >= 0; ) {
      count = inbox.read(this.#fd);
      if (count <= 0) return;
      const realtimeMs = inbox.realtimeMs();
      const now = monotonicMs();
      for (let slot = 0; slot < count; slot++) {
        const waitedMs = realtimeMs - inbox.arrivedMs(slot);
        const arrivalMs = waitedMs >= 0 && waitedMs < MAX_WAITED_MS ? now - waitedMs : now;
        onDatagram(inbox.bytes(slot), arrivalMs, this.#addressOf(inbox.ip(slot)), inbox.port(slot));
      }
    }
  }

  send(bytes: Uint8Array, port: number, address: string): boolean {
    if ((port !== this.#toPort || address !== this.#toAddress) && !this.#direct(port, address)) return this.#failed();
    const sent = this.libc.sendto(this.#fd, ptr(bytes), bytes.length, MSG_DONTWAIT, this.#to.at, SOCKADDR_BYTES);
    return Number(sent) === bytes.length || this.#failed();
  }

  close(): void {
    if (this.#fd >= 0) this.libc.close(this.#fd);
    this.#fd = -1;
  }

  #direct(port: number, address: string): boolean {
    if (this.#fd < 0 || !isIPv4(address) || port < 1 || port > 0xffff) return false;
    this.#to.set(address, port);
    this.#toAddress = address;
    this.#toPort = port;
    return true;
  }

  #failed(): boolean {
    this.sendFailures++;
    return false;
  }

  /** A call hears one address: its text is made once. */
  #addressOf(ip: number): string {
    if (ip !== this.#fromIp) {
      this.#fromIp = ip;
      this.#fromAddress = `${ip >>> 24}.${(ip >>> 16) & 0xff}.${(ip >>> 8) & 0xff}.${ip & 0xff}`;
    }
    return this.#fromAddress;
  }
}

/** `struct sockaddr_in`. */
class SocketAddress {
  readonly #view = new DataView(new ArrayBuffer(SOCKADDR_BYTES));
  readonly at = ptr(this.#view);

  /** `address` is a dotted quad. */
  set(address: string, port: number): void {
    this.#view.setUint16(0, AF_INET, true);
    this.#view.setUint16(2, port);
    for (const [index, part] of address.split(".").entries()) this.#view.setUint8(4 + index, Number(part));
  }

  get port(): number {
    return this.#view.getUint16(2);
  }
}

function lastError(libc: Libc): number {
  const at = libc.__errno_location();
  return at ? read.i32(at) : 0;
}
