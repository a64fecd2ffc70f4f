/**
 * How statements go to the server. drizzle sends each of its queries unprepared: parsed and planned every time, with a round trip of its own to learn the parameters'
 * types before the one that runs it. Here a connection prepares a statement once; afterwards it is one round trip, and several go out together.
 */
import { getTableColumns, getTableName } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type postgres from "postgres";
import type { Queries } from "./database.ts";

/** Longer ones are lists of rows whose text is another one every time: a connection would keep them all. */
const PREPARED_MAX_CHARS = 4000;

type Unsafe = postgres.ISql["unsafe"];
/** What `begin` and `savepoint` hand to their callbacks has the same shape at run time. */
interface Scope {
  unsafe: Unsafe;
  savepoint?: (run: (scope: Scope) => unknown) => Promise<unknown>;
}

function prepare(scope: Scope): { last: () => Promise<unknown> } {
  const plain = scope.unsafe;
  let last: Promise<unknown> = Promise.resolve();
  scope.unsafe = ((text: string, parameters?: never[], options?: postgres.UnsafeQueryOptions) => {
    const query = plain(text, parameters, { ...options, prepare: text.length <= PREPARED_MAX_CHARS });
    last = query;
    return query;
  }) as Unsafe;
  return { last: () => last };
}

/** A transaction ends only after every statement that was started in it; the driver then throws the first that failed, whoever waited for it. */
async function settle<T>(scope: Scope, run: (scope: Scope) => T | Promise<T>): Promise<T> {
  const { last } = prepare(scope);
  nest(scope);
  const result = await run(scope);
  // Answers come in the order of the questions.
  await last().catch(() => {});
  return result;
}

function nest(scope: Scope): void {
  const savepoint = scope.savepoint?.bind(scope);
  if (savepoint !== undefined) scope.savepoint = (run) => savepoint((inner) => settle(inner, run));
}

/** Prepares what the client and its transactions send. `?prepare=false` in the URL turns it off (a PgBouncer older than 1.21 in transaction mode). */
export function withPreparedStatements(client: postgres.Sql): postgres.Sql {
  const scope = client as unknown as Scope & { begin: (run: (scope: Scope) => unknown) => Promise<unknown> };
  prepare(scope);
  const begin = scope.begin.bind(scope);
  scope.begin = (run) => begin((inner) => settle(inner, run));
  return client;
}

/** Sends a statement whose answer nobody needs. In a transaction only, whose end waits for it; when it fails, so does the transaction. */
export function start(query: PromiseLike<unknown>): void {
  query.then(
    () => {},
    () => {},
  );
}

/** A statement whose text is always the same: drizzle need not build it again each time, which cost more than sending it. @param text with `$1`, `$2` … */
export function query<T>(tx: Queries, text: string, parameters: readonly unknown[]): Promise<readonly T[]> {
  const { session } = tx._;
  const prepared = session.prepareQuery<{ execute: readonly T[]; all: unknown; values: unknown }>(
    { sql: text, params: [...parameters] },
    undefined,
    undefined,
    false,
  );
  return prepared.execute();
}

interface Insert {
  text: string;
  columns: readonly PgColumn[];
}
const inserts = new WeakMap<PgTable, Map<string, Insert>>();

function insertOf(table: PgTable, names: readonly string[]): Insert {
  const known = inserts.get(table) ?? new Map<string, Insert>();
  inserts.set(table, known);
  const key = names.join();
  const kept = known.get(key);
  if (kept !== undefined) return kept;
  const all: Record<string, PgColumn> = getTableColumns(table);
  const columns = names.map((name) => {
    const column = all[name];
    if (column === undefined) throw new Error(`bug: ${getTableName(table)} has no ${name}`);
    return column;
  });
  const into = columns.map(({ name }) => `"${name}"`).join(", ");
  const values = columns.map((_, i) => `$${i + 1}`).join(", ");
  const made = { text: `insert into "${getTableName(table)}" (${into}) values (${values})`, columns };
  known.set(key, made);
  return made;
}

/** Starts the insertion of one row, with columns left out at their default. */
export function insert<T extends PgTable>(tx: Queries, table: T, row: T["$inferInsert"]): void {
  const { text, columns } = insertOf(table, Object.keys(row));
  const values = Object.values(row).map((value, i) => (value === null ? null : columns[i]?.mapToDriverValue(value)));
  start(query(tx, text, values));
}
