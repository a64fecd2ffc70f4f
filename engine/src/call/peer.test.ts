import { expect, test } from "bun:test";
import { SymmetricPeer } from "./peer.ts";

const SIGNALLED = { address: "10.0.0.1", port: 4000 };

test("sends to the signalled address until packets come, then to their source", () => {
  const peer = new SymmetricPeer(SIGNALLED);
  expect(peer).toMatchObject(SIGNALLED);
  expect(peer.accepts(0, "198.51.100.7", 61_000)).toBe(true);
  expect(peer).toMatchObject({ address: "198.51.100.7", port: 61_000 });
});

test("a stranger neither gets in nor gets our audio", () => {
  const peer = new SymmetricPeer(SIGNALLED);
  peer.accepts(0, "10.0.0.1", 4000);
  expect(peer.accepts(20, "203.0.113.9", 4000)).toBe(false);
  expect(peer.accepts(40, "10.0.0.1", 4002)).toBe(false);
  expect(peer).toMatchObject(SIGNALLED);
  expect(peer.strangers).toBe(2);
});

test("the latch opens after five silent seconds and after a re-INVITE", () => {
  const peer = new SymmetricPeer(SIGNALLED);
  peer.accepts(0, "10.0.0.1", 4000);
  expect(peer.accepts(5000, "10.0.0.1", 5000)).toBe(true);
  peer.moved({ address: "10.0.0.2", port: 6000 });
  expect(peer).toMatchObject({ address: "10.0.0.2", port: 6000 });
  expect(peer.accepts(5010, "10.0.0.3", 7000)).toBe(true);
});
