import type { RtpReceiver } from "../rtp/receiver.ts";
import type { RtpSender } from "../rtp/sender.ts";
import { ticksToMs } from "../units.ts";
import { buildRtcp, parseRtcp, type ReportBlock, type RtcpPacket } from "./packet.ts";

export interface RtcpReporterOptions {
  readonly sender: RtpSender;
  readonly receiver: RtpReceiver;
  /** Names this end across SSRC changes, RFC 3550 6.5.1. Random, not a user name or an address (RFC 7022). */
  readonly cname: string;
  /** 0 ≤ x < 1; spreads the reports so that calls do not report in step (RFC 3550 6.2). */
  readonly random: () => number;
  /** RTP ticks of one of our samples, where the stream's clock is not 8 kHz: jitter is told in them. Default 1. */
  readonly ticksPerSample?: () => number;
  /** Mean interval. Default 5000, RFC 3550's minimum. */
  readonly intervalMs?: number;
}

/** What the far end told us about itself and about what it hears of us. `undefined` until told. */
export interface RtcpView {
  /** RFC 3550 section 6.4.1: now - last SR - delay since. */
  readonly roundTripMs: number | undefined;
  /** 0..1 of our packets lost on the way there, between its last two reports. */
  readonly remoteFractionLost: number | undefined;
  readonly remoteCumulativeLost: number | undefined;
  readonly remoteJitterMs: number | undefined;
  readonly remoteCname: string | undefined;
  /** The far end sent BYE for its SSRC: no more RTP follows. */
  readonly ended: boolean;
}

/** Seconds between 1900 (NTP) and 1970. */
const NTP_OFFSET_SECONDS = 2_208_988_800;
/** A round trip above this is a stale or invented report. */
const MAX_ROUND_TRIP_MS = 60_000;

/** Sender and receiver reports of one call, RFC 3550 sections 6.2 to 6.4 and appendix A.3. */
export class RtcpReporter {
  /** Datagrams that were no RTCP. */
  malformed = 0;
  readonly #options: RtcpReporterOptions;
  #nextReportMs = Number.POSITIVE_INFINITY;
  #packetsAtLastReport = 0;
  #blockSsrc = -1;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #lastSenderReport = 0;
  #lastSenderReportMs = 0;
  #lastSenderReportSsrc = -1;
  #view: RtcpView = {
    roundTripMs: undefined,
    remoteFractionLost: undefined,
    remoteCumulativeLost: undefined,
    remoteJitterMs: undefined,
    remoteCname: undefined,
    ended: false,
  };

  constructor(options: RtcpReporterOptions) {
    this.#options = options;
  }

  /** The call's media starts: from now on (monotonic ms) reports are due. */
  begin(now: number): void {
    this.#nextReportMs = now + this.#interval() / 2;
  }

  get view(): RtcpView {
    return this.#view;
  }

  /** When `report` wants to be called. */
  deadline(): number {
    return this.#nextReportMs;
  }

  /**
   * One RTCP datagram arrived. `epochMs` is the same instant as `now` by the clock given to `report`.
   * False, and counted, when it is not a valid compound.
   */
  receive(bytes: Uint8Array, now: number, epochMs: number): boolean {
    const packets = parseRtcp(bytes);
    if (packets === undefined) {
      this.malformed++;
      return false;
    }
    for (const packet of packets) this.#take(packet, now, epochMs);
    return true;
  }

  /** The compound to send now; the next is due at `deadline()`. `epochMs`: Unix time in ms. */
  report(now: number, epochMs: number): Uint8Array {
    this.#nextReportMs = now + this.#interval();
    return buildRtcp(this.#compound(now, epochMs));
  }

  /** The last compound of the call, RFC 3550 section 6.6. */
  bye(now: number, epochMs: number): Uint8Array {
    this.#nextReportMs = Number.POSITIVE_INFINITY;
    return buildRtcp([
      ...this.#compound(now, epochMs),
      { type: "bye", ssrcs: [this.#options.sender.ssrc], reason: "" },
    ]);
  }

  get #ticksPerSample(): number {
    return this.#options.ticksPerSample?.() ?? 1;
  }

  #interval(): number {
    return (this.#options.intervalMs ?? 5000) * (0.5 + this.#options.random());
  }

  #compound(now: number, epochMs: number): RtcpPacket[] {
    const { sender, cname } = this.#options;
    const { ssrc } = sender;
    const blocks = this.#blocks(now);
    const sentSince = sender.packetsSent !== this.#packetsAtLastReport;
    this.#packetsAtLastReport = sender.packetsSent;
    const report: RtcpPacket = sentSince
      ? { type: "sender-report", ssrc, sender: this.#senderInfo(epochMs), blocks }
      : { type: "receiver-report", ssrc, blocks };
    return [report, { type: "description", ssrc, cname }];
  }

  #senderInfo(epochMs: number) {
    const { sender } = this.#options;
    const seconds = Math.floor(epochMs / 1000);
    return {
      ntpSeconds: (seconds + NTP_OFFSET_SECONDS) >>> 0,
      ntpFraction: Math.floor(((epochMs - seconds * 1000) / 1000) * 0x1_0000_0000) >>> 0,
      timestampTicks: sender.timestampTicks,
      packets: sender.packetsSent,
      payloadBytes: sender.payloadBytesSent,
    };
  }

  #blocks(now: number): ReportBlock[] {
    const { receiver } = this.#options;
    if (receiver.ssrc === -1) return [];
    if (receiver.ssrc !== this.#blockSsrc) {
      this.#blockSsrc = receiver.ssrc;
      this.#expectedBefore = 0;
      this.#receivedBefore = 0;
    }
    const { expected, received, extendedMax } = receiver.sequence;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = received;
    const heard = this.#lastSenderReportSsrc === receiver.ssrc;
    return [
      {
        ssrc: receiver.ssrc,
        fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
        cumulativeLost: expected - received,
        extendedSequence: extendedMax >>> 0,
        jitterTicks: Math.floor(receiver.jitterTicks * this.#ticksPerSample),
        lastSenderReport: heard ? this.#lastSenderReport : 0,
        delaySinceLastSenderReport: heard ? Math.round((now - this.#lastSenderReportMs) * 65.536) >>> 0 : 0,
      },
    ];
  }

  #take(packet: RtcpPacket, now: number, epochMs: number): void {
    if (packet.type === "description") this.#view = { ...this.#view, remoteCname: packet.cname };
    else if (packet.type === "bye") {
      if (packet.ssrcs.includes(this.#options.receiver.ssrc)) this.#view = { ...this.#view, ended: true };
    } else {
      if (packet.type === "sender-report") {
        this.#lastSenderReport = middle32(packet.sender.ntpSeconds, packet.sender.ntpFraction);
        this.#lastSenderReportMs = now;
        this.#lastSenderReportSsrc = packet.ssrc;
      }
      for (const block of packet.blocks) if (block.ssrc === this.#options.sender.ssrc) this.#hear(block, epochMs);
    }
  }

  #hear(block: ReportBlock, epochMs: number): void {
    this.#view = {
      ...this.#view,
      roundTripMs: this.#roundTripMs(block, epochMs) ?? this.#view.roundTripMs,
      remoteFractionLost: block.fractionLost / 256,
      remoteCumulativeLost: block.cumulativeLost,
      remoteJitterMs: ticksToMs(block.jitterTicks / this.#ticksPerSample),
    };
  }

  #roundTripMs(block: ReportBlock, epochMs: number): number | undefined {
    if (block.lastSenderReport === 0) return undefined;
    const { ntpSeconds, ntpFraction } = this.#senderInfo(epochMs);
    const passed = middle32(ntpSeconds, ntpFraction) - block.lastSenderReport - block.delaySinceLastSenderReport;
    const roundTripMs = (passed | 0) / 65.536;
    return roundTripMs < 0 || roundTripMs > MAX_ROUND_TRIP_MS ? undefined : roundTripMs;
  }
}

/** The 32 bits in the middle of an NTP timestamp: 16.16 seconds. */
function middle32(ntpSeconds: number, ntpFraction: number): number {
  return ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
}
