/** sipp's own `uac` scenario as a generator of call setups: INVITE, ACK, BYE as fast as told. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";

export interface SippResult {
  readonly completed: number;
  readonly failed: number;
  readonly retransmissions: number;
  /** Set up and torn down per second, over the whole run. */
  readonly callsPerSecond: number;
}

export const hasSipp = () => Bun.which("sipp") !== null;

/** @throws Error with sipp's last words when it does not run. */
export async function runSipp(port: number, callsPerSecond: number, seconds: number): Promise<SippResult> {
  const folder = mkdtempSync(join(tmpdir(), "sk-sipp-"));
  const stats = join(folder, "stats.csv");
  const startMs = performance.now();
  const sipp = Bun.spawn(
    [
      "sipp",
      "-sn",
      "uac",
      `127.0.0.1:${port}`,
      "-i",
      "127.0.0.1",
      "-p",
      String(await freePort()),
      "-r",
      String(callsPerSecond),
      "-m",
      String(callsPerSecond * seconds),
      "-l",
      "20000",
      "-d",
      "0",
      "-nostdin",
      "-trace_stat",
      "-stf",
      stats,
      "-fd",
      "1",
      "-timeout",
      `${seconds * 3 + 20}s`,
    ],
    { stdout: "ignore", stderr: "pipe", cwd: folder },
  );
  await sipp.exited;
  const tookS = (performance.now() - startMs) / 1000;
  try {
    const [header = "", ...rows] = readFileSync(stats, "utf8").trim().split("\n");
    const last = rows.at(-1)?.split(";") ?? [];
    const column = (name: string) => Number(last[header.split(";").indexOf(name)] ?? Number.NaN);
    const completed = column("SuccessfulCall(C)");
    return {
      completed,
      failed: column("FailedCall(C)"),
      retransmissions: column("Retransmissions(C)"),
      callsPerSecond: completed / tookS,
    };
  } catch {
    throw new Error(`sipp gave no figures: ${(await new Response(sipp.stderr).text()).slice(-300)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
