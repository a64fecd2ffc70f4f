/**
 * The real api process over HTTP on both databases: outcomes of calls recorded and told to a webhook receiver, and pages of calls read. The peer, in the same run and
 * on the same PostgreSQL, writes an event and its delivery and reads a page with Bun.serve and postgres.js alone.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "@sk-voice/api/ids.ts";
import { completedReport } from "@sk-voice/api/testing/fixtures.ts";
import { postgresBinaries, startPostgres } from "@sk-voice/api/testing/postgres.ts";
import { receiveWebhooks } from "../src/caller/webhooks.ts";
import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";
import { eventually, Stack } from "../test/stack.ts";

/** What the engine's publisher sends at once. */
const CONCURRENCY = 16;
/** Dashboards and integrations that read at once. */
const READERS = 8;
const DELIVERY_MS = 120_000;
const PEER = "peer, Bun.serve and postgres.js on Postgres";

/** Asks `count` times, `atOnce` at a time, from an api that has answered `count / 10` times before. @returns milliseconds each, and per second */
async function load(count: number, atOnce: number, ask: (index: number) => Promise<Response>) {
  const each: number[] = [];
  let next = -Math.ceil(count / 10);
  let startMs = performance.now();
  const client = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const fromMs = performance.now();
      if (index === 0) startMs = fromMs;
      const response = await ask(index);
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
      if (index >= 0) each.push(performance.now() - fromMs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return { each, perSecond: count / ((performance.now() - startMs) / 1000) };
}

const rate = (name: string, value: number): Figure => ({ name, unit: "events/s", clock: "wall", value });

async function measureReads(name: string, count: number, url: string, key: string): Promise<Figure[]> {
  const headers = { authorization: `Bearer ${key}` };
  const { each, perSecond } = await load(count, READERS, () => fetch(url, { headers }));
  const summary = summarise(each);
  return [
    { name: `${name}: a page of 25 calls read`, unit: "ms", clock: "wall", value: summary.p95, summary },
    { name: `${name}: reads`, unit: "requests/s", clock: "wall", value: perSecond },
  ];
}

async function measureApi(name: string, stack: Stack, reports: number, reads: number): Promise<Figure[]> {
  const keys = JSON.parse(readFileSync(join(stack.dataDir, "keys.json"), "utf8")) as { engine_key: string };
  let delivered = 0;
  const receiver = await receiveWebhooks({ url: stack.apiUrl, key: stack.testKey }, (event) => {
    if (event.type === "call.completed" && event.verified) delivered++;
  });
  const headers = { "content-type": "application/json", authorization: `Bearer ${keys.engine_key}` };
  const startMs = performance.now();
  const recorded = await load(reports, CONCURRENCY, (index) => {
    const from = `+9198${String(10_000_000 + reports + index)}`;
    const body = JSON.stringify(completedReport(newId("call", Date.now()), from));
    return fetch(`${stack.apiUrl}/voice/v1/engine/reports`, { method: "POST", headers, body });
  });
  const all = reports + Math.ceil(reports / 10);
  await eventually(`${all} deliveries`, DELIVERY_MS, () => delivered >= all);
  const deliveredS = (performance.now() - startMs) / 1000;
  await receiver.close();
  return [
    rate(`${name}: outcomes recorded`, recorded.perSecond),
    rate(`${name}: events delivered, verified`, all / deliveredS),
    ...(await measureReads(name, reads, `${stack.apiUrl}/voice/v1/calls?limit=25`, stack.testKey)),
  ];
}

async function measurePeer(database: string, reports: number, reads: number): Promise<Figure[]> {
  const script = join(import.meta.dir, "../peers/plain-api.ts");
  const child = Bun.spawn([process.execPath, script, database, String(reports)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const { value } = await child.stdout.getReader().read();
  if (value === undefined) throw new Error("the peer ended while starting");
  const url = new TextDecoder().decode(value).trim();
  try {
    const recorded = await load(reports, CONCURRENCY, (index) => {
      const body = JSON.stringify(completedReport(newId("call", Date.now()), `+9198${String(10_000_000 + index)}`));
      return fetch(`${url}reports`, { method: "POST", body });
    });
    return [
      rate(`${PEER}: outcomes recorded`, recorded.perSecond),
      ...(await measureReads(PEER, reads, `${url}calls`, "none")),
    ];
  } finally {
    child.stdin.end();
    await child.exited;
  }
}

export default suite({
  name: "api",
  title:
    "API: outcomes recorded, events delivered and calls read over HTTP, on both databases and beside a plain server",
  smoke: { reports: 200, reads: 200 },
  full: { reports: 500, reads: 2000 },
  run: async ({ reports, reads }, { progress }) => {
    const figures: Figure[] = [];
    const bin = postgresBinaries();
    const postgres = bin === undefined ? undefined : await startPostgres(bin);
    const databases: [string, string | undefined][] = [["PGlite", undefined]];
    if (postgres !== undefined) databases.push(["Postgres", postgres]);
    else progress("no PostgreSQL on this machine: apt-get install postgresql");
    for (const [name, url] of databases) {
      progress(name);
      const stack = await Stack.start({ basePort: 17_900, env: url ? { DATABASE_URL: url } : {} }, ["api"]);
      try {
        figures.push(...(await measureApi(name, stack, reports, reads)));
      } finally {
        await stack.stop();
      }
    }
    if (postgres === undefined) return figures;
    progress("peer");
    return [...figures, ...(await measurePeer(postgres, reports, reads))];
  },
});
