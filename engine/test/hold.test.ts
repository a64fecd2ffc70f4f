/** Hold and vanished callers, in virtual time. */
import { expect, test } from "bun:test";
import type { Party } from "../src/sim/party.ts";
import { simulateCall } from "../src/sim/world.ts";

/** Stays on the line and says nothing. */
const mute = (): Party => ({ done: false, pausesMs: [], step: () => {} });

test("ninety seconds on hold end nothing, and she does not talk to the music", async () => {
  const { outcome, durationMs } = await simulateCall({
    seed: 7,
    party: mute,
    network: { delayMs: 20 },
    maxMs: 95_000,
    reinvites: [
      { atMs: 2000, terms: { sending: false } },
      { atMs: 92_000, terms: {} },
    ],
  });
  expect(durationMs).toBeGreaterThanOrEqual(95_000);
  expect(outcome.ended_by).toBe("caller");
  expect(outcome.transcript.filter(({ start_ms }) => start_ms > 10_000 && start_ms < 92_000)).toEqual([]);
});

test("a caller who vanishes is asked for, and let go", async () => {
  let hungUpMs = 0;
  const { outcome } = await simulateCall({
    seed: 7,
    party: mute,
    network: { delayMs: 20 },
    maxMs: 100_000,
    vanishesMs: 3000,
    observe: { hungUp: (now) => (hungUpMs = now) },
  });
  expect(hungUpMs).toBeWithin(10_000, 64_000);
  expect(outcome.ended_by).toBe("agent");
});
