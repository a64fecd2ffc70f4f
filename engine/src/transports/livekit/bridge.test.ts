import { expect, test } from "bun:test";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import fc from "fast-check";
import { DTMF_PAYLOAD_TYPE, PCMU_PAYLOAD_TYPE } from "../stream-rtp.ts";
import { ROOM_FRAME_SAMPLES, RoomBridge } from "./bridge.ts";

const RANDOM = { ssrc: 7, firstSequence: 100, firstTimestampTicks: 0xffff_ff00 };
const tone = (hz: number, rateHz: number, count: number, from = 0) =>
  Int16Array.from({ length: count }, (_, n) => Math.round(8000 * Math.sin((2 * Math.PI * hz * (n + from)) / rateHz)));

/** Amplitude of `hz`. */
function amplitude(samples: Int16Array, hz: number, rateHz: number): number {
  let [re, im] = [0, 0];
  for (const [n, sample] of samples.entries()) {
    re += (2 / samples.length) * sample * Math.sin((2 * Math.PI * hz * n) / rateHz);
    im += (2 / samples.length) * sample * Math.cos((2 * Math.PI * hz * n) / rateHz);
  }
  return Math.hypot(re, im);
}

function open() {
  const packets: Uint8Array[] = [];
  const bridge = new RoomBridge(RANDOM, (packet) => packets.push(packet.slice()));
  const headers = () =>
    packets.map((packet) => {
      const header = createRtpHeader();
      expect(parseRtp(packet, header)).toBe("ok");
      return header;
    });
  const ticks = () => headers().map(({ timestampTicks }) => (timestampTicks - 0xffff_ff00) >>> 0);
  return { bridge, packets, headers, ticks };
}

test("the caller's sound becomes gapless packets of 20 ms, the same tone, however it is cut", () => {
  const signal = tone(1000, 48_000, 48_000);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 16, maxLength: 40 }), (sizes) => {
      const { bridge, packets, ticks } = open();
      let at = 0;
      for (const size of sizes) {
        bridge.hear(at / 48, signal.subarray(at, at + size));
        at = Math.min(signal.length, at + size);
      }
      bridge.hear(at / 48, signal.subarray(at));
      expect(packets.length).toBeGreaterThanOrEqual(49);
      expect(ticks()).toEqual(packets.map((_, index) => index * 160));
      const heard = new Int16Array(8000);
      for (const [index, packet] of packets.entries()) pcmu.decode(packet.subarray(12), heard.subarray(index * 160));
      expect(Math.abs(amplitude(heard.subarray(800, 7200), 1000, 8000) - 8000)).toBeLessThan(200);
    }),
    { numRuns: 10 },
  );
});

test("a late machine delays nothing for good; a track that was silent leaves a gap", () => {
  const { bridge, ticks } = open();
  const frame = new Int16Array(ROOM_FRAME_SAMPLES);
  for (const now of [0, 20, 280, 280, 280, 2000]) bridge.hear(now, frame);
  const [, , , , last] = ticks();
  expect(ticks().slice(0, 4)).toEqual([0, 160, 320, 480]);
  expect(last).toBeGreaterThan(15_000);
});

test("a key is pressed, nonsense is not", () => {
  const { bridge, headers } = open();
  expect(bridge.press("5")).toBe(true);
  expect(bridge.press("x")).toBe(false);
  expect(headers().map(({ payloadType }) => payloadType)).toEqual(Array(4).fill(DTMF_PAYLOAD_TYPE));
});

test("her packets become frames of 20 ms at 48 kHz; what is not taken is bounded and can be cleared", () => {
  const { bridge } = open();
  const rtp = new RtpSender(RANDOM);
  const packet = (index: number) => {
    pcmu.encode(tone(1000, 8000, 160, index * 160), rtp.payload);
    return rtp.audio(PCMU_PAYLOAD_TYPE, 160, 160);
  };
  const wide: number[] = [];
  for (let index = 0; index < 50; index++) {
    bridge.speak(packet(index));
    for (let frame = bridge.poll(); frame; frame = bridge.poll()) {
      expect(frame.length).toBe(ROOM_FRAME_SAMPLES);
      wide.push(...frame);
    }
  }
  expect(wide.length).toBe(49 * ROOM_FRAME_SAMPLES);
  expect(Math.abs(amplitude(Int16Array.from(wide.slice(4800, 43_200)), 1000, 48_000) - 8000)).toBeLessThan(200);

  for (let index = 0; index < 30; index++) bridge.speak(packet(index));
  expect(bridge.droppedFrames).toBe(20);
  let count = 0;
  while (bridge.poll()) count++;
  expect(count).toBe(10);
  bridge.speak(packet(0));
  bridge.clear();
  expect(bridge.poll()).toBeUndefined();
  bridge.speak(rtp.event(DTMF_PAYLOAD_TYPE, 0, true, 4));
  bridge.speak(new Uint8Array(3));
  expect(bridge.poll()).toBeUndefined();
});
