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

test("a stranger that was first yields to the signalled source, and cannot come back", () => {
  const peer = new SymmetricPeer(SIGNALLED);
  expect(peer.accepts(0, "203.0.113.9", 4000)).toBe(true);
  expect(peer.accepts(20, "10.0.0.1", 4000)).toBe(true);
  expect(peer.accepts(40, "203.0.113.9", 4000)).toBe(false);
  expect(peer).toMatchObject(SIGNALLED);
});

test("a source that is not the signalled one keeps its latch against other strangers", () => {
  const peer = new SymmetricPeer(SIGNALLED);
  peer.accepts(0, "198.51.100.7", 61_000);
  expect(peer.accepts(20, "203.0.113.9", 61_000)).toBe(false);
  expect(peer.accepts(40, "198.51.100.7", 61_000)).toBe(true);
});

test("after five silent seconds a new port of the same address is believed, another address never", () => {
  const peer = new SymmetricPeer(SIGNALLED);
  peer.accepts(0, "10.0.0.1", 4000);
  expect(peer.accepts(4999, "10.0.0.1", 5000)).toBe(false);
  expect(peer.accepts(9000, "203.0.113.9", 4000)).toBe(false);
  expect(peer.accepts(9000, "10.0.0.1", 5000)).toBe(true);
});

test("a re-INVITE to another address opens the latch; one to the same address leaves it", () => {
  const peer = new SymmetricPeer(SIGNALLED);
  peer.accepts(0, "198.51.100.7", 61_000);
  peer.moved(SIGNALLED);
  expect(peer).toMatchObject({ address: "198.51.100.7", port: 61_000 });
  peer.moved({ address: "10.0.0.2", port: 6000 });
  expect(peer).toMatchObject({ address: "10.0.0.2", port: 6000 });
  expect(peer.accepts(5010, "10.0.0.3", 7000)).toBe(true);
});
