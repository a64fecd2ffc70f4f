import { openSileroVad } from "@sk-voice/models/io/silero-vad.ts";
import { measureAsync } from "../src/measure.ts";
import { type Figure, suite } from "../src/suite.ts";

export default suite({
  name: "vad",
  title: "Neural VAD (Silero v6, 8 kHz, 32 ms windows), alone and in batches",
  smoke: { operations: 2, batches: 30 },
  full: { operations: 50, batches: 40 },
  run: async ({ operations, batches }, { progress }) => {
    const model = await openSileroVad();
    const perWindow: number[] = [];
    /** The quickest of all: what else the machine does is in none of them. */
    const quickest: number[] = [];
    const figures: Figure[] = [];
    for (const calls of [1, 8, 32]) {
      progress(`${calls} calls`);
      const windows = new Float32Array(calls * model.windowSamples).map((_, i) => 0.1 * Math.sin(i / 7));
      const states = Array.from({ length: calls }, () => model.createState());
      const out = new Float32Array(calls);
      const name = `${calls} in a batch`;
      const measured = await measureAsync({ name, operations, batches, per: "batch" }, () =>
        model.infer(windows, states, out),
      );
      figures.push(...measured);
      perWindow.push((measured[0]?.value ?? Number.NaN) / calls);
      quickest.push((measured[0]?.summary?.min ?? Number.NaN) / calls);
    }
    await model.close();
    const batched = perWindow[2]!;
    return [
      ...figures,
      { name: "core per call at 32", unit: "%", clock: "wall", value: batched / 1e6 / 0.32, bar: { most: 0.5 } },
      {
        name: "window in a batch of 32 / alone",
        unit: "×",
        clock: "ratio",
        value: quickest[2]! / quickest[0]!,
        bar: { most: 0.6 },
      },
    ];
  },
});
