/**
 * How statements go to the server. drizzle sends each of its queries unprepared: parsed and planned every time, with a round trip of its own to learn the parameters'
 * types before the one that runs it. Here a connection prepares a statement once; afterwards it is one round trip, and several go out together.
 */
import type postgres from "postgres";

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
