import { scriptedParty } from "@sk-voice/engine/sim/party.ts";
import { linesInOrder } from "@sk-voice/engine/sim/script.ts";
import { simulateCall } from "@sk-voice/engine/sim/world.ts";
import { suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";
import { packetPeak, SILENT_PEAK } from "../src/virtual/watch.ts";

export default suite({
  name: "greeting",
  title: "Answered → first audible packet, greeting cached as on a warm engine, virtual time",
  smoke: { calls: 5 },
  full: { calls: 50 },
  run: async ({ calls }, { seed }) => {
    const samples: number[] = [];
    for (let call = 0; call < calls; call++) {
      let firstMs: number | undefined;
      await simulateCall({
        seed: seed + call,
        party: scriptedParty(linesInOrder([])),
        network: { delayMs: 30, jitterMs: 5 },
        maxMs: 20_000,
        ttsMs: 0,
        observe: {
          agentPacket: (now, packet) => {
            if (packetPeak(packet) > SILENT_PEAK) firstMs ??= now;
          },
        },
      });
      samples.push(firstMs ?? Number.POSITIVE_INFINITY);
    }
    const summary = summarise(samples);
    return [
      { name: "answered → greeting", unit: "ms", clock: "virtual", value: summary.p95, summary, bar: { most: 40 } },
    ];
  },
});
