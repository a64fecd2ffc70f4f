/**
 * `bun run chaos [row …] [--long]`: faults on the real processes, a table of what callers heard, what was lost and how long it took. Exit status 1 when
 * something that was answered is lost, or a row does not hold. `--long`: minutes of outage instead of seconds. Some rows need root, PostgreSQL, faketime.
 */
import { Chaos, play, type Row, type RowResult, Unavailable } from "./row.ts";
import { kamailio } from "./rows/kamailio.ts";
import { blackhole, burst, loss, slowReceivers } from "./rows/load.ts";
import { clockSteps, diskDatabase, diskRecordings, diskSpool, postgresStopped } from "./rows/machine.ts";
import {
  apiKilled,
  drain,
  engineGreeting,
  engineListening,
  engineReporting,
  engineRinging,
  engineSpeaking,
  engineThinking,
  mediaThread,
} from "./rows/processes.ts";
import { soak } from "./rows/soak.ts";
import { playAlone, spokenQuestion, startStack } from "./stage.ts";

const ROWS: readonly Row[] = [
  engineRinging,
  engineGreeting,
  engineListening,
  engineThinking,
  engineSpeaking,
  engineReporting,
  apiKilled,
  drain,
  mediaThread,
  burst,
  loss,
  slowReceivers,
  blackhole,
  clockSteps,
  diskRecordings,
  diskSpool,
  diskDatabase,
  postgresStopped,
  kamailio,
  soak,
];
const BASE_PORT = Number(process.env["SK_CHAOS_PORT"] ?? 19_000);

const args = process.argv.slice(2);
const isLong = args.includes("--long");
const names = args.filter((name) => !name.startsWith("--"));
const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(", ")}; there are ${ROWS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const rows = ROWS.filter(({ name }) => names.length === 0 || names.includes(name));

function line(row: Row, { heard, recoveryMs, problems }: RowResult): void {
  const state = problems.length === 0 ? "ok  " : "FAIL";
  console.log(`${state}  ${row.name.padEnd(16)} ${row.fault}`);
  console.log(
    `      heard: ${heard}; back after ${(recoveryMs / 1000).toFixed(1)} s; ${problems.length === 0 ? "nothing lost" : ""}`,
  );
  for (const problem of problems) console.log(`      ${problem}`);
}

let failed = 0;
let skipped = 0;
const question = await spokenQuestion();

async function attempt(row: Row, work: () => Promise<RowResult>): Promise<void> {
  try {
    const result = await work();
    if (result.problems.length > 0) failed++;
    line(row, result);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    skipped++;
    console.log(`–     ${row.name.padEnd(16)} not run: ${error.message}`);
  }
}

const shared = rows.filter(({ prepare }) => prepare === undefined);
if (shared.length > 0) {
  const stack = await startStack(BASE_PORT, {});
  const chaos = new Chaos(stack, question, isLong);
  for (const row of shared) await attempt(row, () => play(row, chaos));
  await stack.stop();
}
for (const row of rows.filter(({ prepare }) => prepare !== undefined)) {
  await attempt(row, () => playAlone(row, BASE_PORT, question, isLong));
}
console.log(`\n${rows.length - failed - skipped} hold, ${failed} do not, ${skipped} were not run`);
process.exit(failed > 0 ? 1 : 0);
