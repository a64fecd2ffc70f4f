/** One line of NDJSON per run of a suite. `bench/results/results.ndjson` is committed; `bench/results/local/` is scratch. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { AnySuite, Changes, Figure, Size } from "./suite.ts";

const ROOT = join(import.meta.dir, "../..");
export const COMMITTED_RESULTS = join(ROOT, "bench/results/results.ndjson");
export const LOCAL_RESULTS = join(ROOT, "bench/results/local/results.ndjson");

const SummarySchema = z.object({
  count: z.number(),
  min: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
  curve: z.array(z.number()),
});

const FigureSchema = z.object({
  name: z.string(),
  unit: z.string(),
  clock: z.enum(["virtual", "ratio", "wall"]),
  value: z.number(),
  summary: SummarySchema.exactOptional(),
  bar: z.object({ most: z.number().exactOptional(), least: z.number().exactOptional() }).exactOptional(),
  parts: z.array(z.object({ name: z.string(), value: z.number() })).exactOptional(),
  curve: z
    .object({
      x: z.string(),
      y: z.string(),
      points: z.array(z.tuple([z.number(), z.number()])),
      limit: z.number().exactOptional(),
    })
    .exactOptional(),
});

export const RunSchema = z.object({
  suite: z.string(),
  title: z.string(),
  size: z.enum(["smoke", "full"]),
  at: z.string(),
  /** Of the checkout; `dirty` when files differ from it. */
  commit: z.string(),
  dirty: z.boolean(),
  machine: z.object({ cpu: z.string(), cores: z.number(), memoryGb: z.number(), os: z.string() }),
  bun: z.string(),
  seed: z.number(),
  parameters: z.record(z.string(), z.unknown()),
  tookMs: z.number(),
  figures: z.array(FigureSchema),
});

export type Run = z.infer<typeof RunSchema>;

export function describeRun(
  suite: AnySuite,
  size: Size,
  seed: number,
  tookMs: number,
  figures: readonly Figure[],
  changes: Changes = {},
): Run {
  return RunSchema.parse({
    suite: suite.name,
    title: suite.title,
    size,
    at: new Date().toISOString(),
    commit: git("rev-parse", "--short=12", "HEAD"),
    dirty: git("status", "--porcelain", "--untracked-files=no") !== "",
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      // Those the process may use: a run can be pinned to two of sixteen.
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      os: `${process.platform}-${process.arch}`,
    },
    bun: Bun.version,
    seed,
    parameters: suite.parameters(size, changes),
    tookMs: Math.round(tookMs),
    figures,
  });
}

export function appendRun(path: string, run: Run): void {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(run)}\n`);
}

/** @throws Error naming file and line when a line is not a run. */
export function readRuns(path: string): Run[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line, index) => {
    if (line === "") return [];
    const run = RunSchema.safeParse(parseJson(line));
    if (!run.success) throw new Error(`${path}:${index + 1} is not a benchmark run: ${z.prettifyError(run.error)}`);
    return [run.data];
  });
}

/** The last run of each suite, in the order the suites first appear. A full one is not displaced by a smoke run: that is a glance. */
export function latestRuns(runs: readonly Run[]): Run[] {
  const latest = new Map<string, Run>();
  for (const run of runs) if (run.size === "full" || latest.get(run.suite)?.size !== "full") latest.set(run.suite, run);
  return [...latest.values()];
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function git(...command: string[]): string {
  const { stdout, exitCode } = Bun.spawnSync(["git", ...command], { cwd: ROOT, stderr: "ignore" });
  return exitCode === 0 ? stdout.toString().trim() : "";
}
