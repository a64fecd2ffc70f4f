import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRtpHeader, parseRtp } from "../rtp/packet.ts";
import { RtpSender } from "../rtp/sender.ts";
import { Prng } from "../sim/prng.ts";
import { tone } from "../tones.ts";
import { DTMF_DIGITS, frequenciesOfDigit } from "./digits.ts";
import { InbandDtmfDetector } from "./inband.ts";
import { type DtmfEvent, DtmfReceiver } from "./receiver.ts";
import { DtmfSender, type DtmfSenderOptions } from "./sender.ts";

const header = createRtpHeader();

/** Sends digits through a line on which `lost(n)` packets vanish; returns packets sent and events received. */
function transmit(digits: string, lost: (n: number) => boolean, options: Partial<DtmfSenderOptions> = {}) {
  const rtp = new RtpSender({ ssrc: 5, firstSequence: 0, firstTimestampTicks: 0xffffff00 });
  const sender = new DtmfSender({ payloadType: 101, ...options });
  const receiver = new DtmfReceiver();
  const packets: Uint8Array[] = [];
  const events: DtmfEvent[] = [];
  expect(sender.send(digits)).toBe(true);
  let now = 0;
  for (let idleTicks = 0; idleTicks < 15; now += 20) {
    const packet = sender.frame(rtp);
    if (packet === undefined) rtp.audio(0, 160, 160);
    else if (!lost(packets.push(packet.slice()) - 1)) {
      parseRtp(packet, header);
      receiver.receive(header, packet, now);
    }
    if (receiver.deadline() <= now) receiver.tick(now);
    for (let event = receiver.poll(); event !== undefined; event = receiver.poll()) events.push(event);
    idleTicks = sender.idle ? idleTicks + 1 : 0;
  }
  return { packets, events };
}

const pressed = (events: DtmfEvent[]) => events.flatMap((e) => (e.type === "start" ? [e.digit] : [])).join("");
const ended = (events: DtmfEvent[]) => events.flatMap((e) => (e.type === "end" ? [e.digit] : [])).join("");

describe("RFC 4733", () => {
  test("one press on the wire: growing duration, one timestamp, marker first, three ends", () => {
    const { packets } = transmit("7", () => false);
    const seen = packets.map((packet) => {
      expect(parseRtp(packet, header)).toBe("ok");
      const [event, flags, high, low] = packet.subarray(header.payloadOffset);
      return [header.timestampTicks, header.marker, event, flags! >> 7, (high! << 8) | low!];
    });
    const timestamp = 0xffffff00;
    expect(seen).toEqual([
      [timestamp, true, 7, 0, 160],
      [timestamp, false, 7, 0, 320],
      [timestamp, false, 7, 0, 480],
      [timestamp, false, 7, 0, 640],
      [timestamp, false, 7, 1, 800],
      [timestamp, false, 7, 1, 800],
      [timestamp, false, 7, 1, 800],
    ]);
  });

  test("all digits arrive once, with their duration, though two of three packets are lost", () => {
    for (const lost of [() => false, (n: number) => n % 3 !== 1]) {
      const { events } = transmit(`${DTMF_DIGITS}1100`, lost);
      expect(pressed(events)).toBe(`${DTMF_DIGITS}1100`);
      expect(ended(events)).toBe(`${DTMF_DIGITS}1100`);
      expect(events.filter((e) => e.type === "end" && (e.reason !== "released" || e.durationMs !== 100))).toEqual([]);
    }
  });

  test("when every end packet is lost, the press ends by deadline or by the next press", () => {
    const endsLost = (n: number) => n % 7 >= 4;
    const single = transmit("5", endsLost).events;
    expect(single.at(-1)).toMatchObject({ type: "end", digit: "5", reason: "timeout", durationMs: 80 });
    const quick = transmit("55", endsLost, { pauseMs: 20 }).events;
    expect(pressed(quick)).toBe("55");
    expect(quick[1]).toMatchObject({ type: "end", reason: "replaced" });
  });

  test("any loss: never a digit that was not sent, never one twice, every start has an end", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 0.9, noNaN: true }), (seed, rate) => {
        const random = new Prng(seed);
        const { events } = transmit("0123456789", () => random.chance(rate));
        expect(pressed(events)).toBe(ended(events));
        expect(/^0?1?2?3?4?5?6?7?8?9?$/.test(pressed(events))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("a press of ten seconds is one press, in segments", () => {
    const receiver = new DtmfReceiver();
    const segment = (timestampTicks: number, durationTicks: number, end: boolean) => {
      const packet = Uint8Array.of(11, end ? 0x8a : 10, durationTicks >> 8, durationTicks & 255);
      receiver.receive({ ...header, timestampTicks, payloadOffset: 0, payloadLength: 4 }, packet, 0);
    };
    segment(100, 0xff00, false);
    segment(100, 0xffff, false);
    segment(100 + 0xffff, 8000, false);
    segment(100 + 0xffff, 14465, true);
    expect(receiver.poll()).toMatchObject({ type: "start", digit: "#" });
    expect(receiver.poll()).toMatchObject({ type: "end", digit: "#", durationMs: 10000, timestampTicks: 100 });
    expect(receiver.poll()).toBeUndefined();
  });

  test("garbage is counted; the queues are bounded", () => {
    const receiver = new DtmfReceiver();
    const at = (timestampTicks: number) => ({ ...header, timestampTicks, payloadOffset: 0, payloadLength: 4 });
    receiver.receive({ ...header, payloadOffset: 0, payloadLength: 3 }, Uint8Array.of(1, 2, 3), 0);
    receiver.receive(at(1), Uint8Array.of(16, 0, 0, 0), 0);
    expect([receiver.ignored, receiver.poll()]).toEqual([2, undefined]);
    for (let n = 1; n < 100; n++) receiver.receive(at(n * 1000), Uint8Array.of(1, 0x80, 0, 0), 0);
    expect(receiver.overflowed).toBe(99 * 2 - 32);
    const sender = new DtmfSender({ payloadType: 101 });
    expect([sender.send("12x"), sender.send("1".repeat(65)), sender.idle]).toEqual([false, false, true]);
    expect([sender.send("1".repeat(64)), sender.send("1")]).toEqual([true, false]);
  });
});

describe("in-band", () => {
  test("every digit, in noise, with twist, each press once", () => {
    const random = new Prng(1);
    const detector = new InbandDtmfDetector();
    const heard: string[] = [];
    for (const digit of `${DTMF_DIGITS}55`) {
      const [row, column] = frequenciesOfDigit(digit)!;
      const low = tone([row], 80, -16);
      const high = tone([column], 80, -12);
      const samples = new Int16Array(1120);
      for (let i = 0; i < samples.length; i++) samples[i] = (low[i] ?? 0) + (high[i] ?? 0) + 100 * random.gaussian();
      for (let at = 0; at < samples.length; at += 160) heard.push(detector.push(samples.subarray(at, at + 160)) ?? "");
    }
    expect(heard.join("")).toBe(`${DTMF_DIGITS}55`);
  });

  test("a blip of 15 ms is no digit", () => {
    const detector = new InbandDtmfDetector();
    expect(detector.push(tone(frequenciesOfDigit("5")!, 15, -12))).toBeUndefined();
    expect(detector.push(new Int16Array(400))).toBeUndefined();
  });

  test("speech-like harmonics, noise and single tones are no digits", () => {
    const random = new Prng(2);
    const detector = new InbandDtmfDetector();
    const noise = Int16Array.from({ length: 80000 }, () => 3000 * random.gaussian());
    expect(detector.push(noise)).toBeUndefined();
    for (let hz = 80; hz < 300; hz += 7) {
      expect(
        detector.push(
          tone(
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((h) => h * hz),
            200,
            -25,
          ),
        ),
      ).toBeUndefined();
    }
    for (const hz of [697, 941, 1209, 1633, 425]) expect(detector.push(tone([hz], 200, -10))).toBeUndefined();
  });
});
