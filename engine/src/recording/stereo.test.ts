import { expect, test } from "bun:test";
import { StereoTimeline } from "./stereo.ts";

const frame = (value: number) => new Int16Array(160).fill(value);
const left = (pcm: Int16Array) => pcm.filter((_, index) => index % 2 === 0);
const right = (pcm: Int16Array) => pcm.filter((_, index) => index % 2 === 1);

test("both sides stand where they were on the wire", () => {
  const timeline = new StereoTimeline(1000);
  timeline.sent(1000, frame(7));
  timeline.received(1010, 50_000, frame(5));
  timeline.received(1034, 50_160, frame(6));
  const pcm = timeline.finish(1100);
  expect(pcm.length).toBe(1600);
  expect(right(pcm).indexOf(7)).toBe(0);
  expect(left(pcm).indexOf(5)).toBe(80);
  // By RTP time, not by the 4 ms later arrival.
  expect(left(pcm).indexOf(6)).toBe(240);
});

test("a lost packet leaves its place silent", () => {
  const timeline = new StereoTimeline(0);
  timeline.received(0, 0, frame(5));
  timeline.received(40, 320, frame(5));
  const pcm = left(timeline.finish(60));
  expect([...pcm.subarray(160, 320)].every((value) => value === 0)).toBe(true);
  expect(pcm[320]).toBe(5);
});

test("a restarted stream is placed anew", () => {
  const timeline = new StereoTimeline(0);
  timeline.received(0, 4_000_000_000, frame(1));
  timeline.received(20, 123, frame(2));
  expect(left(timeline.finish(40)).indexOf(2)).toBe(160);
});

test("hours of call keep nothing but four seconds", () => {
  const timeline = new StereoTimeline(0);
  let frames = 0;
  for (let at = 0; at < 60_000; at += 20) {
    timeline.sent(at, frame(at % 100));
    frames += (timeline.take(at, 8000)?.length ?? 0) / 2;
  }
  frames += timeline.finish(60_000).length / 2;
  expect(frames).toBe(480_000);
});
