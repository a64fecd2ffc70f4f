/** Half the calls it can hold, for long, hanging up and phoning again every few minutes: memory must not grow. */
import { LoadBench, type LoadResult } from "../load/run.ts";
import { type Figure, suite } from "../src/suite.ts";

const SAMPLE_MS = 5000;
/** The first quarter fills caches and compiles. */
const WARM_SHARE = 0.25;

export default suite({
  name: "soak",
  title: "Many calls for a long time, over real UDP: memory and pacing stay what they were",
  smoke: { calls: 10, minutes: 0.5, callMinutes: 0.2 },
  // A call keeps what was said in it until its report is out: 0.2 MB a minute of unbroken conversation, so only calls that end show a leak.
  full: { calls: 150, minutes: 30, callMinutes: 2 },
  run: async ({ calls, minutes, callMinutes }, { progress }) => {
    const bench = new LoadBench({ SK_LOAD_RECORD: "1" });
    const resident: [number, number][] = [];
    const between: [number, number][] = [];
    const rounds: LoadResult[] = [];
    try {
      await bench.start();
      const startMs = performance.now();
      const minute = () => (performance.now() - startMs) / 60_000;
      const sampler = setInterval(() => {
        resident.push([minute(), bench.rssMb()]);
        progress(`${minute().toFixed(1)} of ${minutes} min, ${resident.at(-1)![1].toFixed(0)} MB`);
      }, SAMPLE_MS);
      while (minute() < minutes) {
        rounds.push(await bench.step(calls, callMinutes * 60_000));
        between.push([minute(), bench.rssMb()]);
      }
      clearInterval(sampler);
      const worst = rounds.reduce((a, b) => (a.lateness.p99 >= b.lateness.p99 ? a : b));
      const sum = (of: (round: LoadResult) => number) => rounds.reduce((total, round) => total + of(round), 0);
      const figures: Figure[] = [
        {
          name: "memory growth after the first quarter",
          unit: "MB/h",
          clock: "wall",
          value: slope(between.slice(Math.floor(between.length * WARM_SHARE))) * 60,
          curve: { x: "minutes", y: "resident MB", points: resident },
        },
        {
          name: "memory after the last calls",
          unit: "MB",
          clock: "wall",
          value: between.at(-1)![1],
          curve: { x: "minutes", y: "resident MB, calls ended", points: between },
        },
        {
          name: "packet lateness p99, worst round",
          unit: "ms",
          clock: "wall",
          value: worst.lateness.p99,
          summary: worst.lateness,
        },
        {
          name: "calls that ended by themselves",
          unit: "calls",
          clock: "wall",
          value: sum(({ failed }) => failed),
          bar: { most: 0 },
        },
        {
          name: "outcomes reported",
          unit: "of calls",
          clock: "wall",
          value: sum(({ reports }) => reports) / sum((round) => round.calls),
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
