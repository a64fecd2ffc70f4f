import { readUint32, writeUint32 } from "../rtp/packet.ts";

/** RTCP packets, RFC 3550 section 6.4 to 6.6. One compound every few seconds: plain objects, unlike RTP. */

/** RFC 3550 section 6.4.1, report block. */
export interface ReportBlock {
  readonly ssrc: number;
  /** Since the last report, in 1/256. */
  readonly fractionLost: number;
  /** Signed 24 bits: duplicates can make it negative. */
  readonly cumulativeLost: number;
  readonly extendedSequence: number;
  readonly jitterTicks: number;
  /** Middle 32 bits of the last sender report's NTP time; 0 when there was none. */
  readonly lastSenderReport: number;
  /** Since that report arrived, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderInfo {
  /** Seconds since 1900, and the fraction in 2^-32 s. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly timestampTicks: number;
  readonly packets: number;
  readonly payloadBytes: number;
}

export type RtcpPacket =
  | {
      readonly type: "sender-report";
      readonly ssrc: number;
      readonly sender: SenderInfo;
      readonly blocks: readonly ReportBlock[];
    }
  | { readonly type: "receiver-report"; readonly ssrc: number; readonly blocks: readonly ReportBlock[] }
  | { readonly type: "description"; readonly ssrc: number; readonly cname: string }
  | { readonly type: "bye"; readonly ssrcs: readonly number[]; readonly reason: string };

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const DESCRIPTION = 202;
const BYE = 203;
const CNAME = 1;
const BLOCK_BYTES = 24;
const SENDER_INFO_BYTES = 20;
const MAX_BLOCKS = 31;
const MAX_TEXT_BYTES = 255;

/**
 * All packets of a compound that are understood; others are left out. `undefined` when the bytes are no valid compound (RFC 3550
 * appendix A.2: version, first type SR or RR, padding only at the end, lengths adding up). Never throws.
 */
export function parseRtcp(bytes: Uint8Array): RtcpPacket[] | undefined {
  const firstType = bytes[1];
  if (firstType !== SENDER_REPORT && firstType !== RECEIVER_REPORT) return undefined;
  const packets: RtcpPacket[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    if (offset + 4 > bytes.length || bytes[offset]! >> 6 !== 2) return undefined;
    const end = offset + 4 + ((bytes[offset + 2]! << 8) | bytes[offset + 3]!) * 4;
    if (end > bytes.length) return undefined;
    const padded = (bytes[offset]! & 0x20) !== 0;
    const padding = padded ? bytes[end - 1]! : 0;
    if (padded && (end !== bytes.length || padding === 0 || padding % 4 !== 0 || offset + 4 + padding > end)) {
      return undefined;
    }
    const packet = parseOne(bytes, offset, end - padding);
    if (packet === "malformed") return undefined;
    if (packet !== "unknown") packets.push(packet);
    offset = end;
  }
  return packets;
}

function parseOne(bytes: Uint8Array, offset: number, end: number): RtcpPacket | "unknown" | "malformed" {
  const count = bytes[offset]! & 31;
  const body = offset + 4;
  switch (bytes[offset + 1]) {
    case SENDER_REPORT: {
      const blocksAt = body + 4 + SENDER_INFO_BYTES;
      if (blocksAt + count * BLOCK_BYTES > end) return "malformed";
      const sender = readSenderInfo(bytes, body + 4);
      return {
        type: "sender-report",
        ssrc: readUint32(bytes, body),
        sender,
        blocks: readBlocks(bytes, blocksAt, count),
      };
    }
    case RECEIVER_REPORT:
      if (body + 4 + count * BLOCK_BYTES > end) return "malformed";
      return { type: "receiver-report", ssrc: readUint32(bytes, body), blocks: readBlocks(bytes, body + 4, count) };
    case DESCRIPTION:
      return readDescription(bytes, body, end, count);
    case BYE:
      return readBye(bytes, body, end, count);
    default:
      return "unknown";
  }
}

function readSenderInfo(bytes: Uint8Array, at: number): SenderInfo {
  return {
    ntpSeconds: readUint32(bytes, at),
    ntpFraction: readUint32(bytes, at + 4),
    timestampTicks: readUint32(bytes, at + 8),
    packets: readUint32(bytes, at + 12),
    payloadBytes: readUint32(bytes, at + 16),
  };
}

function readBlocks(bytes: Uint8Array, from: number, count: number): ReportBlock[] {
  return Array.from({ length: count }, (_, n) => {
    const at = from + n * BLOCK_BYTES;
    return {
      ssrc: readUint32(bytes, at),
      fractionLost: bytes[at + 4]!,
      cumulativeLost: (readUint32(bytes, at + 4) << 8) >> 8,
      extendedSequence: readUint32(bytes, at + 8),
      jitterTicks: readUint32(bytes, at + 12),
      lastSenderReport: readUint32(bytes, at + 16),
      delaySinceLastSenderReport: readUint32(bytes, at + 20),
    };
  });
}

/** The first chunk's CNAME; a call has one source per side, so further chunks say nothing of use. */
function readDescription(
  bytes: Uint8Array,
  body: number,
  end: number,
  count: number,
): RtcpPacket | "unknown" | "malformed" {
  if (count === 0) return "unknown";
  if (body + 4 > end) return "malformed";
  const ssrc = readUint32(bytes, body);
  for (let at = body + 4; at < end && bytes[at] !== 0; ) {
    if (at + 2 > end || at + 2 + bytes[at + 1]! > end) return "malformed";
    const next = at + 2 + bytes[at + 1]!;
    if (bytes[at] === CNAME) return { type: "description", ssrc, cname: textOf(bytes, at + 2, next) };
    at = next;
  }
  return "unknown";
}

function readBye(bytes: Uint8Array, body: number, end: number, count: number): RtcpPacket | "malformed" {
  const reasonAt = body + count * 4;
  if (reasonAt > end) return "malformed";
  const ssrcs = Array.from({ length: count }, (_, n) => readUint32(bytes, body + n * 4));
  if (reasonAt === end) return { type: "bye", ssrcs, reason: "" };
  const reasonEnd = reasonAt + 1 + bytes[reasonAt]!;
  if (reasonEnd > end) return "malformed";
  return { type: "bye", ssrcs, reason: textOf(bytes, reasonAt + 1, reasonEnd) };
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, to));
}

/**
 * A compound packet, in the order given: RFC 3550 section 6.1 wants a report first and a description in every one. At most 31 report
 * blocks per packet and 255 bytes of text; more is cut off.
 */
export function buildRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const parts = packets.map(buildOne);
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

function buildOne(packet: RtcpPacket): Uint8Array {
  switch (packet.type) {
    case "sender-report":
    case "receiver-report":
      return buildReport(packet);
    case "description":
      return buildDescription(packet.ssrc, packet.cname);
    case "bye":
      return buildBye(packet.ssrcs, packet.reason);
  }
}

/** Whole 32-bit words, zero-filled, with the 4 header bytes written. */
function frameOf(type: number, count: number, bodyBytes: number): Uint8Array {
  const words = Math.ceil(bodyBytes / 4);
  const bytes = new Uint8Array(4 + words * 4);
  bytes[0] = 0x80 | count;
  bytes[1] = type;
  bytes[2] = words >> 8;
  bytes[3] = words;
  return bytes;
}

function buildReport(packet: Extract<RtcpPacket, { blocks: readonly ReportBlock[] }>): Uint8Array {
  const blocks = packet.blocks.slice(0, MAX_BLOCKS);
  const isSender = packet.type === "sender-report";
  const blocksAt = 8 + (isSender ? SENDER_INFO_BYTES : 0);
  const type = isSender ? SENDER_REPORT : RECEIVER_REPORT;
  const bytes = frameOf(type, blocks.length, blocksAt - 4 + blocks.length * BLOCK_BYTES);
  writeUint32(bytes, 4, packet.ssrc);
  if (isSender) {
    const { ntpSeconds, ntpFraction, timestampTicks, packets, payloadBytes } = packet.sender;
    [ntpSeconds, ntpFraction, timestampTicks, packets, payloadBytes].forEach((value, n) => {
      writeUint32(bytes, 8 + n * 4, value);
    });
  }
  blocks.forEach((block, n) => {
    writeBlock(bytes, blocksAt + n * BLOCK_BYTES, block);
  });
  return bytes;
}

function writeBlock(bytes: Uint8Array, at: number, block: ReportBlock): void {
  const lost = Math.max(-0x800000, Math.min(0x7fffff, block.cumulativeLost));
  writeUint32(bytes, at, block.ssrc);
  writeUint32(bytes, at + 4, (block.fractionLost << 24) | (lost & 0xffffff));
  writeUint32(bytes, at + 8, block.extendedSequence);
  writeUint32(bytes, at + 12, block.jitterTicks);
  writeUint32(bytes, at + 16, block.lastSenderReport);
  writeUint32(bytes, at + 20, block.delaySinceLastSenderReport);
}

function buildDescription(ssrc: number, cname: string): Uint8Array {
  const text = new TextEncoder().encode(cname).subarray(0, MAX_TEXT_BYTES);
  const bytes = frameOf(DESCRIPTION, 1, 4 + 2 + text.length + 1);
  writeUint32(bytes, 4, ssrc);
  bytes[8] = CNAME;
  bytes[9] = text.length;
  bytes.set(text, 10);
  return bytes;
}

function buildBye(ssrcs: readonly number[], reason: string): Uint8Array {
  const listed = ssrcs.slice(0, MAX_BLOCKS);
  const text = new TextEncoder().encode(reason).subarray(0, MAX_TEXT_BYTES);
  const bytes = frameOf(BYE, listed.length, listed.length * 4 + (text.length > 0 ? 1 + text.length : 0));
  listed.forEach((ssrc, n) => {
    writeUint32(bytes, 4 + n * 4, ssrc);
  });
  if (text.length > 0) {
    bytes[4 + listed.length * 4] = text.length;
    bytes.set(text, 5 + listed.length * 4);
  }
  return bytes;
}
