/** The api's half of `bun run doctor`: one finding a line as JSON. Reads the database, changes nothing in it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { type Config, readConfig } from "../config.ts";

interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly check: string;
  readonly detail: string;
  readonly fix?: string;
}

const tell = (finding: Finding) => console.log(JSON.stringify(finding));
const TIMEOUT_MS = 3000;
const ROUND_TRIPS = 5;
/** Further apart, tokens and the order of events suffer. */
const MAX_CLOCK_OFFSET_MS = 2000;

async function checkApi({ host, port }: Config): Promise<boolean> {
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host;
  const startMs = performance.now();
  const response = await fetch(`http://${reached}:${port}/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    () => undefined,
  );
  const detail = response
    ? `${response.ok ? "ready" : `answers ${response.status}`} after ${Math.round(performance.now() - startMs)} ms`
    : "not running";
  const isUp = response !== undefined;
  if (isUp && !response.ok) tell({ level: "fail", check: "api", detail, fix: "its log says why; mostly the database" });
  else tell({ level: "ok", check: "api", detail });
  return response?.ok ?? false;
}

async function checkPostgres(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: TIMEOUT_MS / 1000, onnotice: () => {} });
  try {
    const [server] = await sql`select current_setting('server_version') as version`;
    const times: number[] = [];
    for (let n = 0; n < ROUND_TRIPS; n++) {
      const startMs = performance.now();
      await sql`select 1`;
      times.push(performance.now() - startMs);
    }
    const medianMs = times.sort((a, b) => a - b)[Math.floor(ROUND_TRIPS / 2)]!;
    tell({
      level: "ok",
      check: "database",
      detail: `PostgreSQL ${server?.["version"]}, ${medianMs.toFixed(1)} ms there and back`,
    });
    await checkDatabaseClock(sql);
    await checkMigrations(sql);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    tell({
      level: "fail",
      check: "database",
      detail: `PostgreSQL at DATABASE_URL cannot be used (${code})`,
      fix: "check that it runs, its address, user and password",
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function checkDatabaseClock(sql: postgres.Sql): Promise<void> {
  const sentMs = Date.now();
  const [row] = await sql`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`;
  const offsetMs = Math.round((sentMs + Date.now()) / 2 - Number(row?.["ms"]));
  const detail = `${Math.abs(offsetMs)} ms ${offsetMs < 0 ? "behind" : "ahead of"} the database's`;
  if (Math.abs(offsetMs) <= MAX_CLOCK_OFFSET_MS) return tell({ level: "ok", check: "clock", detail });
  tell({ level: "warn", check: "clock", detail, fix: "synchronise both machines' clocks" });
}

async function checkMigrations(sql: postgres.Sql): Promise<void> {
  const known = readdirSync(join(import.meta.dir, "../db/migrations")).filter((name) => name.endsWith(".sql")).length;
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`;
  const [row] = table?.["name"] ? await sql`select count(*)::int as done from drizzle.__drizzle_migrations` : [];
  const done = Number(row?.["done"] ?? 0);
  const detail = `${done} of ${known} migrations done`;
  if (done === known) return tell({ level: "ok", check: "schema", detail });
  if (done < known)
    return tell({ level: "warn", check: "schema", detail, fix: "the next start of the api does the others" });
  tell({
    level: "fail",
    check: "schema",
    detail,
    fix: "this program is older than its database: install the newer version",
  });
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const isReady = await checkApi(config);
  if (config.databaseUrl !== undefined) return checkPostgres(config.databaseUrl);
  const folder = join(config.dataDirectory, "db");
  const state = isReady ? "answers through the api" : "not tried: the api that opens it does not run";
  tell({ level: "ok", check: "database", detail: `embedded, in ${folder}; ${state}` });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error);
    tell({
      level: "fail",
      check: "api settings",
      detail,
      fix: "set the variables named to what docs/configuration.md says",
    });
    process.exit(0);
  },
);
