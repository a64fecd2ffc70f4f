import { join } from "node:path";
import { LoadBench, type LoadResult } from "../../../bench/load/run.ts";

/** Fifty calls, measured in peace and then under a flood of garbage at the SIP port. */

const CALLS = 50;
const PACKETS_PER_SECOND = 10_000;
const MEASURE_MS = 10_000;
/** What p99 packet lateness may grow by. */
const BUDGET_MS = 2;

export interface FloodResult {
  readonly quiet: LoadResult;
  readonly flooded: LoadResult;
  readonly packets: number;
  readonly ok: boolean;
}

export async function runFlood(basePort: number): Promise<FloodResult> {
  const bench = new LoadBench({}, basePort);
  await bench.start();
  try {
    const quiet = await bench.step(CALLS, MEASURE_MS);
    const seconds = String(MEASURE_MS / 1000 + 10);
    const command = [
      process.execPath,
      join(import.meta.dir, "flood.ts"),
      String(basePort),
      String(PACKETS_PER_SECOND),
      seconds,
    ];
    const flood = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const flooded = await bench.step(CALLS, MEASURE_MS);
    const packets = Number(await new Response(flood.stdout).text());
    const grown = flooded.lateness.p99 - quiet.lateness.p99;
    return { quiet, flooded, packets, ok: flooded.failed === 0 && grown <= BUDGET_MS };
  } finally {
    await bench.stop();
  }
}

export function printFlood({ quiet, flooded, packets, ok }: FloodResult): void {
  console.log(
    `| ${CALLS} calls | packet lateness p50 | p99 | engine tick p99 | CPU | failed |\n|---|---|---|---|---|---|`,
  );
  for (const [name, result] of [
    ["in peace", quiet],
    [`under ${packets} datagrams of garbage`, flooded],
  ] as const) {
    const { lateness, engineTickLateP99Ms, cpuPercent, failed } = result;
    const figures = [
      lateness.p50.toFixed(2),
      lateness.p99.toFixed(2),
      engineTickLateP99Ms.toFixed(1),
      `${cpuPercent.toFixed(0)} %`,
      failed,
    ];
    console.log(`| ${name} | ${figures.join(" | ")} |`);
  }
  console.log(ok ? "ok" : `FAILED: p99 grew by more than ${BUDGET_MS} ms, or calls failed`);
}
