/** Half the calls it can hold, for long: memory must not grow. */
import { LoadBench } from "../load/run.ts";
import { type Figure, suite } from "../src/suite.ts";

const SAMPLE_MS = 5000;
/** The first quarter fills caches and compiles. */
const WARM_SHARE = 0.25;

export default suite({
  name: "soak",
  title: "Many calls for a long time, over real UDP: memory and pacing stay what they were",
  smoke: { calls: 10, minutes: 0.5 },
  full: { calls: 150, minutes: 30 },
  run: async ({ calls, minutes }, { progress }) => {
    const bench = new LoadBench({ SK_LOAD_RECORD: "1" });
    const points: [number, number][] = [];
    try {
      await bench.start();
      const startMs = performance.now();
      const sampler = setInterval(() => {
        const minute = (performance.now() - startMs) / 60_000;
        points.push([minute, bench.rssMb()]);
        progress(`${minute.toFixed(1)} of ${minutes} min, ${points.at(-1)![1].toFixed(0)} MB`);
      }, SAMPLE_MS);
      const result = await bench.step(calls, minutes * 60_000);
      clearInterval(sampler);
      const settled = points.slice(Math.floor(points.length * WARM_SHARE));
      const figures: Figure[] = [
        {
          name: "memory growth after the first quarter",
          unit: "MB/h",
          clock: "wall",
          value: slope(settled) * 60,
          curve: { x: "minutes", y: "resident MB", points },
        },
        {
          name: "packet lateness p99",
          unit: "ms",
          clock: "wall",
          value: result.lateness.p99,
          summary: result.lateness,
        },
        {
          name: "calls that ended by themselves",
          unit: "calls",
          clock: "wall",
          value: result.failed,
          bar: { most: 0 },
        },
        {
          name: "outcomes reported",
          unit: "of calls",
          clock: "wall",
          value: result.reports / calls,
          bar: { least: 1 },
        },
      ];
      return figures;
    } finally {
      await bench.stop();
    }
  },
});

/** Least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / Math.max(spread, 1e-9);
}
