import { expect, test } from "bun:test";
import { RtpClock } from "./clock.ts";

test("48 kHz becomes 8 kHz across the wrap, also out of order", () => {
  const clock = new RtpClock(6);
  const start = 0xffff_ff00;
  const at = (packet: number) => clock.toOurs((start + packet * 960) >>> 0);
  expect([0, 1, 3, 2, 4].map(at)).toEqual([0, 160, 480, 320, 640]);
  expect(at(-1)).toBe(-160 >>> 0);
});
