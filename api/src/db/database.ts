/**
 * One driver (postgres.js) and one schema for both engines: PostgreSQL by `DATABASE_URL`, else PGlite in a process of its own.
 * PGlite has one connection, so a query outside of the transaction that waits for it would wait for ever: such a call throws.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import type { ExtractTablesWithRelations } from "drizzle-orm";
import type { PgDatabase } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import type { Log } from "../log.ts";
import { startEmbedded } from "./pglite.ts";
import * as schema from "./schema.ts";
import { query, start, withPreparedStatements } from "./statements.ts";

type Schema = typeof schema;
/** What services take: a transaction, or the plain connection for single reads. */
export type Queries = PgDatabase<PostgresJsQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;

/** Whose rows a transaction may see: row-level security refuses all others, whatever a query forgets. */
export interface Tenant {
  workspaceId: string;
  livemode: boolean;
}

export interface Database {
  readonly engine: "postgres" | "pglite";
  /**
   * All or nothing. Repeated up to three times when the database reports a deadlock or a serialization failure.
   * @param tenant behind whose wall it works; without one it sees everything: for the system's own work only
   */
  transaction<T>(work: (tx: Queries) => Promise<T>, tenant?: Tenant): Promise<T>;
  /** Reads that need no common snapshot. */
  read<T>(work: (queries: Queries) => Promise<T>, tenant?: Tenant): Promise<T>;
  close(): Promise<void>;
}

export type DatabaseOptions =
  | { url: string; log: Log }
  | { directory: string; log: Log; durable?: boolean; template?: string; onProcess?: (pid: () => number) => void };

/** Any fixed number: the lock that lets one process at a time migrate (six at once without it: five crashed). */
const MIGRATION_LOCK = 7_351_001;
const RETRYABLE = new Set(["40001", "40P01"]);
const TRANSACTION_TRIES = 3;

/** SQLSTATE or driver code of a failed query, wherever drizzle put it. */
export function databaseErrorCode(error: unknown): string | undefined {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if ("code" in e && typeof e.code === "string") return e.code;
  }
  return undefined;
}

/** libpq's way to name a unix socket, `postgres://user@localhost/db?host=/run/postgresql`, which the driver does not know. */
function splitSocket(text: string): { url: string; socket: { host?: string } } {
  const url = new URL(text);
  const host = url.searchParams.get("host");
  if (host?.startsWith("/") !== true) return { url: text, socket: {} };
  url.searchParams.delete("host");
  return { url: url.href, socket: { host } };
}

async function migrateAlone(connect: () => postgres.Sql): Promise<void> {
  const client = connect();
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await migrate(drizzle(client), { migrationsFolder: join(import.meta.dir, "migrations") });
  } finally {
    // Ending the session releases the lock.
    await client.end({ timeout: 5 });
  }
}

/** Opens, migrates and returns the database. @throws DatabaseUnavailable, or the driver's error when PostgreSQL is not reachable */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const quiet = { onnotice: () => {} };
  if ("url" in options) {
    const limits = { statement_timeout: 15_000, idle_in_transaction_session_timeout: 30_000 };
    const { url, socket } = splitSocket(options.url);
    const connect = (max: number) => postgres(url, { ...quiet, ...socket, max, connection: limits });
    await migrateAlone(() => postgres(url, { ...quiet, ...socket, max: 1 }));
    return wrap("postgres", connect(10), async () => {});
  }
  const embedded = await startEmbedded(options.directory, options.log, {
    durable: options.durable ?? true,
    template: options.template,
  });
  options.onProcess?.(embedded.pid);
  const connect = () =>
    postgres({
      ...quiet,
      path: embedded.socketPath,
      database: "postgres",
      username: "postgres",
      max: 1,
      backoff: (retries) => Math.min(0.05 * 2 ** retries, 1),
    });
  try {
    await migrateAlone(connect);
  } catch (error) {
    await embedded.stop();
    throw error;
  }
  return wrap("pglite", connect(), () => embedded.stop());
}

/** The role of migration 0003 and the tenant its policies compare with, until the transaction ends. */
const RAISE_WALL = `select set_config('role', 'sk_voice_tenant', true), set_config('app.workspace', $1, true),
  set_config('app.livemode', $2, true)`;

function wrap(engine: Database["engine"], client: postgres.Sql, stop: () => Promise<void>): Database {
  const db = drizzle(withPreparedStatements(client), { schema });
  const inside = new AsyncLocalStorage<true>();
  const outside = (what: string) => {
    if (inside.getStore())
      throw new Error(`bug: ${what} inside a transaction waits for itself; use the transaction given`);
  };
  const run = <T>(work: (tx: Queries) => Promise<T>, tenant: Tenant | undefined) =>
    db.transaction(async (tx) => {
      // It goes first: whatever follows runs behind it, or after its failure not at all.
      if (tenant !== undefined) start(query(tx, RAISE_WALL, [tenant.workspaceId, String(tenant.livemode)]));
      return inside.run(true, () => work(tx));
    });
  return {
    engine,
    async transaction(work, tenant) {
      outside("a transaction");
      for (let attempt = 1; ; attempt++) {
        try {
          return await run(work, tenant);
        } catch (error) {
          if (attempt === TRANSACTION_TRIES || !RETRYABLE.has(databaseErrorCode(error) ?? "")) throw error;
        }
      }
    },
    // Asynchronous, so that it runs at once: a bare drizzle query runs only when somebody awaits it, and a test's hook did not.
    async read(work, tenant) {
      outside("a read");
      return tenant === undefined ? work(db) : run(work, tenant);
    },
    async close() {
      await client.end({ timeout: 5 });
      await stop();
    },
  };
}
