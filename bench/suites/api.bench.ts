/** Calls recorded by the real api and told to a webhook receiver, per second, on both databases. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "@sk-voice/api/ids.ts";
import { completedReport } from "@sk-voice/api/testing/fixtures.ts";
import { postgresBinaries, startPostgres } from "@sk-voice/api/testing/postgres.ts";
import { receiveWebhooks } from "../src/caller/webhooks.ts";
import { type Figure, suite } from "../src/suite.ts";
import { eventually, Stack } from "../test/stack.ts";

/** What the engine's publisher sends at once. */
const CONCURRENCY = 16;
const DELIVERY_MS = 120_000;

export default suite({
  name: "api",
  title: "Outcomes recorded and events delivered per second: HTTP in, one transaction each, signed webhook out",
  smoke: { reports: 50 },
  full: { reports: 500 },
  run: async ({ reports }, { progress }) => {
    const figures: Figure[] = [];
    const bin = postgresBinaries();
    const databases: [string, string | undefined][] = [["PGlite", undefined]];
    if (bin) databases.push(["Postgres", await startPostgres(bin)]);
    else progress("no PostgreSQL on this machine: apt-get install postgresql");
    for (const [name, url] of databases) {
      progress(name);
      const stack = await Stack.start({ basePort: 17_900, env: url ? { DATABASE_URL: url } : {} }, ["api"]);
      try {
        figures.push(...(await measureApi(name, stack, reports)));
      } finally {
        await stack.stop();
      }
    }
    return figures;
  },
});

async function measureApi(name: string, stack: Stack, reports: number): Promise<Figure[]> {
  const keys = JSON.parse(readFileSync(join(stack.dataDir, "keys.json"), "utf8")) as { engine_key: string };
  let delivered = 0;
  const receiver = await receiveWebhooks({ url: stack.apiUrl, key: stack.testKey }, (event) => {
    if (event.type === "call.completed" && event.verified) delivered++;
  });
  const startMs = performance.now();
  let next = 0;
  const send = async (): Promise<void> => {
    for (let index = next++; index < reports; index = next++) {
      const from = `+9198${String(10_000_000 + index)}`;
      const response = await fetch(`${stack.apiUrl}/voice/v1/engine/reports`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${keys.engine_key}` },
        body: JSON.stringify(completedReport(newId("call", Date.now()), from)),
      });
      if (!response.ok) throw new Error(`the api refused a report: ${response.status} ${await response.text()}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, send));
  const recordedS = (performance.now() - startMs) / 1000;
  await eventually(`${reports} deliveries`, DELIVERY_MS, () => delivered >= reports);
  const deliveredS = (performance.now() - startMs) / 1000;
  await receiver.close();
  const figure = (what: string, seconds: number): Figure => ({
    name: `${name}: ${what}`,
    unit: "events/s",
    clock: "wall",
    value: reports / seconds,
  });
  return [figure("outcomes recorded", recordedS), figure("events delivered, verified", deliveredS)];
}
