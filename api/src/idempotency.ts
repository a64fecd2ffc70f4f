/**
 * Every mutation runs through `mutate`: one transaction holds the work, its events and the stored answer.
 * `Idempotency-Key` (optional; bare or as a quoted structured-field string): same key and body → the first answer for 24 h, marked
 * `Idempotency-Replayed: true`; other body → 409 `idempotency_key_reuse`; still running → 409 `idempotency_in_progress`; 5xx is not kept.
 */
import { createHash } from "node:crypto";
import { lt, sql } from "drizzle-orm";
import type { z } from "zod";
import { appendAudit } from "./audit.ts";
import { idempotencyKeys } from "./db/schema.ts";
import { type Exchange, exchangeOf, principalOf } from "./exchange.ts";
import { PROBLEM_CONTENT_TYPE, ProblemError } from "./problem.ts";
import { isSealed } from "./seal.ts";
import { type Deps, mine, own, type Work, workFor } from "./work.ts";

const KEEP_MS = 24 * 3600 * 1000;

interface Stored {
  status: number;
  contentType: string | null;
  body: string | null;
}

/** What a mutation answers; `schema` is the response schema of the route, null for 204. */
export interface Reply<T> {
  status: number;
  body: T;
}

/** Canonical JSON: a client that orders its members differently on a retry still sends the same body. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}

/** @throws ProblemError 400 for a key that is none */
export function readIdempotencyKey(header: string | null): string | undefined {
  if (header === null) return undefined;
  const key = /^"(.*)"$/.exec(header.trim())?.[1] ?? header.trim();
  if (/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(key)) return key;
  throw new ProblemError(
    400,
    "idempotency_key_invalid",
    "Idempotency-Key must be 1 to 255 printable ASCII characters.",
    {
      errors: [
        { location: "header", pointer: "/idempotency-key", message: "expected 1 to 255 printable ASCII characters" },
      ],
    },
  );
}

const inFlight = new Set<string>();

function inProgress(): ProblemError {
  return new ProblemError(
    409,
    "idempotency_in_progress",
    "The first request with this Idempotency-Key is still running; try again shortly.",
    {
      headers: { "retry-after": "1" },
    },
  );
}

function respond(stored: Stored, { requestId, headers: more }: Exchange, replayed: boolean): Response {
  const headers = new Headers({ ...more, "x-request-id": requestId });
  if (stored.contentType !== null) headers.set("content-type", stored.contentType);
  if (replayed) headers.set("idempotency-replayed", "true");
  return new Response(stored.body, { status: stored.status, headers });
}

function begin(deps: Deps, request: Request, tx: Work["tx"]): Work {
  return workFor(deps, principalOf(request), tx);
}

type Run<S extends z.ZodType> = (work: Work) => Promise<Reply<z.input<S>>>;

/** Id of what a request made or changed: of its answer, else of its path. */
function targetOf(path: string, body: unknown): string | null {
  const made = body !== null && typeof body === "object" && "id" in body ? body.id : undefined;
  return typeof made === "string" ? made : (/[a-z]{2,4}_[0-9A-Z]{26}/.exec(path)?.[0] ?? null);
}

async function perform<S extends z.ZodType>(
  work: Work,
  request: Request,
  schema: S | null,
  run: Run<S>,
): Promise<Stored> {
  const { status, body } = await run(work);
  const path = new URL(request.url).pathname;
  const action = `${request.method} ${path}`;
  appendAudit(work, { action, target: targetOf(path, body), requestId: exchangeOf(request).requestId });
  if (schema === null) return { status, contentType: null, body: null };
  // An answer that breaks its own contract throws here, before the commit: 500 and nothing is written.
  return { status, contentType: "application/json", body: JSON.stringify(schema.parse(body)) };
}

/** Runs a mutation once. @throws ProblemError */
export async function mutate<S extends z.ZodType>(
  deps: Deps,
  request: Request,
  schema: S | null,
  run: Run<S>,
): Promise<Response> {
  const key = readIdempotencyKey(request.headers.get("idempotency-key"));
  let emitted = 0;
  let replayed = false;
  const stored =
    key === undefined
      ? await deps.db.transaction(async (tx) => {
          const work = begin(deps, request, tx);
          const answer = await perform(work, request, schema, run);
          emitted = work.emitted;
          return answer;
        }, principalOf(request))
      : await once(deps, request, key, schema, run).then((result) => {
          ({ emitted, replayed } = result);
          return result.stored;
        });
  if (emitted > 0) deps.wake();
  return respond(stored, exchangeOf(request), replayed);
}

const HOLDS_SECRET = /whsec_|sk_(test|live)_/;

/** An answer that shows a secret once is not left lying in the table. */
function atRest(work: Work, stored: Stored): Stored {
  return stored.body !== null && HOLDS_SECRET.test(stored.body)
    ? { ...stored, body: work.seal.seal(stored.body) }
    : stored;
}

function opened(work: Work, stored: Stored): Stored {
  return stored.body !== null && isSealed(stored.body) ? { ...stored, body: work.seal.open(stored.body) } : stored;
}

interface Once {
  stored: Stored;
  emitted: number;
  replayed: boolean;
}

async function once<S extends z.ZodType>(
  deps: Deps,
  request: Request,
  key: string,
  schema: S | null,
  run: Run<S>,
): Promise<Once> {
  const { body } = exchangeOf(request);
  const { workspaceId, livemode } = principalOf(request);
  const path = new URL(request.url).pathname;
  const scope = { method: request.method, path, key };
  const lock = canonicalJson([workspaceId, livemode, scope]);
  const fingerprint = createHash("sha256")
    .update(canonicalJson(body ?? null))
    .digest("hex");
  // The set answers for this process at once; the advisory lock answers for the others.
  if (inFlight.has(lock)) throw inProgress();
  inFlight.add(lock);
  try {
    return await deps.db.transaction(async (tx) => {
      const outer = begin(deps, request, tx);
      const locked = await tx.execute<{ locked: boolean }>(
        sql`select pg_try_advisory_xact_lock(hashtextextended(${lock}, 0)) as locked`,
      );
      if (locked[0]?.locked !== true) throw inProgress();
      const earlier = await find(outer, scope);
      if (earlier !== undefined) {
        if (earlier.fingerprint !== fingerprint) {
          throw new ProblemError(
            409,
            "idempotency_key_reuse",
            "This Idempotency-Key was used with another body; use a new key for a new request.",
          );
        }
        return { stored: opened(outer, earlier), emitted: 0, replayed: true };
      }
      const { stored, emitted } = await performInSavepoint(outer, request, schema, run);
      const answer = { ...atRest(outer, stored), fingerprint, createdAt: new Date(outer.nowMs) };
      const { workspaceId: w, livemode: l, method: m, path: p, key: k } = idempotencyKeys;
      await tx
        .insert(idempotencyKeys)
        .values({ ...own(outer), ...scope, ...answer })
        .onConflictDoUpdate({ target: [w, l, m, p, k], set: answer });
      return { stored, emitted, replayed: false };
    }, principalOf(request));
  } finally {
    inFlight.delete(lock);
  }
}

async function find(work: Work, scope: { method: string; path: string; key: string }) {
  const fresh = sql`${idempotencyKeys.createdAt} > ${new Date(work.nowMs - KEEP_MS).toISOString()}::timestamptz`;
  const same = sql`${idempotencyKeys.method} = ${scope.method} and ${idempotencyKeys.path} = ${scope.path} and ${idempotencyKeys.key} = ${scope.key}`;
  const rows = await work.tx
    .select()
    .from(idempotencyKeys)
    .where(mine(work, idempotencyKeys, same, fresh));
  return rows[0];
}

/** A 4xx is an answer too and is kept; what the work wrote before it is rolled back to the savepoint. */
async function performInSavepoint<S extends z.ZodType>(outer: Work, request: Request, schema: S | null, run: Run<S>) {
  try {
    return await outer.tx.transaction(async (tx) => {
      const work: Work = { ...outer, tx };
      return { stored: await perform(work, request, schema, run), emitted: work.emitted };
    });
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status >= 500) throw error;
    const stored: Stored = {
      status: error.status,
      contentType: PROBLEM_CONTENT_TYPE,
      body: JSON.stringify(error.body(exchangeOf(request).requestId)),
    };
    return { stored, emitted: 0 };
  }
}

/** Runs a read with the caller's identity. */
export function read<T>(deps: Deps, request: Request, run: (work: Work) => Promise<T>): Promise<T> {
  return deps.db.read((tx) => run(begin(deps, request, tx)), principalOf(request));
}

/** Forgets keys older than 24 h. */
export async function sweepIdempotencyKeys(deps: Deps): Promise<void> {
  const before = new Date(deps.clock.now() - KEEP_MS);
  await deps.db.read((q) => q.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, before)));
}
