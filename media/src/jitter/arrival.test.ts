import { expect, test } from "bun:test";
import fc from "fast-check";
import { pcmu } from "../g711/index.ts";
import { createRtpHeader, parseRtp, RTP_HEADER_BYTES, writeRtpHeader } from "../rtp/packet.ts";
import { ArrivalStream } from "./arrival.ts";

const FIRST_TICKS = 0xffff_ff00;
const header = createRtpHeader();

/** Packet `n` of 20 ms: every sample tells which it is. */
function packet(n: number): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER_BYTES + 160);
  writeRtpHeader(bytes, 0, false, n, (FIRST_TICKS + n * 160) >>> 0, 7);
  pcmu.encode(new Int16Array(160).fill(1000 + 100 * n), bytes.subarray(RTP_HEADER_BYTES));
  return bytes;
}

class Ear {
  samples: number[] = [];
  readonly ends: number[] = [];
  readonly stream = new ArrivalStream((samples, endMs) => {
    this.samples.push(...samples);
    this.ends.push(endMs);
  });

  arrives(n: number, now: number): void {
    const bytes = packet(n);
    parseRtp(bytes, header);
    this.stream.push(header, bytes, now);
  }
}

test("packets in order come out at once, dated by their arrival", () => {
  const ear = new Ear();
  for (let n = 0; n < 5; n++) ear.arrives(n, 100 + 20 * n);
  expect(ear.samples.length).toBe(800);
  expect(ear.ends).toEqual([100, 120, 140, 160, 180]);
});

test("a late packet is dated by the quickest one, and nothing of it is lost", () => {
  const ear = new Ear();
  for (const [n, now] of [
    [0, 100],
    [1, 120],
    [2, 170],
    [3, 171],
  ] as const)
    ear.arrives(n, now);
  expect(ear.samples.length).toBe(640);
  expect(ear.ends.map(Math.round)).toEqual([100, 120, 140, 161]);
});

test("a hole is bridged by the frame before it, fading, and an overtaken packet is dropped", () => {
  const ear = new Ear();
  ear.arrives(0, 100);
  ear.arrives(2, 140);
  ear.arrives(1, 141);
  expect(ear.samples.length).toBe(480);
  expect(ear.samples[170]).toBe(Math.trunc(ear.samples[10]! / 2));
  expect(ear.stream.latePackets).toBe(1);
});

test("a caller whose packets stop falls silent after 100 ms", () => {
  const ear = new Ear();
  for (let n = 0; n < 3; n++) ear.arrives(n, 100 + 20 * n);
  for (let now = 160; now <= 340; now += 20) ear.stream.tick(now);
  expect(ear.samples.slice(480).every((sample) => sample === 0)).toBe(true);
  expect(ear.ends.at(-1)).toBeGreaterThanOrEqual(260);
  expect(ear.ends.at(-1)).toBeLessThanOrEqual(280);
});

test("another SSRC's time line starts anew", () => {
  const ear = new Ear();
  ear.arrives(0, 100);
  ear.arrives(5000, 120);
  expect(ear.samples.length).toBe(320);
  expect(ear.ends).toEqual([100, 120]);
});

test("whatever the order, no end lies in the future, and the stream has no holes", () => {
  const arrivals = fc.array(fc.tuple(fc.nat(40), fc.nat(60)), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(arrivals, (steps) => {
      const ear = new Ear();
      let now = 0;
      let most = -1;
      for (const [n, gapMs] of steps) {
        now += gapMs;
        most = Math.max(most, n);
        ear.arrives(n, now);
        expect(ear.ends.at(-1)).toBeLessThanOrEqual(now);
      }
      expect(ear.samples.length).toBe((most - steps[0]![0] + 1) * 160);
    }),
  );
});
