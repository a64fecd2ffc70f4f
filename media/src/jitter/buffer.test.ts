import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pcmu } from "../g711/index.ts";
import { createRtpHeader, parseRtp } from "../rtp/packet.ts";
import { RtpSender } from "../rtp/sender.ts";
import { burstLoss, Netem, type NetemOptions, randomLoss } from "../sim/netem.ts";
import { JitterBuffer, type JitterBufferOptions, type PullKind } from "./buffer.ts";

/** Loud noise that says where it belongs: the μ-law code of sample `n` of the stream. */
const codeAt = (n: number) => (Math.imul(n + 1, 0x9e3779b1) >>> 24) | 0;
const DECODED = new Int16Array(256);
pcmu.decode(
  Uint8Array.from({ length: 256 }, (_, i) => i),
  DECODED,
);
const QUIET = 0xff;

interface Pulled {
  readonly atMs: number;
  readonly kind: PullKind;
  readonly position: number;
  readonly timestampTicks: number;
  readonly present: number;
  /** Samples that were received but are not what the sender put at this position. */
  readonly wrong: number;
}

/** A sender, a network, a buffer, and a puller, on one virtual clock. Position 0 is the first packet that arrived. */
class Line {
  readonly buffer: JitterBuffer;
  readonly pulled: Pulled[] = [];
  now = 0;
  #sentSamples = 0;
  #sender: RtpSender;
  readonly #netem: Netem;
  readonly #header = createRtpHeader();
  readonly #out = new Int16Array(160);
  readonly #firstTimestampTicks: number;
  #arrivedFirst: number | undefined;
  #someQuiet = false;

  constructor(net: NetemOptions, options: JitterBufferOptions = {}, firstTimestampTicks = 0xffff0000) {
    this.buffer = new JitterBuffer(options);
    this.#netem = new Netem(net);
    this.#firstTimestampTicks = firstTimestampTicks;
    this.#sender = this.#senderAt(firstTimestampTicks, 1);
  }

  #senderAt(firstTimestampTicks: number, ssrc: number): RtpSender {
    return new RtpSender({ ssrc, firstSequence: 65500, firstTimestampTicks, maxPayloadBytes: 480 });
  }

  /** The far end turns into another source with other timestamps. */
  changeSource(ssrc: number, timestampTicks: number): void {
    this.#sender = this.#senderAt(timestampTicks, ssrc);
  }

  /** The far end's timestamps leap without notice. */
  leap(ticks: number): void {
    this.#sender.skip(ticks);
  }

  /** Sends for `ms` in packets of `ptimeMs`; `speech` says which packets are loud (default all). `drift`: sender clock error. */
  talk(ms: number, ptimeMs = 20, speech?: (n: number) => boolean, drift = 0): this {
    this.#someQuiet ||= speech !== undefined;
    const samples = ptimeMs * 8;
    const start = this.now;
    for (let n = 0; n < ms / ptimeMs; n++) {
      this.#runTo(start + n * ptimeMs * (1 + drift));
      for (let i = 0; i < samples; i++)
        this.#sender.payload[i] = speech?.(n) === false ? QUIET : codeAt(this.#sentSamples + i);
      this.#netem.push(this.now, this.#sender.audio(0, samples, samples));
      this.#sentSamples += samples;
    }
    this.#runTo(start + ms * (1 + drift));
    return this;
  }

  /** Time passes with nothing sent; media time passes too unless the far end stops its clock. */
  pause(ms: number, clockRuns = true): this {
    if (clockRuns) {
      this.#sender.skip(ms * 8);
      this.#sentSamples += ms * 8;
    }
    this.#runTo(this.now + ms);
    return this;
  }

  #nextPullMs = 7;

  #runTo(until: number): void {
    for (;;) {
      const next = Math.min(this.#netem.deadline(), this.#nextPullMs);
      if (next > until) break;
      this.now = Math.max(this.now, next);
      if (this.#netem.deadline() <= this.now) this.#push(this.#netem.poll(this.now)!);
      else this.#pull();
    }
    this.now = until;
  }

  #push(packet: Uint8Array): void {
    expect(parseRtp(packet, this.#header)).toBe("ok");
    this.#arrivedFirst ??= (this.#header.timestampTicks - this.#firstTimestampTicks) >>> 0;
    this.buffer.push(this.#header, packet, this.now);
  }

  #pull(): void {
    this.#nextPullMs += 20;
    const frame = this.buffer.pull(this.now, this.#out);
    let present = 0;
    let wrong = 0;
    for (let i = 0; i < 160; i++) {
      const sample = this.#out[i]!;
      if (frame.present[i] === 0 && sample !== 0) wrong++;
      if (frame.present[i] === 0) continue;
      present++;
      if (
        sample !== DECODED[codeAt(frame.positionSamples + (this.#arrivedFirst ?? 0) + i)] &&
        !(this.#someQuiet && sample === 0)
      )
        wrong++;
    }
    const { kind, positionSamples: position, timestampTicks } = frame;
    this.pulled.push({ atMs: this.now, kind, position, timestampTicks, present, wrong });
  }

  kinds(): Record<PullKind, number> {
    const counts = { frame: 0, partial: 0, gap: 0, waiting: 0 };
    for (const { kind } of this.pulled) counts[kind]++;
    return counts;
  }

  /** Frames with audio, all of it checked to be the sender's and in order. */
  audible(): Pulled[] {
    const frames = this.pulled.filter((p) => p.present > 0);
    expect(frames.find((p) => p.wrong > 0)).toBeUndefined();
    expect(frames.find((p, i) => i > 0 && p.position < frames[i - 1]!.position + 160)).toBeUndefined();
    return frames;
  }

  timestampAt(position: number): number {
    return (this.#firstTimestampTicks + position) >>> 0;
  }
}

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

describe("JitterBuffer on a bad line", () => {
  test("loss alone adds no delay, and each lost packet costs its own 20 ms", () => {
    const lossy = new Line({ seed: 3, ...burstLoss(0.1, 3) }).talk(30000);
    const played = lossy.audible();
    const { concealedFrames, late, maxDelayMs } = lossy.buffer.stats();
    expect(late).toBe(0);
    expect(maxDelayMs).toBeLessThanOrEqual(50);
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
