/** One unit of work: the transaction, who asked, and when. Services take it first; what they write commits or vanishes together. */
import type { SQL } from "drizzle-orm";
import { and, eq } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Principal } from "./auth.ts";
import type { Clock } from "./clock.ts";
import type { Database, Queries } from "./db/database.ts";
import { query, start } from "./db/statements.ts";
import type { Log } from "./log.ts";
import type { Seal } from "./seal.ts";
import type { Recordings } from "./voice/storage/store.ts";

export interface Work {
  readonly tx: Queries;
  readonly who: Principal;
  readonly nowMs: number;
  readonly publicUrl: string;
  readonly seal: Seal;
  readonly demoCalls: number;
  /** Events written so far: when there are any the delivery worker is woken after the commit. */
  emitted: number;
}

export interface Deps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Where links in events and answers point, without a slash at the end. */
  readonly publicUrl: string;
  readonly recordings: Recordings;
  readonly seal: Seal;
  /** Answered calls of a test environment before `demo_exhausted`; 0: no limit. */
  readonly demoCalls: number;
  /** Tells the delivery worker that there is something to send. */
  readonly wake: () => void;
}

/** A unit of work for somebody, inside a transaction of theirs. */
export function workFor(
  deps: Pick<Deps, "clock" | "publicUrl" | "seal" | "demoCalls">,
  who: Principal,
  tx: Queries,
): Work {
  const { clock, publicUrl, seal, demoCalls } = deps;
  return { tx, who, nowMs: clock.now(), publicUrl, seal, demoCalls, emitted: 0 };
}

/** The system at work in an environment: retention, SLA, delivery notices. */
export function systemPrincipal(workspaceId: string, livemode: boolean): Principal {
  return { keyId: "system", workspaceId, livemode, scopes: new Set(), localDevelopment: false };
}

/** The two columns of every row of the caller's environment, for `insert`. */
export function own(work: Work): { workspaceId: string; livemode: boolean } {
  return { workspaceId: work.who.workspaceId, livemode: work.who.livemode };
}

/** The wall: every `where` of the api goes through here. */
export function mine(
  work: Work,
  table: { workspaceId: PgColumn; livemode: PgColumn },
  ...more: (SQL | undefined)[]
): SQL {
  const where = and(eq(table.workspaceId, work.who.workspaceId), eq(table.livemode, work.who.livemode), ...more);
  if (where === undefined) throw new Error("bug: empty condition");
  return where;
}

/** Until the transaction ends. */
export const LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 0))";

/** Makes everything about one call happen one after the other, in whichever process, until the transaction ends: what is asked next is asked behind the lock. */
export function lockCall(work: Work, callId: string): void {
  start(query(work.tx, LOCK, [`call:${callId}`]));
}
