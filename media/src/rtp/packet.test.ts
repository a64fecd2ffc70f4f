import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RtpHeader as WeriftHeader, RtpPacket as WeriftPacket } from "werift-rtp";
import { createRtpHeader, parseRtp, RTP_HEADER_BYTES, writeRtpHeader } from "./packet.ts";

const header = createRtpHeader();

function packetOf(first: number, rest: readonly number[], size = RTP_HEADER_BYTES): Uint8Array {
  const packet = new Uint8Array(Math.max(size, RTP_HEADER_BYTES + rest.length));
  packet[0] = first;
  packet.set(rest, RTP_HEADER_BYTES);
  return packet;
}

describe("parseRtp", () => {
  test("reads a plain header", () => {
    const packet = new Uint8Array([0x80, 0x88, 0x12, 0x34, 0xff, 0xee, 0xdd, 0xcc, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3]);
    expect(parseRtp(packet, header)).toBe("ok");
    expect(header).toEqual({
      version: 2,
      padding: false,
      extension: false,
      marker: true,
      payloadType: 8,
      sequence: 0x1234,
      timestampTicks: 0xffeeddcc,
      ssrc: 0xdeadbeef,
      payloadOffset: 12,
      payloadLength: 3,
    });
  });

  test("skips CSRCs and extension, leaves padding out", () => {
    const csrc = [0, 0, 0, 1, 0, 0, 0, 2];
    const extension = [0xbe, 0xde, 0, 1, 9, 9, 9, 9];
    const packet = packetOf(0x80 | 0x20 | 0x10 | 2, [...csrc, ...extension, 7, 7, 7, 0, 2]);
    expect(parseRtp(packet, header)).toBe("ok");
    expect([header.payloadOffset, header.payloadLength]).toEqual([28, 3]);
  });

  test("an empty payload is fine, also when all of it is padding", () => {
    expect(parseRtp(packetOf(0x80, []), header)).toBe("ok");
    expect(parseRtp(packetOf(0xa0, [0, 0, 0, 4]), header)).toBe("ok");
    expect(header.payloadLength).toBe(0);
  });

  test.each([
    ["too-short", new Uint8Array(11).fill(0x80)],
    ["bad-version", packetOf(0x40, [])],
    ["too-short", packetOf(0x81, [1, 2, 3])],
    ["bad-extension", packetOf(0x90, [0, 0])],
    ["bad-extension", packetOf(0x90, [0, 0, 0, 1, 1, 2, 3])],
    ["bad-extension", packetOf(0x90, [0, 0, 0xff, 0xff, 1, 2, 3, 4])],
    ["bad-padding", packetOf(0xa0, [1, 2, 0])],
    ["bad-padding", packetOf(0xa0, [1, 2, 4])],
    ["bad-padding", packetOf(0xb0, [0, 0, 0, 1, 0, 0, 0, 1])],
  ] as const)("answers %s without throwing", (verdict, packet) => {
    expect(parseRtp(packet, header)).toBe(verdict);
  });

  test("hands RTCP packet types over (RFC 5761)", () => {
    const report = packetOf(0x80, []);
    for (const type of [192, 200, 204, 223]) {
      report[1] = type;
      expect(parseRtp(report, header)).toBe("rtcp");
    }
    report[1] = 0x80 | 8;
    expect(parseRtp(report, header)).toBe("ok");
  });

  test("any bytes: never throws, and what is ok lies inside the datagram", () => {
    const looksLikeRtp = fc
      .uint8Array({ minLength: 12, maxLength: 300 })
      .map((bytes) => bytes.with(0, 0x80 | (bytes[0]! & 63)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), looksLikeRtp), (bytes) => {
        if (parseRtp(bytes, header) !== "ok") return;
        expect(header.payloadOffset).toBeGreaterThanOrEqual(RTP_HEADER_BYTES);
        expect(header.payloadLength).toBeGreaterThanOrEqual(0);
        expect(header.payloadOffset + header.payloadLength).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });
});

const fields = fc.record({
  payloadType: fc.integer({ min: 0, max: 63 }),
  marker: fc.boolean(),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  timestampTicks: fc.integer({ min: 0, max: 0xffffffff }),
  ssrc: fc.integer({ min: 0, max: 0xffffffff }),
  payload: fc.uint8Array({ maxLength: 200 }),
});

test("what is written reads back, here and in werift-rtp", () => {
  fc.assert(
    fc.property(fields, (f) => {
      const packet = new Uint8Array(RTP_HEADER_BYTES + f.payload.length);
      packet.set(f.payload, RTP_HEADER_BYTES);
      writeRtpHeader(packet, f.payloadType, f.marker, f.sequence, f.timestampTicks, f.ssrc);
      expect(parseRtp(packet, header)).toBe("ok");
      const { payload, ...scalars } = f;
      expect(header).toMatchObject({ ...scalars, payloadLength: payload.length });
      const theirs = WeriftPacket.deSerialize(Buffer.from(packet));
      expect(theirs.header).toMatchObject({
        payloadType: f.payloadType,
        marker: f.marker,
        sequenceNumber: f.sequence,
        timestamp: f.timestampTicks,
        ssrc: f.ssrc,
      });
      expect(new Uint8Array(theirs.payload)).toEqual(payload);
    }),
  );
});

test("what werift-rtp writes with CSRCs and padding reads here", () => {
  const theirs = new WeriftPacket(
    new WeriftHeader({
      version: 2,
      padding: true,
      paddingSize: 3,
      marker: false,
      payloadType: 8,
      sequenceNumber: 65535,
      timestamp: 4294967295,
      ssrc: 4000000000,
      csrc: [1, 2, 3],
    }),
    Buffer.from([5, 6, 7, 8]),
  );
  expect(parseRtp(new Uint8Array(theirs.serialize()), header)).toBe("ok");
  expect(header).toMatchObject({ sequence: 65535, timestampTicks: 4294967295, ssrc: 4000000000 });
  expect([header.payloadOffset, header.payloadLength]).toEqual([24, 4]);
});
