import { describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { silentLog } from "../log.ts";
import { newContact } from "../testing/fixtures.ts";
import { postgresBinaries, startPostgres } from "../testing/postgres.ts";
import { engines, openSuite, pgliteTemplate, temporaryFolder } from "../testing/suite.ts";
import { openDatabase } from "./database.ts";
import { start } from "./statements.ts";

for (const { name, db } of await engines()) {
  describe(`the database wrapper on ${name}`, () => {
    test("a query outside of the transaction that it waits for throws instead of hanging", async () => {
      const nested = db.transaction(() => db.read((q) => q.execute(sql`select 1`)));
      expect(nested).rejects.toThrow(/inside a transaction/);
      expect(db.transaction(() => db.transaction(async () => 1))).rejects.toThrow(/inside a transaction/);
    });

    test("a failed transaction leaves nothing", async () => {
      const suite = await openSuite({ name, db });
      const before = (await suite.call("GET", "/crm/v1/contacts")).json.data;
      const failing = db.transaction(async (tx) => {
        await tx.execute(sql`insert into contacts (id, workspace_id, livemode, created_at, updated_at)
          values (${`ctc_${"0".repeat(26)}`}, ${suite.workspaceId}, false, now(), now())`);
        throw new Error("no");
      });
      expect(failing).rejects.toThrow("no");
      expect((await suite.call("GET", "/crm/v1/contacts")).json.data).toEqual(before);
    });

    test("a statement that nobody waited for fails the transaction it belongs to", async () => {
      const suite = await openSuite({ name, db });
      const id = `ctc_${"1".padStart(26, "0")}`;
      const failing = db.transaction(async (tx) => {
        await tx.execute(sql`insert into contacts (id, workspace_id, livemode, created_at, updated_at)
          values (${id}, ${suite.workspaceId}, false, now(), now())`);
        start(tx.execute(sql`insert into contacts (id, workspace_id) values (${id}, ${"nobody's"})`));
      });
      await expect(failing).rejects.toThrow();
      const rows = await db.read((q) => q.execute(sql`select id from contacts where id = ${id}`));
      expect([...rows]).toEqual([]);
    });

    test("jsonb columns hold JSON, not JSON in a string", async () => {
      const rows = await db.read((q) => q.execute(sql`select distinct jsonb_typeof(hours) as type from agents`));
      expect([...rows]).toEqual([{ type: "object" }]);
    });
  });
}

test("the embedded database killed in mid-traffic: it comes back, nothing acknowledged is lost, nobody sees a 500", async () => {
  const directory = temporaryFolder("db");
  let pid = () => 0;
  const onProcess = (of: () => number) => {
    pid = of;
  };
  const db = await openDatabase({ directory, log: silentLog, template: await pgliteTemplate(), onProcess });
  const suite = await openSuite({ name: "pglite", db });
  const first = await newContact(suite);
  const killed = pid();
  process.kill(killed, "SIGKILL");
  const statuses = new Set<number>();
  let answer = await suite.call("GET", `/crm/v1/contacts/${first}`);
  for (let tries = 0; answer.status !== 200 && tries < 400; tries++) {
    statuses.add(answer.status);
    await Bun.sleep(25);
    answer = await suite.call("GET", `/crm/v1/contacts/${first}`);
  }
  expect(answer.json["id"]).toBe(first);
  expect([...statuses].filter((status) => status !== 503)).toEqual([]);
  expect(pid()).not.toBe(killed);
  await db.close();
}, 30_000);

test("six processes' worth of first starts at once on PostgreSQL all migrate or wait", async () => {
  const bin = postgresBinaries();
  if (bin === undefined)
    return console.warn("PostgreSQL is skipped: no initdb found (Debian: apt-get install postgresql)");
  const url = await startPostgres(bin);
  const opened = await Promise.all(Array.from({ length: 6 }, () => openDatabase({ url, log: silentLog })));
  for (const db of opened) {
    const rows = await db.read((q) => q.execute(sql`select count(*)::int as n from workspaces`));
    expect([...rows]).toEqual([{ n: 0 }]);
    await db.close();
  }
}, 30_000);
