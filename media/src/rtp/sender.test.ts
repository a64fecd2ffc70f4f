import { expect, test } from "bun:test";
import { createRtpHeader, parseRtp } from "./packet.ts";
import { RtpSender } from "./sender.ts";

const header = createRtpHeader();

function read(packet: Uint8Array) {
  expect(parseRtp(packet, header)).toBe("ok");
  const { sequence, timestampTicks, marker, payloadType, payloadLength, ssrc } = header;
  return { sequence, timestampTicks, marker, payloadType, payloadLength, ssrc };
}

test("counts up, wraps, and marks the start of each talkspurt", () => {
  const sender = new RtpSender({ ssrc: 0xfedcba98, firstSequence: 65535, firstTimestampTicks: 0xffffffff });
  sender.payload.fill(0x55);
  const same = { ssrc: 0xfedcba98, payloadType: 0, payloadLength: 160 };
  const first = sender.audio(0, 160, 160);
  expect(read(first)).toEqual({ ...same, sequence: 65535, timestampTicks: 0xffffffff, marker: true });
  expect(first[12]).toBe(0x55);
  const second = sender.audio(0, 160, 160);
  expect(second).toBe(first);
  expect(read(second)).toEqual({ ...same, sequence: 0, timestampTicks: 159, marker: false });
  sender.skip(320);
  expect(read(sender.audio(0, 160, 160))).toEqual({ ...same, sequence: 1, timestampTicks: 639, marker: true });
  expect([sender.packetsSent, sender.payloadBytesSent]).toEqual([3, 480]);
});

test("events keep their own timestamp and do not move media time", () => {
  const sender = new RtpSender({ ssrc: 1, firstSequence: 5, firstTimestampTicks: 1000 });
  sender.audio(8, 160, 160);
  expect(read(sender.event(101, 1160, true, 4))).toMatchObject({
    sequence: 6,
    timestampTicks: 1160,
    marker: true,
    payloadType: 101,
    payloadLength: 4,
  });
  expect(read(sender.audio(8, 160, 160))).toMatchObject({ sequence: 7, timestampTicks: 1160, marker: false });
});
