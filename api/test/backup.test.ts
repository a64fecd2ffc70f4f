/** PostgreSQL's own dump, restored into a new database: rows, walls, triggers and the audit chain are there, sealed secrets open with the seal. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { openDatabase } from "../src/db/database.ts";
import { silentLog } from "../src/log.ts";
import { newContact } from "../src/testing/fixtures.ts";
import { postgresBinaries, startPostgres } from "../src/testing/postgres.ts";
import { openSuite } from "../src/testing/suite.ts";

const bin = postgresBinaries();

async function command(...words: string[]): Promise<string> {
  const done = Bun.spawnSync(words);
  if (done.exitCode !== 0) throw new Error(`${words[0]}: ${done.stderr.toString()}`);
  return done.stdout.toString();
}

test("pg_dump and psql into a new database", async () => {
  if (bin === undefined)
    return console.warn("PostgreSQL is skipped: no initdb found (Debian: apt-get install postgresql)");
  const url = await startPostgres(bin);
  const host = new URL(url).searchParams.get("host") ?? "";
  const db = await openDatabase({ url, log: silentLog });
  const suite = await openSuite({ name: "postgres", db });
  const contact = await newContact(suite);
  const hook = await suite.call("POST", "/voice/v1/webhooks", { url: "http://127.0.0.1:9/", events: ["call.started"] });
  const chain = (await suite.call("GET", "/voice/v1/audit/verify")).json;
  await db.close();

  const to = ["-h", host, "-U", "postgres"];
  const dump = join(host, "backup.sql");
  await Bun.write(dump, await command(join(bin, "pg_dump"), ...to, "--no-owner", "postgres"));
  await command(join(bin, "createdb"), ...to, "restored");
  await command(join(bin, "psql"), ...to, "-q", "-v", "ON_ERROR_STOP=1", "-d", "restored", "-f", dump);

  const restored = await openDatabase({ url: url.replace("/postgres?", "/restored?"), log: silentLog });
  const who = { workspaceId: suite.workspaceId, livemode: false };
  const seen = (tenant: typeof who) =>
    restored.read((q) => q.execute(sql`select id from contacts where id = ${contact}`), tenant);
  expect(await seen(who)).toHaveLength(1);
  expect(await seen({ ...who, livemode: true })).toHaveLength(0);
  const [secret] = await restored.read((q) =>
    q.execute<{ secret: string }>(sql`select secret from webhooks where id = ${String(hook.json["id"])}`),
  );
  expect(suite.deps.seal.open(secret?.secret ?? "")).toBe(String(hook.json["secret"]));
  const [head] = await restored.read((q) => q.execute(sql`select hash from audit_entries order by seq desc limit 1`));
  expect(head).toEqual({ hash: chain["head_hash"] });
  const attack = restored.transaction((tx) => tx.execute(sql`delete from audit_entries`));
  expect(
    await attack.then(
      () => "done",
      () => "refused",
    ),
  ).toBe("refused");
  await restored.close();
}, 40_000);
