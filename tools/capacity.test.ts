import { expect, test } from "bun:test";
import { plan, simulateHour } from "./capacity.ts";

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("nodes follow from the cost of a call, with one to spare", () => {
  expect(plan(10_000, 16)).toMatchObject({ callsPerNode: 1821, nodes: 7 });
  expect(plan(1_000_000, 16).nodes).toBe(551);
});

test("with a node to spare its death refuses nobody; without room callers are refused", () => {
  const { nodes, callsPerNode } = plan(10_000, 16);
  const spared = simulateHour(10_000, nodes, callsPerNode, seeded(1));
  expect(spared.refused).toBe(0);
  expect(spared.dropped).toBeGreaterThan(1000);
  expect(simulateHour(10_000, 6, 1600, seeded(1)).refused).toBeGreaterThan(0);
});
