/** RTP fixed header, RFC 3550 section 5.1, parsed and written in place. Nothing here allocates or throws. */

export const RTP_HEADER_BYTES = 12;

const VERSION_BITS = 0x80;

/** Parse target, made once and reused. Fields are meaningful only after `parseRtp` returned `"ok"`. */
export interface RtpHeader {
  version: number;
  padding: boolean;
  extension: boolean;
  marker: boolean;
  /** 0..127 */
  payloadType: number;
  /** 0..65535 */
  sequence: number;
  /** 0..2^32-1, in ticks of the payload's clock (8 kHz here). */
  timestampTicks: number;
  /** 0..2^32-1 */
  ssrc: number;
  /** Where the payload starts in the datagram, after CSRCs and header extension. */
  payloadOffset: number;
  /** Payload bytes without padding; may be 0. */
  payloadLength: number;
}

/**
 * What `parseRtp` thinks of a datagram. Everything but `"ok"` is to be counted and dropped; `"rtcp"` goes to the RTCP parser
 * (the second byte is in the range RFC 5761 section 4 keeps free for it).
 */
export type RtpVerdict = "ok" | "rtcp" | "too-short" | "bad-version" | "bad-extension" | "bad-padding";

export function createRtpHeader(): RtpHeader {
  return {
    version: 2,
    padding: false,
    extension: false,
    marker: false,
    payloadType: 0,
    sequence: 0,
    timestampTicks: 0,
    ssrc: 0,
    payloadOffset: RTP_HEADER_BYTES,
    payloadLength: 0,
  };
}

/** Reads the header of `packet` into `header`. Any bytes are allowed; see `RtpVerdict`. */
export function parseRtp(packet: Uint8Array, header: RtpHeader): RtpVerdict {
  const size = packet.length;
  if (size < RTP_HEADER_BYTES) return "too-short";
  const first = packet[0]!;
  if (first >> 6 !== 2) return "bad-version";
  const second = packet[1]!;
  if (second >= 192 && second <= 223) return "rtcp";

  let offset = RTP_HEADER_BYTES + (first & 15) * 4;
  if (offset > size) return "too-short";
  const extension = (first & 0x10) !== 0;
  if (extension) {
    if (offset + 4 > size) return "bad-extension";
    offset += 4 + ((packet[offset + 2]! << 8) | packet[offset + 3]!) * 4;
    if (offset > size) return "bad-extension";
  }
  const padding = (first & 0x20) !== 0;
  const paddingBytes = padding ? packet[size - 1]! : 0;
  if (padding && (paddingBytes === 0 || offset + paddingBytes > size)) return "bad-padding";

  header.version = 2;
  header.padding = padding;
  header.extension = extension;
  header.marker = (second & 0x80) !== 0;
  header.payloadType = second & 0x7f;
  header.sequence = (packet[2]! << 8) | packet[3]!;
  header.timestampTicks = readUint32(packet, 4);
  header.ssrc = readUint32(packet, 8);
  header.payloadOffset = offset;
  header.payloadLength = size - offset - paddingBytes;
  return "ok";
}

/**
 * Writes a 12-byte header (no padding, extension or CSRC) at the start of `packet`, which the caller sized.
 * `sequence`, `timestampTicks` and `ssrc` are taken modulo their field's size.
 */
export function writeRtpHeader(
  packet: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestampTicks: number,
  ssrc: number,
): void {
  packet[0] = VERSION_BITS;
  packet[1] = (marker ? 0x80 : 0) | (payloadType & 0x7f);
  packet[2] = sequence >> 8;
  packet[3] = sequence;
  writeUint32(packet, 4, timestampTicks);
  writeUint32(packet, 8, ssrc);
}

/** Network order. Quicker in Bun than a DataView made per packet, and needs none kept. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}
