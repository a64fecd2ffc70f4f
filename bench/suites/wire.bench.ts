/** One call at a time over real SIP and RTP, unloaded: what a caller's ear hears, by the kernel's times of arrival. */
import { LoadBench } from "../load/run.ts";
import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";

const INTERRUPT_AFTER_MS = 400;

export default suite({
  name: "wire",
  title: "One call over real UDP: first word, greeting and barge-in at the caller's ear",
  smoke: { calls: 2, measureMs: 6000 },
  full: { calls: 4, measureMs: 20_000 },
  run: async ({ calls, measureMs }, { progress }) => {
    const bench = new LoadBench();
    const engineMs: number[] = [];
    const responseMs: number[] = [];
    const greetingMs: number[] = [];
    const duckedMs: number[] = [];
    const lastFullMs: number[] = [];
    try {
      await bench.start();
      progress("warming up");
      await bench.step(10, 3000);
      for (let call = 0; call < calls; call++) {
        progress(`call ${call + 1} of ${calls}`);
        const { lines, engineAddedMs } = await bench.step(1, measureMs);
        engineMs.push(...engineAddedMs);
        responseMs.push(...lines.flatMap((line) => line.responsesMs));
        greetingMs.push(...lines.flatMap(({ firstAudioMs }) => firstAudioMs ?? []));
      }
      for (let call = 0; call < calls; call++) {
        progress(`interrupted call ${call + 1} of ${calls}`);
        const { lines } = await bench.step(1, measureMs, { interruptAfterMs: INTERRUPT_AFTER_MS });
        duckedMs.push(...lines.flatMap((line) => line.duckedMs));
        lastFullMs.push(...lines.flatMap((line) => line.lastFullMs));
      }
    } finally {
      await bench.stop();
    }
    const spread = (name: string, samples: readonly number[], most?: number): Figure => {
      const summary = summarise(samples);
      return { name, unit: "ms", clock: "wall", value: summary.p95, summary, ...(most ? { bar: { most } } : {}) };
    };
    return [
      spread("last voiced packet → first audible one", responseMs),
      spread("engine-added", engineMs, 30),
      spread("ACK → first sound", greetingMs, 40),
      spread("barge-in: onset → turned down", duckedMs, 120),
      spread("barge-in: onset → last packet at full level", lastFullMs, 120),
    ];
  },
});
