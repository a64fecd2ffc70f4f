import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RtcpPacketConverter, RtcpRrPacket, RtcpSourceDescriptionPacket, RtcpSrPacket } from "werift-rtp";
import { createRtpHeader, parseRtp } from "../rtp/packet.ts";
import { RtpReceiver } from "../rtp/receiver.ts";
import { RtpSender } from "../rtp/sender.ts";
import { buildRtcp, parseRtcp, type RtcpPacket } from "./packet.ts";
import { RtcpReporter } from "./reporter.ts";

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const block = fc.record({
  ssrc: uint32,
  fractionLost: fc.integer({ min: 0, max: 255 }),
  cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
  extendedSequence: uint32,
  jitterTicks: uint32,
  lastSenderReport: uint32,
  delaySinceLastSenderReport: uint32,
});
const senderInfo = fc.record({
  ntpSeconds: uint32,
  ntpFraction: uint32,
  timestampTicks: uint32,
  packets: uint32,
  payloadBytes: uint32,
});
const blocks = fc.array(block, { maxLength: 4 });
const report: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({ type: fc.constant("sender-report" as const), ssrc: uint32, sender: senderInfo, blocks }),
  fc.record({ type: fc.constant("receiver-report" as const), ssrc: uint32, blocks }),
);
const rest: fc.Arbitrary<RtcpPacket> = fc.oneof(
  report,
  fc.record({ type: fc.constant("description" as const), ssrc: uint32, cname: fc.string({ maxLength: 60 }) }),
  fc.record({
    type: fc.constant("bye" as const),
    ssrcs: fc.array(uint32, { maxLength: 5 }),
    reason: fc.string({ maxLength: 60 }),
  }),
);
const compound = fc.tuple(report, fc.array(rest, { maxLength: 4 })).map(([first, others]) => [first, ...others]);

describe("RTCP packets", () => {
  test("what is built parses back", () => {
    fc.assert(
      fc.property(compound, (packets) => {
        expect(parseRtcp(buildRtcp(packets))).toEqual(packets);
      }),
    );
  });

  test("werift-rtp reads the same out of it", () => {
    fc.assert(
      fc.property(report, uint32, (ours, ssrc) => {
        const bytes = buildRtcp([ours, { type: "description", ssrc, cname: "suki@sk" }]);
        const [theirs, description] = RtcpPacketConverter.deSerialize(Buffer.from(bytes));
        if (!(theirs instanceof RtcpSrPacket || theirs instanceof RtcpRrPacket)) throw new Error("not a report");
        if (ours.type !== "sender-report" && ours.type !== "receiver-report") throw new Error("not a report");
        expect(theirs.ssrc).toBe(ours.ssrc);
        expect(theirs.reports.map((r) => [r.ssrc, r.fractionLost, r.highestSequence, r.jitter, r.lsr, r.dlsr])).toEqual(
          ours.blocks.map((b) => [
            b.ssrc,
            b.fractionLost,
            b.extendedSequence,
            b.jitterTicks,
            b.lastSenderReport,
            b.delaySinceLastSenderReport,
          ]),
        );
        if (!(description instanceof RtcpSourceDescriptionPacket)) throw new Error("not a description");
        expect(description.chunks[0]).toMatchObject({ source: ssrc, items: [{ type: 1, text: "suki@sk" }] });
      }),
    );
  });

  test("any bytes, and damaged compounds: an answer, never an exception", () => {
    const damaged = fc
      .tuple(compound, fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 4 }), fc.nat(20))
      .map(([packets, changes, cut]) => {
        const bytes = buildRtcp(packets);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes.subarray(0, Math.max(0, bytes.length - cut));
      });
    const headed = fc.uint8Array({ minLength: 4, maxLength: 200 }).map((bytes) => {
      bytes.set([0x80 | (bytes[0]! & 63), 200 + (bytes[1]! & 1)]);
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, headed, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const packets = parseRtcp(bytes);
        expect(packets === undefined || Array.isArray(packets)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test("lengths that do not add up, padding in the middle and other first types are refused", () => {
    const valid = buildRtcp([
      { type: "receiver-report", ssrc: 1, blocks: [] },
      { type: "bye", ssrcs: [1], reason: "" },
    ]);
    expect(parseRtcp(valid)).toHaveLength(2);
    expect(parseRtcp(valid.subarray(0, valid.length - 1))).toBeUndefined();
    expect(parseRtcp(valid.with(0, 0xa0))).toBeUndefined();
    const padded = buildRtcp([
      { type: "receiver-report", ssrc: 1, blocks: [] },
      { type: "bye", ssrcs: [1, 4], reason: "" },
    ]);
    padded.set([0xa1], 8);
    expect(parseRtcp(padded)).toHaveLength(2);
    expect(parseRtcp(padded.with(padded.length - 1, 3))).toBeUndefined();
    expect(parseRtcp(valid.with(0, 0x81))).toBeUndefined();
    expect(parseRtcp(valid.subarray(8))).toBeUndefined();
    expect(parseRtcp(new Uint8Array(0))).toBeUndefined();
  });

  test("unknown types in a compound are stepped over", () => {
    const bytes = buildRtcp([
      { type: "receiver-report", ssrc: 1, blocks: [] },
      { type: "bye", ssrcs: [2], reason: "" },
    ]);
    bytes[9] = 207;
    expect(parseRtcp(bytes)).toEqual([{ type: "receiver-report", ssrc: 1, blocks: [] }]);
  });
});

/** One end of a call with everything a reporter looks at. */
class End {
  readonly sender: RtpSender;
  readonly receiver = new RtpReceiver();
  readonly reporter: RtcpReporter;
  readonly #header = createRtpHeader();

  constructor(
    ssrc: number,
    readonly epochOffsetMs: number,
  ) {
    this.sender = new RtpSender({ ssrc, firstSequence: 65530, firstTimestampTicks: 0 });
    const { sender, receiver } = this;
    this.reporter = new RtcpReporter({ sender, receiver, cname: `cname-${ssrc}`, random: () => 0.5 });
    this.reporter.begin(0);
  }

  hearRtp(packet: Uint8Array, now: number): void {
    parseRtp(packet, this.#header);
    this.receiver.receive(this.#header, now);
  }

  report(now: number): Uint8Array {
    return this.reporter.report(now, now + this.epochOffsetMs);
  }

  hearRtcp(bytes: Uint8Array, now: number): boolean {
    return this.reporter.receive(bytes, now, now + this.epochOffsetMs);
  }
}

describe("RtcpReporter", () => {
  test("two ends measure round trip, loss and jitter of each other; clocks need not agree", () => {
    const a = new End(0xa, 1_700_000_000_000);
    const b = new End(0xb, 1_699_999_000_123);
    for (let n = 0; n < 100; n++) {
      const fromA = a.sender.audio(0, 160, 160);
      if (n % 4 !== 3) b.hearRtp(fromA, n * 20 + 50);
      a.hearRtp(b.sender.audio(0, 160, 160), n * 20 + 30);
    }
    expect(b.hearRtcp(a.report(2000), 2050)).toBe(true);
    expect(a.hearRtcp(b.report(3000), 3030)).toBe(true);
    expect(a.reporter.view.roundTripMs).toBeCloseTo(80, 0);
    expect(a.reporter.view).toMatchObject({
      remoteFractionLost: Math.floor((24 * 256) / 99) / 256,
      remoteCumulativeLost: 24,
      remoteJitterMs: 0,
      remoteCname: "cname-11",
      ended: false,
    });
    expect(b.reporter.view.roundTripMs).toBeUndefined();
    expect(b.reporter.view.remoteFractionLost).toBe(0);
  });

  test("fraction lost is of the interval, cumulative lost of the call", () => {
    const a = new End(1, 0);
    const b = new End(2, 0);
    const send = (count: number, heard: boolean) => {
      for (let n = 0; n < count; n++) {
        const packet = a.sender.audio(0, 160, 160);
        if (heard) b.hearRtp(packet, 0);
      }
    };
    const blockOf = (bytes: Uint8Array) => {
      const [first] = parseRtcp(bytes)!;
      return first?.type === "receiver-report" ? first.blocks[0] : undefined;
    };
    expect(blockOf(b.report(0))).toBeUndefined();
    send(10, true);
    send(9, false);
    send(1, true);
    expect(blockOf(b.report(5000))).toMatchObject({ fractionLost: Math.floor((9 * 256) / 20), cumulativeLost: 9 });
    send(10, true);
    expect(blockOf(b.report(10000))).toMatchObject({
      fractionLost: 0,
      cumulativeLost: 9,
      extendedSequence: 65536 + 23,
    });
  });

  test("sender reports while sending, receiver reports otherwise; paced around five seconds; BYE ends it", () => {
    const a = new End(1, 0);
    const b = new End(2, 0);
    b.hearRtp(a.sender.audio(0, 160, 160), 0);
    const typeOf = (bytes: Uint8Array) => parseRtcp(bytes)!.map((packet) => packet.type);
    expect(a.reporter.deadline()).toBe(2500);
    expect(typeOf(a.report(2500))).toEqual(["sender-report", "description"]);
    expect(a.reporter.deadline()).toBe(7500);
    expect(typeOf(a.report(7500))).toEqual(["receiver-report", "description"]);
    b.hearRtcp(a.reporter.bye(8000, 8000), 8000);
    expect(b.reporter.view.ended).toBe(true);
    expect(a.reporter.deadline()).toBe(Number.POSITIVE_INFINITY);
  });

  test("garbage is counted, an impossible round trip is not believed", () => {
    const a = new End(1, 1_700_000_000_000);
    expect(a.hearRtcp(new Uint8Array(20), 0)).toBe(false);
    expect(a.reporter.malformed).toBe(1);
    const invented = { fractionLost: 0, cumulativeLost: 0, extendedSequence: 0, jitterTicks: 0 };
    const liar = { ...invented, ssrc: 1, lastSenderReport: 12345, delaySinceLastSenderReport: 9 };
    a.hearRtcp(buildRtcp([{ type: "receiver-report", ssrc: 9, blocks: [liar] }]), 0);
    expect(a.reporter.view.roundTripMs).toBeUndefined();
  });
});
