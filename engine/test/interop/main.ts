/**
 * `bun run interop [sipp] [clients] [kamailio] [transfer] [flood]`: everything against real programs, long cases included; some ten minutes. Without
 * names, all of it. Prints a table for each; exits 1 when a line of one is not ok. Needs sipp, baresip, linphonec, kamailio, openssl.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printFlood, runFlood } from "./flooded.ts";
import { startKamailio } from "./kamailio.ts";
import { CELLS, type CellResult, prepareMatrix, printMatrix, runCell } from "./matrix.ts";
import { printSippTable, runSipp, type SippResult } from "./sipp.ts";
import { bye, call } from "./sipp-scenario.ts";
import { SIPP_CASES, type SippCase } from "./sipp-table.ts";
import { printTransfer, runTransfer } from "./transfer.ts";

/** Below the range of ports that the system gives to clients. */
const FIRST_PORT = 30_300;
const CELL_PORTS = 30;
const RELAYED_CALLS = 100;
/** More at once and the clients themselves stutter. */
const CELLS_AT_ONCE = 4;

const folder = mkdtempSync(join(tmpdir(), "sk-interop-"));

async function startUas(): Promise<{ port: number; stop(): Promise<Record<string, number>> }> {
  const command = [process.execPath, join(import.meta.dir, "../sip/uas.ts"), "127.0.0.1", "0"];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const output = child.stdout.getReader();
  const next = async () => new TextDecoder().decode((await output.read()).value);
  const port = Number(/ready (\d+)/.exec(await next())?.[1]);
  const stop = async () => {
    child.kill("SIGTERM");
    const left = JSON.parse(await next()) as Record<string, number>;
    await child.exited;
    return left;
  };
  return { port, stop };
}

/** Nothing may be held when all calls are over. */
function isClean(left: Record<string, number>): boolean {
  const held = ["legs", "dialogs", "connectionCount", "calls"].filter((name) => left[name] !== 0);
  if (held.length > 0) console.log(`FAILED: still held: ${held.map((name) => `${left[name]} ${name}`).join(", ")}`);
  return held.length === 0;
}

async function sipp(): Promise<boolean> {
  const uas = await startUas();
  const results: SippResult[] = await Promise.all(SIPP_CASES.map((each) => runSipp(each, uas.port, folder)));
  printSippTable(results);
  return isClean(await uas.stop()) && results.every(({ ok }) => ok);
}

async function clients(): Promise<boolean> {
  const media = prepareMatrix(folder);
  const results: CellResult[] = [];
  for (let from = 0; from < CELLS.length; from += CELLS_AT_ONCE) {
    const group = CELLS.slice(from, from + CELLS_AT_ONCE);
    const ports = group.map((_, index) => FIRST_PORT + index * CELL_PORTS);
    results.push(...(await Promise.all(group.map((cell, index) => runCell(cell, folder, media, ports[index]!)))));
  }
  printMatrix(results);
  return results.every(({ ok }) => ok);
}

async function kamailio(): Promise<boolean> {
  const uas = await startUas();
  const proxy = await startKamailio(folder, FIRST_PORT + 300, uas.port);
  const relayed = (transport: "u1" | "t1"): SippCase => ({
    feature: `${transport === "u1" ? "UDP" : "TCP"} through Kamailio`,
    user: "suki",
    steps: [...call([], "sendrecv", true), ...bye(2, true)],
    transport,
    calls: RELAYED_CALLS,
  });
  const results = [
    await runSipp(relayed("u1"), FIRST_PORT + 300, folder),
    await runSipp(relayed("t1"), FIRST_PORT + 300, folder),
  ];
  printSippTable(results);
  await proxy.stop();
  const left = await uas.stop();
  return isClean({ ...left, connectionCount: 0 }) && results.every(({ ok }) => ok);
}

async function flood(): Promise<boolean> {
  const result = await runFlood(FIRST_PORT + 500);
  printFlood(result);
  return result.ok;
}

async function transfer(): Promise<boolean> {
  const result = await runTransfer(folder, FIRST_PORT + 400);
  printTransfer(result);
  return result.ok;
}

const PARTS = { sipp, clients, kamailio, transfer, flood };
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`There is no "${unknown.join('", "')}"; there are: ${Object.keys(PARTS).join(", ")}.`);
  process.exit(2);
}
let isOk = true;
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n## ${name}\n`);
  isOk = (await part()) && isOk;
}
rmSync(folder, { recursive: true, force: true });
process.exit(isOk ? 0 : 1);
