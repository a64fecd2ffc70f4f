import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRtpHeader } from "../rtp/packet.ts";
import { Timeline } from "./timeline.ts";

const at = (timestampTicks: number, ssrc = 1) => ({ ...createRtpHeader(), timestampTicks: timestampTicks >>> 0, ssrc });

describe("Timeline", () => {
  test("follows timestamps from any start through the wrap, late packets included", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (start) => {
        const timeline = new Timeline();
        for (let n = 0; n < 50; n++) expect(timeline.place(at(start + n * 160), n * 20, 0)).toBe(n * 160);
        expect(timeline.place(at(start + 40 * 160), 1000, 0)).toBe(40 * 160);
        expect(timeline.timestampAt(0)).toBe(start);
        expect([timeline.reordered, timeline.resyncs]).toEqual([1, 0]);
      }),
    );
  });

  test("bridges a jump by arrival time, but never back into audio already there", () => {
    const timeline = new Timeline();
    timeline.place(at(1000), 0, 0);
    expect(timeline.place(at(9_000_000), 100, 160)).toBe(800);
    expect(timeline.place(at(77, 2), 105, 960)).toBe(960);
    expect(timeline.timestampAt(960)).toBe(77);
    expect(timeline.resyncs).toBe(2);
  });
});
