import { describe, expect, test } from "bun:test";
import { createRtpHeader, type RtpHeader } from "./packet.ts";
import { RtpReceiver } from "./receiver.ts";

function headerOf(sequence: number, fields: Partial<RtpHeader> = {}): RtpHeader {
  const timestampTicks = (sequence * 160) >>> 0;
  return { ...createRtpHeader(), ssrc: 7, sequence: sequence & 0xffff, timestampTicks, payloadLength: 160, ...fields };
}

describe("RtpReceiver", () => {
  test("a steady stream has no loss and no jitter, over a timestamp wrap", () => {
    const receiver = new RtpReceiver();
    for (let n = 0; n < 100; n++) {
      const timestampTicks = (0xfffffff0 + n * 160) >>> 0;
      expect(receiver.receive(headerOf(65500 + n, { timestampTicks }), 1000 + n * 20)).toBe("ok");
    }
    expect(receiver.stats()).toMatchObject({
      received: 100,
      expected: 100,
      lost: 0,
      jitterMs: 0,
      timestampJumps: 0,
      payloadBytes: 16000,
      lastArrivalMs: 2980,
    });
  });

  test("jitter follows RFC 3550 A.8", () => {
    const receiver = new RtpReceiver();
    const arrivalsMs = [0, 25, 38, 61, 80];
    arrivalsMs.forEach((now, n) => {
      receiver.receive(headerOf(n), now);
    });
    let jitter = 0;
    for (const deviationMs of [5, 7, 3, 1]) jitter += (deviationMs - jitter) / 16;
    expect(receiver.stats().jitterMs).toBeCloseTo(jitter, 9);
  });

  test("telephone events count as packets but not as jitter", () => {
    const receiver = new RtpReceiver();
    receiver.receive(headerOf(0), 0);
    for (let n = 1; n < 8; n++) receiver.receive(headerOf(n, { timestampTicks: 160 }), n * 20, false);
    receiver.receive(headerOf(8), 160);
    expect(receiver.stats()).toMatchObject({ received: 9, jitterMs: 0 });
  });

  test("lost packets: late and duplicate ones are not lost, and duplicates do not hide losses", () => {
    const receiver = new RtpReceiver();
    const verdicts = [0, 1, 4, 4, 4, 3, 6].map((n) => receiver.receive(headerOf(n), n * 20));
    expect(verdicts).toEqual(["ok", "ok", "ok", "duplicate", "duplicate", "reordered", "ok"]);
    expect(receiver.stats()).toMatchObject({ expected: 7, received: 7, lost: 2, duplicates: 2, reordered: 1 });
  });

  test("a stray SSRC is refused, a lasting one taken over, and the totals go on", () => {
    const receiver = new RtpReceiver();
    for (let n = 0; n < 10; n++) if (n !== 5) receiver.receive(headerOf(n), n * 20);
    expect(receiver.receive(headerOf(900, { ssrc: 8 }), 200)).toBe("probation");
    expect(receiver.receive(headerOf(10), 200)).toBe("ok");
    expect(receiver.receive(headerOf(50000, { ssrc: 9 }), 220)).toBe("probation");
    expect(receiver.receive(headerOf(50001, { ssrc: 9 }), 240)).toBe("new-source");
    expect(receiver.receive(headerOf(50002, { ssrc: 9 }), 260)).toBe("ok");
    expect(receiver.stats()).toMatchObject({
      ssrc: 9,
      received: 2,
      lost: 0,
      ssrcChanges: 1,
      refused: 2,
      totalReceived: 12,
      totalLost: 1,
    });
  });

  test("a second stream beside a living one never takes over", () => {
    const receiver = new RtpReceiver();
    for (let n = 0; n < 50; n++) {
      expect(receiver.receive(headerOf(n), n * 20)).toBe("ok");
      if (n > 0) expect(receiver.receive(headerOf(n + 700, { ssrc: 66 }), n * 20 + 1)).toBe("probation");
    }
    expect(receiver.stats()).toMatchObject({ ssrc: 7, ssrcChanges: 0, refused: 49 });
  });

  test("a timestamp jump is counted and leaves the jitter estimate alone", () => {
    const receiver = new RtpReceiver();
    for (let n = 0; n < 5; n++) receiver.receive(headerOf(n), n * 20);
    for (let n = 5; n < 10; n++) receiver.receive(headerOf(n, { timestampTicks: n * 160 + 5_000_000 }), n * 20);
    expect(receiver.stats()).toMatchObject({ timestampJumps: 1, jitterMs: 0 });
  });

  test("a restarted sequence is believed at its second packet", () => {
    const receiver = new RtpReceiver();
    for (let n = 0; n < 5; n++) receiver.receive(headerOf(n), n * 20);
    expect(receiver.receive(headerOf(40000), 100)).toBe("jump");
    expect(receiver.receive(headerOf(40001), 120)).toBe("restart");
    expect(receiver.stats()).toMatchObject({ restarts: 1, lost: 0 });
  });
});
