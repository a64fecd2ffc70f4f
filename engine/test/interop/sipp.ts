import { join } from "node:path";
import { type SippCase, xmlOf } from "./sipp-table.ts";

/** Runs one case of the sipp table. */

export interface SippResult {
  readonly feature: string;
  readonly calls: number;
  readonly ok: boolean;
  readonly seconds: number;
  /** What sipp said when it failed. */
  readonly said: string;
}

export async function runSipp(test: SippCase, port: number, folder: string): Promise<SippResult> {
  const { feature, user, transport = "u1", calls = 1, lossPercent, isLong = false } = test;
  const file = join(folder, `${feature.replace(/\W+/g, "-")}.xml`);
  await Bun.write(file, xmlOf(test));
  const loss = lossPercent === undefined ? [] : ["-lost", String(lossPercent)];
  const command = [
    ...["sipp", `127.0.0.1:${port}`, "-sf", file, "-s", user, "-t", transport, "-i", "127.0.0.1", "-nostdin"],
    ...["-m", String(calls), "-r", "50", "-timeout", isLong ? "180" : "20", "-timeout_error", "-nd", ...loss],
  ];
  const startedAt = performance.now();
  const child = Bun.spawn(command, { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const code = await child.exited;
  const done = Number(/Successful call +\| +\d+ +\| +(\d+)/.exec(out)?.[1] ?? 0);
  const ok = code === 0 && done === calls;
  const seconds = (performance.now() - startedAt) / 1000;
  return { feature, calls, ok, seconds, said: ok ? "" : `code ${code}, ${done} of ${calls}: ${err.slice(0, 600)}` };
}

export function printSippTable(results: readonly SippResult[]): void {
  console.log("| sipp against the user agent | calls | seconds | |\n|---|---|---|---|");
  for (const { feature, calls, ok, seconds, said } of results) {
    console.log(`| ${feature} | ${calls} | ${seconds.toFixed(1)} | ${ok ? "ok" : `FAILED ${said}`} |`);
  }
}
