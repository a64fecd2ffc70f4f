import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRtpHeader, parseRtp } from "../rtp/packet.ts";
import { RtpSender } from "../rtp/sender.ts";
import { Direct, Line } from "../sim/line.ts";
import { burstLoss, randomLoss } from "../sim/netem.ts";
import { JitterBuffer } from "./buffer.ts";

describe("JitterBuffer on a bad line", () => {
  test.each([7, 11])("loss alone adds no delay, and each lost packet costs its own 20 ms (phase %d ms)", (phaseMs) => {
    const startDelayMs = phaseMs === 7 ? 47 : 31;
    const lossy = new Line({ seed: 3, ...burstLoss(0.1, 3) }, {}, 0, phaseMs).talk(30000);
    const played = lossy.audible();
    const { concealedFrames, late, maxDelayMs } = lossy.buffer.stats();
    expect(late).toBe(0);
    expect(maxDelayMs).toBe(startDelayMs);
    expect(played.length / 1500).toBeWithin(0.86, 0.94);
    expect(concealedFrames).toBeLessThanOrEqual(1500 - played.length);
  });

  test("half a lost 30 ms packet's frames are partial", () => {
    const line = new Line({ seed: 5, ...randomLoss(0.05) }).talk(10000, 30);
    line.audible();
    expect(line.kinds().partial).toBeGreaterThan(5);
    expect(line.pulled.filter((p) => p.kind === "partial" && p.present !== 80)).toEqual([]);
  });

  test("reordered and duplicated packets cost nothing once the delay covers them", () => {
    const net = { seed: 3, reorderProbability: 0.1, reorderMs: 30, duplicateProbability: 0.2 };
    const line = new Line(net).talk(20000);
    line.audible();
    const stats = line.buffer.stats();
    expect(stats.reordered).toBeGreaterThan(80);
    expect(stats.duplicates + stats.late).toBeGreaterThan(150);
    expect(stats.concealedFrames).toBeLessThanOrEqual(5);
  });

  test("the delay grows to cover jitter, within its bounds, and few packets are late", () => {
    const line = new Line({ seed: 9, jitterMs: 25 }).talk(60000, 20, (n) => n % 100 < 80);
    line.audible();
    const { targetMs, late, queued, maxDelayMs } = line.buffer.stats();
    expect(targetMs).toBeWithin(80, 200);
    expect(late / (queued + late)).toBeLessThan(0.02);
    expect(maxDelayMs).toBeLessThanOrEqual(240);
  });

  test("packets stuck for 150 ms are played late rather than lost", () => {
    const header = createRtpHeader();
    const sender = new RtpSender({ ssrc: 1, firstSequence: 0, firstTimestampTicks: 0 });
    const buffer = new JitterBuffer();
    const out = new Int16Array(160);
    let frames = 0;
    for (let n = 0; n < 200; n++) {
      if (n < 100 || n >= 108) {
        for (let burst = n === 108 ? 9 : 1; burst > 0; burst--) {
          const packet = sender.audio(0, 160, 160);
          parseRtp(packet, header);
          buffer.push(header, packet, n * 20);
        }
      }
      if (buffer.pull(n * 20 + 7, out).kind === "frame") frames++;
    }
    expect(buffer.stats()).toMatchObject({ late: 0, queued: 200 });
    expect(frames).toBeGreaterThan(180);
  });

  test("a path that became 250 ms longer plays on without dropping audio again and again", () => {
    const far = new Direct();
    far.run(400, (n) => n * 20 + (n < 100 ? 0 : 250));
    expect(far.frames).toBeGreaterThan(380);
    expect(far.buffer.stats()).toMatchObject({ skippedFrames: 0, late: 0 });
  });

  test("after a long stall the delay comes back under its maximum though nobody pauses", () => {
    const stalled = new Direct();
    stalled.run(150, (n) => (n >= 100 && n < 113 ? 113 * 20 : n * 20));
    const { maxDelayMs, delayMs, skippedFrames } = stalled.buffer.stats();
    expect(maxDelayMs).toBeGreaterThan(240);
    expect(skippedFrames).toBeGreaterThan(2);
    expect(delayMs).toBeLessThanOrEqual(220);
  });

  test("delay no longer needed is given up on lost frames when nobody pauses", () => {
    const far = new Direct();
    const stuck = (n: number) => n % 25 < 8;
    const arrival = (n: number) => (n < 500 && stuck(n) ? Math.ceil(n / 25) * 500 + 160 : n * 20);
    far.run(3000, (n) => (n > 600 && n % 20 === 0 ? undefined : arrival(n)));
    const { maxDelayMs, delayMs, targetMs, skippedFrames } = far.buffer.stats();
    expect(maxDelayMs).toBeGreaterThan(120);
    expect(skippedFrames).toBeGreaterThan(2);
    expect(delayMs).toBeLessThan(targetMs + 25);
  });

  test("a straggler from before a pause does not pull the next talkspurt back", () => {
    const buffer = new JitterBuffer();
    const out = new Int16Array(160);
    const datagram = new Uint8Array(172);
    const push = (position: number, now: number) =>
      buffer.push({ ...createRtpHeader(), timestampTicks: position, payloadLength: 160 }, datagram, now);
    push(0, 0);
    push(320, 40);
    for (let now = 47; now < 700; now += 20) buffer.pull(now, out);
    expect(push(8000, 1000)).toBe("queued");
    expect(push(160, 1001)).toBe("late");
    expect(push(7840, 1002)).toBe("queued");
    for (let now = 1007; buffer.pull(now, out).kind === "waiting"; now += 20) expect(now).toBeLessThan(1060);
    expect(buffer.stats()).toMatchObject({ late: 1 });
    expect(buffer.pull(1070, out).positionSamples).toBe(8000);
  });

  test("any network: audio is right, in order, bounded, and the stream's end is noticed", () => {
    const networks = fc.record({
      seed: fc.integer(),
      delayMs: fc.integer({ min: 0, max: 100 }),
      jitterMs: fc.integer({ min: 0, max: 60 }),
      lossInGood: fc.double({ min: 0, max: 0.3, noNaN: true }),
      duplicateProbability: fc.double({ min: 0, max: 0.3, noNaN: true }),
      reorderProbability: fc.double({ min: 0, max: 0.3, noNaN: true }),
      reorderMs: fc.integer({ min: 1, max: 120 }),
    });
    const ptimes = fc.constantFrom(10, 20, 30, 60);
    const timestamps = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(networks, ptimes, timestamps, (net, ptimeMs, firstTimestampTicks) => {
        const line = new Line(net, {}, firstTimestampTicks);
        line.talk(3000, ptimeMs).pause(1500);
        line.audible();
        expect(line.pulled.at(-1)!.kind).toBe("waiting");
        const { maxDelayMs, queued, late, duplicates } = line.buffer.stats();
        expect(maxDelayMs).toBeLessThan(600);
        expect(queued + late + duplicates).toBeGreaterThan(0);
        expect(line.pulled.filter((p) => p.kind === "gap" || p.kind === "partial").length).toBeLessThan(150);
      }),
      { numRuns: 60 },
    );
  });
});
