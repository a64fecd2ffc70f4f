/** Whichever provider dies, stalls, drags, breaks off or lies, in whatever state of the turn: nobody waits 3 s for nothing. */
import { expect, test } from "bun:test";
import { FakeSuite } from "../src/receptionist/sim/fake-suite.ts";
import { SALON } from "../src/receptionist/sim/workspace.ts";
import { FAULT_KINDS, type Fault, PROVIDERS } from "../src/sim/faults.ts";
import { interruptingParty } from "../src/sim/party.ts";
import { Watchman } from "../src/sim/watchman.ts";
import { simulateCall } from "../src/sim/world.ts";
import type { TurnState } from "../src/talk/turn-events.ts";

const SEED = 20_261_124;
/** All kinds with SK_FAULTS=all; three are enough for `check`. */
const KINDS = process.env["SK_FAULTS"] === "all" ? FAULT_KINDS : (["dead", "stall", "corrupt"] as const);
const TEST_MS = 60_000;
const LINES = ["I'd like to book a haircut for tomorrow at three pm.", "My name is Priya Raghavan.", "Yes, please."];

async function watched(faults: readonly Fault[]): Promise<Watchman> {
  const watchman = new Watchman();
  const suite = new FakeSuite(SALON);
  await simulateCall({
    seed: SEED,
    party: interruptingParty(LINES, 1200),
    network: {},
    maxMs: 25_000,
    suite,
    faults,
    observe: watchman,
  });
  watchman.finish(suite.requests);
  return watchman;
}

const STATES: readonly TurnState[] = ["listening", "hearing", "settling", "replying", "noticed", "overlap"];
const calm = await watched([]);

test("without faults every state of the turn is seen", () => {
  expect(calm.violations).toEqual([]);
  expect(STATES.filter((state) => !calm.states.has(state))).toEqual([]);
});

for (const provider of PROVIDERS) {
  test(
    `${provider}: ${KINDS.join(", ")} in each state`,
    async () => {
      const failures: string[] = [];
      for (const kind of KINDS) {
        for (const state of STATES) {
          const fromMs = calm.states.get(state) ?? 0;
          const { violations } = await watched([{ provider, kind, fromMs, untilMs: fromMs + 15_000 }]);
          failures.push(...violations.map((violation) => `${kind} from ${state} at ${fromMs}: ${violation}`));
        }
      }
      expect(failures).toEqual([]);
    },
    TEST_MS,
  );
}
