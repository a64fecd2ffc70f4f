/** From every schema that was ever released to the newest: rows stay, and the result is the schema of a new installation. */
import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { openDatabase } from "../src/db/database.ts";
import { newId } from "../src/ids.ts";
import { silentLog } from "../src/log.ts";
import { postgresBinaries, startPostgres } from "../src/testing/postgres.ts";
import { temporaryFolder } from "../src/testing/suite.ts";

const FOLDER = join(import.meta.dir, "../src/db/migrations");
interface Journal {
  entries: { idx: number; tag: string }[];
}
const journal = JSON.parse(readFileSync(join(FOLDER, "meta/_journal.json"), "utf8")) as Journal;

/** The migrations as they were when `count` of them existed. */
function released(count: number): string {
  const folder = join(temporaryFolder("migrations"), "m");
  mkdirSync(join(folder, "meta"), { recursive: true });
  const entries = journal.entries.slice(0, count);
  for (const { tag } of entries) cpSync(join(FOLDER, `${tag}.sql`), join(folder, `${tag}.sql`));
  writeFileSync(join(folder, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
  return folder;
}

async function shapeOf(url: string): Promise<unknown> {
  const db = await openDatabase({ url, log: silentLog });
  const columns = await db.read((q) =>
    q.execute(sql`select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
      where table_schema = 'public' order by table_name, column_name`),
  );
  const walls = await db.read((q) =>
    q.execute(sql`select tablename, policyname, qual from pg_policies order by tablename`),
  );
  const indexes = await db.read((q) =>
    q.execute(sql`select indexdef from pg_indexes where schemaname = 'public' order by indexname`),
  );
  await db.close();
  return { columns: [...columns], walls: [...walls], indexes: [...indexes] };
}

test("every released schema migrates to the newest with its rows", async () => {
  const bin = postgresBinaries();
  if (bin === undefined)
    return console.warn("PostgreSQL is skipped: no initdb found (Debian: apt-get install postgresql)");
  const url = await startPostgres(bin);
  const host = new URL(url).searchParams.get("host") ?? "";
  const connect = (database: string) => postgres({ host, username: "postgres", database, max: 1, onnotice: () => {} });
  const admin = connect("postgres");
  const newest = await shapeOf(url);
  const upgrade = async (count: number) => {
    const database = `released_${count}`;
    const old = connect(database);
    await migrate(drizzle(old), { migrationsFolder: released(count) });
    const [workspace, contact] = [newId("workspace", 1), newId("contact", 1)];
    await old`insert into workspaces (id, name, local_development, created_at) values (${workspace}, 'Old', false, now())`;
    await old`insert into contacts (id, workspace_id, livemode, name, created_at, updated_at) values (${contact}, ${workspace}, true, 'Priya', now(), now())`;
    await old.end();
    const at = url.replace("/postgres?", `/${database}?`);
    expect({ count, shape: await shapeOf(at) }).toEqual({ count, shape: newest });
    const now = connect(database);
    expect([...(await now`select name from contacts where id = ${contact}`)]).toEqual([{ name: "Priya" }]);
    await now.end();
  };
  const counts = journal.entries.map((_, index) => index + 1);
  // One after the other: a database is copied from a template that nobody else may be copying.
  for (const count of counts) await admin`create database ${admin(`released_${count}`)}`;
  await Promise.all(counts.map(upgrade));
  await admin.end();
}, 180_000);
