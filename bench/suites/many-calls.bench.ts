/** Simultaneous real SIP/RTP calls with speech, with everything on that a real call has but recogniser and voice: the largest number with quality intact. Engine and generator share the machine. */
import { LoadBench, type LoadResult } from "../load/run.ts";
import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";

const LATENESS_MS = 5;
const SLOWER_MS = 20;
const WARM_UP_CALLS = 10;
/** With fewer, what the engine costs without calls is most of it. */
const MIN_CALLS_TO_SHARE = 100;

interface Parameters {
  readonly steps: readonly number[];
  readonly measureMs: number;
  readonly record: boolean;
}

export default suite<Parameters>({
  name: "many-calls",
  title: "simultaneous calls over real SIP and RTP; VAD, echo guard, robocall listener, recording and drafts on each",
  smoke: { steps: [1, 20], measureMs: 3000, record: true },
  full: { steps: [1, 50, 100, 200, 300], measureMs: 8000, record: true },
  async run({ steps, measureMs, record }, { progress }) {
    const bench = new LoadBench({ SK_LOAD_RECORD: record ? "1" : "0" });
    const figures: Figure[] = [];
    try {
      await bench.start();
      const idleRssMb = bench.rssMb();
      // Code that runs for the first time is compiled: its stalls are those of a start, not of a load.
      progress("warming up");
      await bench.step(WARM_UP_CALLS, measureMs);
      let unloaded: LoadResult | undefined;
      let intact = 0;
      const core: [number, number][] = [];
      const late: [number, number][] = [];
      for (const calls of steps) {
        progress(`${calls} calls`);
        const result = await bench.step(calls, measureMs);
        unloaded ??= result;
        figures.push(...stepFigures(result, idleRssMb));
        core.push([calls, result.cpuPercent]);
        late.push([calls, result.lateness.p99]);
        if (isIntact(result, unloaded)) intact = Math.max(intact, calls);
      }
      figures.push({
        name: "calls with quality intact",
        unit: "calls",
        clock: "wall",
        value: intact,
        bar: { least: 300 },
        curve: { x: "calls", y: "packet lateness p99, ms", points: late, limit: LATENESS_MS },
      });
      figures.push({
        name: "engine CPU",
        unit: "% of a core",
        clock: "wall",
        value: core.at(-1)![1],
        curve: { x: "calls", y: "% of a core", points: core },
      });
      return figures;
    } finally {
      await bench.stop();
    }
  },
});

function lost({ lines }: LoadResult): number {
  return lines.reduce((sum, line) => sum + line.expected - line.received, 0);
}

function firstAudio({ lines }: LoadResult): number[] {
  return lines.flatMap(({ firstAudioMs }) => (firstAudioMs === undefined ? [] : [firstAudioMs]));
}

function isIntact(result: LoadResult, unloaded: LoadResult): boolean {
  const heard = firstAudio(result);
  if (heard.length < result.calls || result.failed > 0 || lost(result) > 0) return false;
  if (result.lateness.p99 > LATENESS_MS) return false;
  return summarise(heard).p95 <= summarise(firstAudio(unloaded)).p95 + SLOWER_MS;
}

function stepFigures(result: LoadResult, idleRssMb: number): Figure[] {
  const { calls, lateness, deviation } = result;
  const of = (name: string, unit: string, value: number, more: Partial<Figure> = {}): Figure => ({
    name: `${calls} ${calls === 1 ? "call" : "calls"}: ${name}`,
    unit,
    clock: "wall",
    value,
    ...more,
  });
  const spread = (name: string, samples: readonly number[], bar?: Figure["bar"]): Figure[] => {
    if (samples.length === 0) return [];
    const summary = summarise(samples);
    return [of(name, "ms", summary.p95, { summary, ...(bar ? { bar } : {}) })];
  };
  const shared = (bar: Figure["bar"] & object) => (calls >= MIN_CALLS_TO_SHARE ? { bar } : {});
  return [
    of("engine CPU a call", "% of a core", result.cpuPercent / calls, shared({ most: 0.5 })),
    of("memory a call", "MB", (result.rssMb - idleRssMb) / calls, shared({ most: 1 })),
    of("packet lateness p99", "ms", lateness.p99, { summary: lateness, bar: { most: LATENESS_MS } }),
    of("deviation from 20 ms p99", "ms", deviation.p99, { summary: deviation }),
    of("engine tick lateness p99", "ms", result.engineTickLateP99Ms),
    of("generator tick lateness p99", "ms", result.ownTickLateP99Ms),
    of("generator CPU", "% of a core", result.ownCpuPercent),
    of("packets lost", "packets", lost(result), { bar: { most: 0 } }),
    ...spread(
      "ACK to first packet",
      result.lines.flatMap(({ firstPacketMs }) => firstPacketMs ?? []),
      { most: 40 },
    ),
    ...spread("ACK to first sound", firstAudio(result), { most: 40 }),
    ...spread(
      "response at the ear",
      result.lines.flatMap(({ responsesMs }) => responsesMs),
    ),
    ...spread("engine-added", result.engineAddedMs, { most: calls <= 1 ? 30 : 40 }),
    of(
      "replies that never came",
      "turns",
      result.lines.reduce((sum, line) => sum + line.unanswered, 0),
      { bar: { most: 0 } },
    ),
  ];
}
