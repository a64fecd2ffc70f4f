import { expect, test } from "bun:test";
import { DtmfReceiver } from "@sk-voice/media/dtmf/receiver.ts";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import fc from "fast-check";
import { MediaStream } from "./media-stream.ts";
import { DTMF_PAYLOAD_TYPE } from "./stream-rtp.ts";
import { isSignedByTwilio } from "./twilio-signature.ts";

const RANDOM = { ssrc: 7, firstSequence: 100, firstTimestampTicks: 0xffff_ff00 };

function open() {
  const packets: Uint8Array[] = [];
  const stream = new MediaStream(RANDOM, (packet) => packets.push(packet.slice()));
  const say = (message: object, now = 0) => stream.receive(now, JSON.stringify(message));
  const headers = () =>
    packets.map((packet) => {
      const header = createRtpHeader();
      expect(parseRtp(packet, header)).toBe("ok");
      return header;
    });
  return { stream, packets, say, headers };
}

/** As recorded from Twilio's documentation. */
const START = {
  event: "start",
  sequenceNumber: "1",
  start: {
    accountSid: "AC1",
    streamSid: "MZ1",
    callSid: "CA1",
    tracks: ["inbound"],
    mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
    customParameters: { from: "+919876543210" },
  },
  streamSid: "MZ1",
};

const media = (bytes: Uint8Array, timestamp: number | undefined) => ({
  event: "media",
  sequenceNumber: "4",
  media: {
    track: "inbound",
    chunk: "2",
    ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
    payload: Buffer.from(bytes).toString("base64"),
  },
  streamSid: "MZ1",
});

test("start tells stream, call and parameters, once", () => {
  const { stream, say } = open();
  expect(say({ event: "connected", protocol: "Call", version: "1.0.0" })).toBeUndefined();
  const parameters = { from: "+919876543210" };
  expect(say(START)).toEqual({ type: "start", streamSid: "MZ1", callSid: "CA1", parameters });
  expect(say(START)).toBeUndefined();
  expect(say({ event: "stop", stop: { callSid: "CA1" } })).toEqual({ type: "stop" });
  expect(stream.figures.badMessages).toBe(1);
});

test("media becomes 20 ms packets on the client's clock; a gap stays a gap", () => {
  const { say, packets, headers } = open();
  const bytes = Uint8Array.from({ length: 160 }, (_, index) => index);
  say(media(bytes, 0));
  say(media(bytes, 20));
  say(media(bytes, 500));
  expect(headers().map(({ sequence }) => sequence)).toEqual([100, 101, 102]);
  expect(headers().map(({ timestampTicks }) => (timestampTicks - 0xffff_ff00) >>> 0)).toEqual([0, 160, 4000]);
  expect(packets[0]!.subarray(12)).toEqual(bytes);
});

test("messages of any size, with or without timestamps, give the same packets", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 30 }), fc.boolean(), (sizes, stamped) => {
      const { say, packets, headers } = open();
      const sent: number[] = [];
      for (const size of sizes) {
        const bytes = Uint8Array.from({ length: size }, (_, index) => (sent.length + index) & 0xff);
        say(media(bytes, stamped ? Math.floor(sent.length / 8) : undefined));
        sent.push(...bytes);
      }
      const whole = Math.floor(sent.length / 160) * 160;
      expect(packets.flatMap((packet) => [...packet.subarray(12)])).toEqual(sent.slice(0, whole));
      const ticks = headers().map(({ timestampTicks }) => (timestampTicks - 0xffff_ff00) >>> 0);
      expect(ticks).toEqual(ticks.map((_, index) => index * 160));
    }),
  );
});

test("a key is pressed once", () => {
  const { say, packets, headers } = open();
  say(START);
  say({ event: "dtmf", streamSid: "MZ1", dtmf: { track: "inbound_track", digit: "5" } });
  const receiver = new DtmfReceiver();
  const pressed: string[] = [];
  for (const [index, header] of headers().entries()) {
    expect(header.payloadType).toBe(DTMF_PAYLOAD_TYPE);
    receiver.receive(header, packets[index]!, index);
    for (let event = receiver.poll(); event; event = receiver.poll())
      if (event.type === "start") pressed.push(event.digit);
  }
  expect(pressed).toEqual(["5"]);
});

test("her packets become media messages, marks measure the way back, clear follows an interruption", () => {
  const { stream, say } = open();
  const rtp = new RtpSender(RANDOM);
  pcmu.encode(new Int16Array(160), rtp.payload);
  const frame = () => rtp.audio(0, 160, 160);
  expect(stream.send(0, frame())).toEqual([]);
  expect(stream.clear()).toBeUndefined();
  say(START);
  const [first] = stream.send(0, frame());
  expect(JSON.parse(first!)).toEqual({
    event: "media",
    streamSid: "MZ1",
    media: { payload: Buffer.alloc(160, 0xff).toString("base64") },
  });
  const messages: string[] = [];
  for (let index = 0; index < 60; index++) messages.push(...stream.send(1000, frame()));
  const marks = messages.map((text) => JSON.parse(text)).filter(({ event }) => event === "mark");
  expect(marks).toHaveLength(1);
  say({ event: "mark", streamSid: "MZ1", mark: marks[0].mark }, 1080);
  expect(stream.figures.roundTripMs).toBe(80);
  expect(JSON.parse(stream.clear()!)).toEqual({ event: "clear", streamSid: "MZ1" });
  expect(stream.send(0, rtp.event(DTMF_PAYLOAD_TYPE, 0, true, 4))).toEqual([]);
});

test("nonsense is counted and never throws", () => {
  const { stream, packets } = open();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(stream.receive(0, text)).toBeUndefined();
    }),
  );
  expect(stream.receive(0, JSON.stringify(media(new Uint8Array(5000), 0)))).toBeUndefined();
  expect(packets).toHaveLength(0);
  expect(stream.figures.badMessages).toBeGreaterThan(50);
});

test("a signature is Twilio's for this token and address alone", () => {
  // echo -n wss://voice.example.com/twilio | openssl dgst -sha1 -hmac 12345 -binary | base64
  const signature = "/9CePW9ateVCsfEI0ovxcY95674=";
  const url = "wss://voice.example.com/twilio";
  expect(isSignedByTwilio("12345", url, signature)).toBe(true);
  expect(isSignedByTwilio("12345", `${url}/`, signature)).toBe(true);
  expect(isSignedByTwilio("12346", url, signature)).toBe(false);
  expect(isSignedByTwilio("12345", `${url}?x=1`, signature)).toBe(false);
  expect(isSignedByTwilio("12345", url, null)).toBe(false);
  expect(isSignedByTwilio("", url, signature)).toBe(false);
});
