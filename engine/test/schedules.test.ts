/**
 * Calls over random networks with random faults, against what must never be (sim/watchman.ts). `SK_SCHEDULES=2000` runs more of them,
 * `SK_SEED=…` begins elsewhere; a failure names the seed that repeats it.
 */
import { expect, test } from "bun:test";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { FakeSuite } from "../src/receptionist/sim/fake-suite.ts";
import { SALON } from "../src/receptionist/sim/workspace.ts";
import { FAULT_KINDS, type Fault, PROVIDERS } from "../src/sim/faults.ts";
import { interruptingParty } from "../src/sim/party.ts";
import { Watchman } from "../src/sim/watchman.ts";
import { simulateCall } from "../src/sim/world.ts";

const FIRST_SEED = Number(process.env["SK_SEED"] ?? 1);
const COUNT = Number(process.env["SK_SCHEDULES"] ?? 100);
const MAX_CALL_MS = 20_000;
const TEST_MS = 60_000 + 1000 * COUNT;

const LINES = [
  "I'd like to book a haircut for tomorrow at three pm.",
  "My name is Priya Raghavan.",
  "Yes, please.",
  "What are your opening hours?",
  "No, Friday, not Thursday.",
  "Okay.",
  "Can I speak to a human, please?",
  "Mm.",
  "No, thank you. Goodbye.",
];

const pick = <Item>(random: Prng, items: readonly Item[]) => items[random.integer(0, items.length - 1)]!;

function schedule(random: Prng): Fault[] {
  return Array.from({ length: random.integer(0, 4) }, () => {
    const fromMs = random.integer(0, MAX_CALL_MS);
    const untilMs = fromMs + random.integer(200, 15_000);
    return { provider: pick(random, PROVIDERS), kind: pick(random, FAULT_KINDS), fromMs, untilMs };
  });
}

async function violations(seed: number): Promise<readonly string[]> {
  const random = new Prng(seed);
  const watchman = new Watchman();
  const suite = new FakeSuite(SALON);
  await simulateCall({
    seed: random.uint32(),
    party: interruptingParty(
      Array.from({ length: random.integer(1, 5) }, () => pick(random, LINES)),
      random.integer(0, 2) === 0 ? random.integer(100, 3000) : Number.POSITIVE_INFINITY,
    ),
    network: {
      delayMs: random.integer(0, 60),
      jitterMs: random.integer(0, 12),
      lossInGood: random.integer(0, 4) / 100,
    },
    maxMs: MAX_CALL_MS,
    sttMs: random.integer(50, 400),
    ttsMs: random.integer(0, 300),
    suite,
    faults: schedule(random),
    observe: watchman,
  });
  return watchman.finish(suite.requests);
}

test(
  `${COUNT} calls with faults keep every promise (SK_SEED=${FIRST_SEED})`,
  async () => {
    const broken: string[] = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT; seed++) {
      for (const violation of await violations(seed)) broken.push(`SK_SEED=${seed}: ${violation}`);
    }
    expect(broken).toEqual([]);
  },
  TEST_MS,
);
