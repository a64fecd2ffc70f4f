import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";
import { type Delays, firstWords } from "../src/virtual/first-word.ts";

/** Lengths differ, so that packets end at several phases of the VAD's windows. */
const LINES = ["I would like a haircut.", "Is Anita free tomorrow?", "At three, please.", "That is all for today."];
const FAST: Delays = { sttMs: 200, llmMs: 300, ttsMs: 100 };
const SLOW: Delays = { sttMs: 600, llmMs: 500, ttsMs: 200 };

export default suite({
  name: "first-word",
  title: "The caller's last voiced packet → her first audible one, providers of fixed delays, virtual time",
  smoke: { calls: 6 },
  full: { calls: 100 },
  run: async ({ calls }, { seed, progress }) => {
    const figures: Figure[] = [];
    for (const [name, delays] of Object.entries({ fast: FAST, slow: SLOW })) {
      progress(`${name} providers: ${delays.sttMs} + ${delays.llmMs} + ${delays.ttsMs} ms`);
      const words = [];
      for (let call = 0; call < calls; call++) {
        const lines = LINES.map((line) => `${"well ".repeat(call % 3)}${line}`);
        words.push(...(await firstWords(seed + call, lines, delays)));
      }
      const total = summarise(words.map(({ totalMs }) => totalMs));
      const engine = summarise(words.map(({ engineMs }) => engineMs));
      const middle = words.find(({ totalMs }) => totalMs === total.p50)!;
      const parts = [
        { name: "endpointing", value: middle.endpointingMs },
        { name: "stt", value: middle.sttMs },
        { name: "llm", value: middle.llmMs },
        { name: "tts", value: middle.ttsMs },
        { name: "engine: voice end", value: middle.voiceEndMs },
        { name: "engine: ticks", value: middle.engineMs - middle.voiceEndMs },
      ];
      figures.push(
        { name: `${name} providers, total`, unit: "ms", clock: "virtual", value: total.p95, summary: total, parts },
        {
          name: `${name} providers, engine-added`,
          unit: "ms",
          clock: "virtual",
          value: engine.p95,
          summary: engine,
          bar: { most: 30 },
        },
      );
    }
    return figures;
  },
});
