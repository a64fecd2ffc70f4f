import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { deriveKeys, type SessionKeys, type SrtpMasterKey, type SrtpSuite, SUITES, type SuiteSizes } from "./keys.ts";
import { ReplayWindow } from "./replay.ts";

/**
 * SRTP and SRTCP (RFC 3711, RFC 7714) of one direction of one call, without MKI. What does not authenticate, repeats, or is
 * too short is `undefined`; nothing received makes it throw.
 */

interface Stream {
  /** Rollover counter. */
  roc: number;
  lastSequence: number;
  readonly rtpWindow: ReplayWindow;
  readonly rtcpWindow: ReplayWindow;
  rtcpIndex: number;
}

/** A peer that changes its SSRC more often loses the state of the oldest; only authenticated packets make one. */
const MAX_STREAMS = 8;
const SEQUENCE_SPAN = 65_536;
const RTCP_HEADER_BYTES = 8;
const RTCP_INDEX_SPAN = 2 ** 31;

/** What RFC 3711 section 4.3 makes of a master key. */
export interface SrtpSessionKeys {
  readonly suite: SrtpSuite;
  readonly rtp: SessionKeys;
  readonly rtcp: SessionKeys;
}

export class SrtpSession {
  readonly #sizes: SuiteSizes;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #streams = new Map<number, Stream>();

  /**
   * From a master key as SDES carries it, or from session keys already derived.
   * @throws RangeError when a master key or salt has not the suite's length.
   */
  constructor(keys: SrtpMasterKey | SrtpSessionKeys) {
    this.#sizes = SUITES[keys.suite];
    this.#rtp = "rtp" in keys ? keys.rtp : deriveKeys(keys, "rtp");
    this.#rtcp = "rtcp" in keys ? keys.rtcp : deriveKeys(keys, "rtcp");
  }

  /** @returns the SRTP packet; `undefined` when `packet` is no RTP, or older than the first one. Never give one packet twice. */
  protectRtp(packet: Uint8Array): Uint8Array | undefined {
    const header = rtpHeaderBytes(packet);
    if (header === undefined) return undefined;
    const ssrc = word(packet, 8);
    const stream = this.#stream(ssrc);
    const sequence = (packet[2]! << 8) | packet[3]!;
    const index = guessIndex(stream, sequence);
    if (index < 0) return undefined;
    advance(stream, index);
    const roc = Math.floor(index / SEQUENCE_SPAN);
    if (this.#sizes.isAead) return this.#seal(this.#rtp, rtpIv(this.#rtp, ssrc, roc, sequence), packet, header, EMPTY);
    const body = counterMode(this.#rtp, ssrc, index, packet.subarray(header));
    const tag = this.#tag(this.#rtp, this.#sizes.rtpTagBytes, packet.subarray(0, header), body, toWord(roc));
    return Buffer.concat([packet.subarray(0, header), body, tag]);
  }

  /** @returns the RTP packet. */
  unprotectRtp(packet: Uint8Array): Uint8Array | undefined {
    const header = rtpHeaderBytes(packet);
    const end = packet.length - this.#sizes.rtpTagBytes;
    if (header === undefined || end < header) return undefined;
    const ssrc = word(packet, 8);
    const stream = this.#streams.get(ssrc) ?? newStream();
    const sequence = (packet[2]! << 8) | packet[3]!;
    const index = guessIndex(stream, sequence);
    if (index < 0 || !stream.rtpWindow.isFresh(index)) return undefined;
    const roc = Math.floor(index / SEQUENCE_SPAN);
    const body = this.#sizes.isAead
      ? this.#open(rtpIv(this.#rtp, ssrc, roc, sequence), this.#rtp, packet, header, packet.length, EMPTY)
      : this.#verified(packet, header, end, roc)
        ? counterMode(this.#rtp, ssrc, index, packet.subarray(header, end))
        : undefined;
    if (body === undefined) return undefined;
    this.#remember(ssrc, stream);
    stream.rtpWindow.accept(index);
    advance(stream, index);
    return Buffer.concat([packet.subarray(0, header), body]);
  }

  /** @returns the SRTCP packet; `undefined` when `packet` is no RTCP. */
  protectRtcp(packet: Uint8Array): Uint8Array | undefined {
    if (packet.length < RTCP_HEADER_BYTES) return undefined;
    const ssrc = word(packet, 4);
    const stream = this.#stream(ssrc);
    stream.rtcpIndex = (stream.rtcpIndex + 1) % RTCP_INDEX_SPAN;
    const trailer = toWord(stream.rtcpIndex + RTCP_INDEX_SPAN);
    if (this.#sizes.isAead) {
      const iv = rtcpIv(this.#rtcp, ssrc, stream.rtcpIndex);
      return Buffer.concat([this.#seal(this.#rtcp, iv, packet, RTCP_HEADER_BYTES, trailer), trailer]);
    }
    const header = packet.subarray(0, RTCP_HEADER_BYTES);
    const body = counterMode(this.#rtcp, ssrc, stream.rtcpIndex, packet.subarray(RTCP_HEADER_BYTES));
    const tag = this.#tag(this.#rtcp, this.#sizes.rtcpTagBytes, header, body, trailer);
    return Buffer.concat([header, body, trailer, tag]);
  }

  /** @returns the RTCP packet. Unencrypted SRTCP (E = 0) is refused: we always ask for encryption. */
  unprotectRtcp(packet: Uint8Array): Uint8Array | undefined {
    const { isAead, rtcpTagBytes } = this.#sizes;
    const bodyEnd = packet.length - rtcpTagBytes - 4;
    if (bodyEnd < RTCP_HEADER_BYTES) return undefined;
    const trailerAt = isAead ? packet.length - 4 : bodyEnd;
    const trailer = packet.subarray(trailerAt, trailerAt + 4);
    const index = word(trailer, 0) - RTCP_INDEX_SPAN;
    const ssrc = word(packet, 4);
    const stream = this.#streams.get(ssrc) ?? newStream();
    if (index < 0 || !stream.rtcpWindow.isFresh(index)) return undefined;
    let body: Uint8Array | undefined;
    if (isAead) {
      body = this.#open(rtcpIv(this.#rtcp, ssrc, index), this.#rtcp, packet, RTCP_HEADER_BYTES, trailerAt, trailer);
    } else {
      const tag = this.#tag(this.#rtcp, rtcpTagBytes, packet.subarray(0, bodyEnd), EMPTY, trailer);
      if (!timingSafeEqual(tag, packet.subarray(bodyEnd + 4))) return undefined;
      body = counterMode(this.#rtcp, ssrc, index, packet.subarray(RTCP_HEADER_BYTES, bodyEnd));
    }
    if (body === undefined) return undefined;
    this.#remember(ssrc, stream);
    stream.rtcpWindow.accept(index);
    return Buffer.concat([packet.subarray(0, RTCP_HEADER_BYTES), body]);
  }

  #stream(ssrc: number): Stream {
    const stream = this.#streams.get(ssrc) ?? newStream();
    this.#remember(ssrc, stream);
    return stream;
  }

  #remember(ssrc: number, stream: Stream): void {
    this.#streams.set(ssrc, stream);
    if (this.#streams.size > MAX_STREAMS) this.#streams.delete(this.#streams.keys().next().value ?? ssrc);
  }

  #verified(packet: Uint8Array, header: number, end: number, roc: number): boolean {
    const tag = this.#tag(
      this.#rtp,
      this.#sizes.rtpTagBytes,
      packet.subarray(0, header),
      packet.subarray(header, end),
      toWord(roc),
    );
    return timingSafeEqual(tag, packet.subarray(end));
  }

  #tag({ authKey }: SessionKeys, bytes: number, ...parts: Uint8Array[]): Uint8Array {
    const mac = createHmac("sha1", authKey);
    for (const part of parts) mac.update(part);
    return mac.digest().subarray(0, bytes);
  }

  #seal(
    { cipherKey }: SessionKeys,
    iv: Uint8Array,
    packet: Uint8Array,
    header: number,
    trailer: Uint8Array,
  ): Uint8Array {
    const cipher = createCipheriv("aes-128-gcm", cipherKey, iv);
    cipher.setAAD(Buffer.concat([packet.subarray(0, header), trailer]));
    const body = cipher.update(packet.subarray(header));
    cipher.final();
    return Buffer.concat([packet.subarray(0, header), body, cipher.getAuthTag()]);
  }

  #open(
    iv: Uint8Array,
    { cipherKey }: SessionKeys,
    packet: Uint8Array,
    header: number,
    end: number,
    trailer: Uint8Array,
  ): Uint8Array | undefined {
    const decipher = createDecipheriv("aes-128-gcm", cipherKey, iv);
    decipher.setAAD(Buffer.concat([packet.subarray(0, header), trailer]));
    decipher.setAuthTag(packet.subarray(end - 16, end));
    try {
      return Buffer.concat([decipher.update(packet.subarray(header, end - 16)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}

const EMPTY = new Uint8Array(0);

function newStream(): Stream {
  return { roc: 0, lastSequence: -1, rtpWindow: new ReplayWindow(), rtcpWindow: new ReplayWindow(), rtcpIndex: -1 };
}

/** RFC 3711 appendix A: the index nearest to the last one. Negative for what came before the first packet. */
function guessIndex({ roc, lastSequence }: Stream, sequence: number): number {
  if (lastSequence < 0) return sequence;
  const half = SEQUENCE_SPAN / 2;
  if (lastSequence < half && sequence - lastSequence > half) return (roc - 1) * SEQUENCE_SPAN + sequence;
  if (lastSequence >= half && lastSequence - half > sequence) return (roc + 1) * SEQUENCE_SPAN + sequence;
  return roc * SEQUENCE_SPAN + sequence;
}

function advance(stream: Stream, index: number): void {
  if (stream.lastSequence >= 0 && index <= stream.roc * SEQUENCE_SPAN + stream.lastSequence) return;
  stream.roc = Math.floor(index / SEQUENCE_SPAN);
  stream.lastSequence = index % SEQUENCE_SPAN;
}

/** Header with CSRCs and extension (RFC 3550 section 5.1); `undefined` when it does not fit the packet. */
function rtpHeaderBytes(packet: Uint8Array): number | undefined {
  if (packet.length < 12 || packet[0]! >> 6 !== 2) return undefined;
  let length = 12 + 4 * (packet[0]! & 0x0f);
  if ((packet[0]! & 0x10) !== 0) {
    if (packet.length < length + 4) return undefined;
    length += 4 + 4 * ((packet[length + 2]! << 8) | packet[length + 3]!);
  }
  return length <= packet.length ? length : undefined;
}

/** RFC 3711 section 4.1.1. */
function counterMode({ cipherKey, salt }: SessionKeys, ssrc: number, index: number, data: Uint8Array): Uint8Array {
  const iv = Buffer.alloc(16);
  iv.set(salt);
  mix(iv, 4, ssrc);
  mix(iv, 8, Math.floor(index / SEQUENCE_SPAN));
  iv[12]! ^= (index >> 8) & 0xff;
  iv[13]! ^= index & 0xff;
  return createCipheriv("aes-128-ctr", cipherKey, iv).update(data);
}

/** RFC 7714 section 8.1. */
function rtpIv({ salt }: SessionKeys, ssrc: number, roc: number, sequence: number): Uint8Array {
  const iv = Buffer.from(salt);
  mix(iv, 2, ssrc);
  mix(iv, 6, roc);
  iv[10]! ^= sequence >> 8;
  iv[11]! ^= sequence & 0xff;
  return iv;
}

/** RFC 7714 section 9.1. */
function rtcpIv({ salt }: SessionKeys, ssrc: number, index: number): Uint8Array {
  const iv = Buffer.from(salt);
  mix(iv, 2, ssrc);
  mix(iv, 8, index);
  return iv;
}

function mix(iv: Buffer, at: number, value: number): void {
  iv.writeUInt32BE((iv.readUInt32BE(at) ^ value) >>> 0, at);
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function toWord(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
