import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRtpHeader, parseRtp } from "../rtp/packet.ts";
import { RtpSender } from "../rtp/sender.ts";
import { Line } from "../sim/line.ts";
import { JitterBuffer } from "./buffer.ts";

describe("JitterBuffer on a clean line", () => {
  test.each([10, 20, 30, 40, 50, 60])("ptime %d ms becomes whole 20 ms frames, in time", (ptimeMs) => {
    const line = new Line({ seed: 1 }).talk(6000, ptimeMs);
    const frames = line.audible();
    expect(line.buffer.stats()).toMatchObject({ late: 0, duplicates: 0, concealedFrames: 0, resyncs: 0 });
    expect(frames.filter((p) => p.position !== frames.indexOf(p) * 160)).toEqual([]);
    expect(frames.filter((p) => p.timestampTicks !== line.timestampAt(p.position))).toEqual([]);
    expect(frames.length).toBeGreaterThan(292);
    expect(line.buffer.stats().maxDelayMs).toBeLessThanOrEqual(80);
  });

  test("starts with the start delay and stays there without reason to change", () => {
    const line = new Line({ seed: 1 }).talk(400);
    expect(line.audible()[0]!.atMs).toBeWithin(30, 51);
    expect(line.kinds().gap).toBe(0);
  });

  test("the delay shrinks in pauses of speech, not in speech", () => {
    const pauses = (n: number) => n % 100 < 80;
    const talked = new Line({ seed: 1 }).talk(20000, 20, pauses);
    expect(talked.buffer.stats().targetMs).toBe(20);
    expect(talked.buffer.stats().delayMs).toBeLessThanOrEqual(30);
    expect(talked.buffer.stats().skippedFrames).toBe(1);
    const neverPaused = new Line({ seed: 1 }).talk(20000);
    expect(neverPaused.buffer.stats().skippedFrames).toBe(0);
  });

  test("a sender clock 300 ppm off, for ten minutes either way, costs a frame now and then but no more", () => {
    for (const drift of [3e-4, -3e-4]) {
      const line = new Line({ seed: 1 }).talk(600_000, 20, (n) => n % 100 < 80, drift);
      line.audible();
      const { late, concealedFrames, heldFrames, skippedFrames, delayMs } = line.buffer.stats();
      expect(late + concealedFrames).toBeLessThanOrEqual(2);
      expect(heldFrames + skippedFrames).toBeWithin(8, 14);
      expect(delayMs).toBeLessThan(60);
    }
  });
});

describe("JitterBuffer when the far end changes", () => {
  test("silence suppression: talkspurts keep their place in time", () => {
    const line = new Line({ seed: 1 });
    line.talk(500).pause(2000).talk(500).pause(100).talk(500).pause(500);
    const frames = line.audible();
    expect(frames.length).toBe(75);
    expect(frames[25]!.position).toBe(2500 * 8);
    expect(frames[25]!.atMs).toBeWithin(2530, 2551);
    expect(frames[50]!.position).toBe(3100 * 8);
    expect(line.buffer.stats()).toMatchObject({ late: 0, resyncs: 0 });
  });

  test.each([
    ["another SSRC", (line: Line) => line.changeSource(77, 123456)],
    ["a leap forward", (line: Line) => line.leap(80_000_000)],
    ["a leap back", (line: Line) => line.leap(-80_000_000)],
  ])("%s is bridged by arrival time without losing a frame", (_, change) => {
    const line = new Line({ seed: 1 }).talk(1000);
    change(line);
    line.talk(1000).pause(500);
    const frames = line.audible();
    expect(frames.length).toBe(100);
    expect(frames.at(-1)!.position).toBe(99 * 160);
    expect(line.buffer.stats()).toMatchObject({ resyncs: 1, late: 0 });
  });

  test("a far end that stops its clock on hold comes back at the time it comes back", () => {
    const line = new Line({ seed: 1 }).talk(1000).pause(60_000, false);
    line.talk(1000).pause(500);
    const back = line.pulled.filter((p) => p.present > 0)[50]!;
    expect(back.position).toBe(50 * 160 + 60_000 * 8);
    expect(back.atMs).toBeWithin(61_030, 61_051);
  });

  test("a far end that lost 800 ms somewhere is given the target delay again, not played from hand to mouth", () => {
    const line = new Line({ seed: 1 }).talk(1000).pause(800, false);
    line.talk(1000).pause(500);
    expect(line.audible()[50]!.atMs).toBeWithin(1830, 1851);
    expect(line.buffer.stats()).toMatchObject({ resyncs: 0, late: 0 });
  });

  test("comfort noise, events and empty packets are refused", () => {
    const buffer = new JitterBuffer();
    const header = { ...createRtpHeader(), payloadType: 13, payloadLength: 1 };
    expect(buffer.push(header, new Uint8Array(13), 0)).toBe("unsupported");
    expect(buffer.push({ ...header, payloadType: 0, payloadLength: 0 }, new Uint8Array(12), 0)).toBe("unsupported");
    expect(buffer.pull(0, new Int16Array(160)).kind).toBe("waiting");
  });

  test("a flood of future audio keeps the newest second and goes on", () => {
    const buffer = new JitterBuffer();
    const header = createRtpHeader();
    const sender = new RtpSender({ ssrc: 1, firstSequence: 0, firstTimestampTicks: 0 });
    const out = new Int16Array(160);
    for (let n = 0; n < 5000; n++) {
      const packet = sender.audio(0, 160, 160);
      parseRtp(packet, header);
      expect(buffer.push(header, packet, 100)).toBe("queued");
    }
    expect(buffer.stats().overflows).toBeGreaterThan(0);
    expect(buffer.pull(120, out).kind).toBe("frame");
  });

  test("random timestamps, sources and payloads never break it", () => {
    const packets = fc.array(
      fc.record({
        ssrc: fc.integer({ min: 0, max: 2 }),
        timestampTicks: fc.integer({ min: 0, max: 0xffffffff }),
        payloadLength: fc.integer({ min: 0, max: 1400 }),
        gapMs: fc.integer({ min: 0, max: 2000 }),
      }),
      { maxLength: 200 },
    );
    const datagram = new Uint8Array(1412);
    const out = new Int16Array(160);
    fc.assert(
      fc.property(packets, (list) => {
        const buffer = new JitterBuffer();
        let now = 0;
        let position = Number.NEGATIVE_INFINITY;
        for (const { gapMs, ...fields } of list) {
          buffer.push({ ...createRtpHeader(), ...fields }, datagram, now);
          const frame = buffer.pull(now, out);
          expect(frame.positionSamples).toBeGreaterThanOrEqual(position);
          position = frame.positionSamples;
          now += gapMs;
        }
      }),
    );
  });
});
