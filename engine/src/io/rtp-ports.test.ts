import { expect, test } from "bun:test";
import { RtpPorts } from "./rtp-ports.ts";

test("even ports, each once, the one freed last comes back last", () => {
  const ports = new RtpPorts(4001, 4006);
  expect([ports.take(), ports.take(), ports.take(), ports.take()]).toEqual([4002, 4004, 4006, undefined]);
  ports.give(4004);
  ports.give(4002);
  expect([ports.take(), ports.take()]).toEqual([4004, 4002]);
  expect(ports.takenCount).toBe(3);
});

test("giving back a port that was not taken changes nothing", () => {
  const ports = new RtpPorts(4000, 4000);
  ports.give(4000);
  expect(ports.take()).toBe(4000);
  expect(ports.take()).toBeUndefined();
});
