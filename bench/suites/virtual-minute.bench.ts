import { scriptedParty } from "@sk-voice/engine/sim/party.ts";
import { linesInOrder } from "@sk-voice/engine/sim/script.ts";
import { simulateCall } from "@sk-voice/engine/sim/world.ts";
import { randomLoss } from "@sk-voice/media/sim/netem.ts";
import { suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";

const LINES = [
  "I'd like to book a haircut for tomorrow at three pm.",
  "My name is Priya Raghavan.",
  "Yes, please.",
  "Yes, please.",
  "What are your opening hours?",
  "Where are you located?",
  "No, thank you. Goodbye.",
];

export default suite({
  name: "virtual-minute",
  title: "What a two-way minute of virtual time costs, 2 % loss, embedded receptionist",
  smoke: { warmUps: 1, calls: 3 },
  full: { warmUps: 10, calls: 40 },
  run: async ({ warmUps, calls }, { seed }) => {
    const samples: number[] = [];
    for (let call = 0; call < warmUps + calls; call++) {
      const startMs = performance.now();
      const network = { ...randomLoss(0.02), delayMs: 30, jitterMs: 5 };
      const { durationMs } = await simulateCall({
        seed,
        party: scriptedParty(linesInOrder(LINES)),
        network,
        maxMs: 90_000,
      });
      if (call >= warmUps) samples.push(((performance.now() - startMs) / durationMs) * 60_000);
    }
    const summary = summarise(samples);
    return [{ name: "a virtual minute", unit: "ms", clock: "wall", value: summary.p50, summary, bar: { most: 50 } }];
  },
});
