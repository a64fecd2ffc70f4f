/**
 * The audit log: one entry for every mutation, in the mutation's own transaction. Each entry's hash covers the one before it, one chain per
 * workspace and environment, so that a changed, removed or inserted entry shows; a trigger refuses update and delete besides.
 */
import { createHash } from "node:crypto";
import { asc, desc, gt, sql } from "drizzle-orm";
import type { AuditEntry, AuditVerified } from "./contract/keys.ts";
import type { PageQuery } from "./contract/page.ts";
import { auditEntries } from "./db/schema.ts";
import { newId } from "./ids.ts";
import { keyset, toPage } from "./paging.ts";
import { mine, own, type Work } from "./work.ts";

type Row = typeof auditEntries.$inferSelect;

/** What the first entry of a chain says came before it. */
export const GENESIS = "0".repeat(64);

export function auditHash(row: Omit<Row, "hash">): string {
  const { id, workspaceId, livemode, seq, at, actor, action, target, requestId, previousHash } = row;
  const fields = [id, workspaceId, livemode, seq, at.getTime(), actor, action, target, requestId, previousHash];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}

export interface Deed {
  /** Method and path, or the system's own word. No personal data. */
  action: string;
  target: string | null;
  requestId: string;
}

/** The last thing a transaction does: it holds the chain's lock until the commit. */
export async function appendAudit(work: Work, deed: Deed): Promise<void> {
  const chain = `audit:${work.who.workspaceId}:${work.who.livemode}`;
  await work.tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${chain}, 0))`);
  const [last] = await work.tx
    .select({ seq: auditEntries.seq, hash: auditEntries.hash })
    .from(auditEntries)
    .where(mine(work, auditEntries))
    .orderBy(desc(auditEntries.seq))
    .limit(1);
  const row = {
    id: newId("audit", work.nowMs),
    ...own(work),
    seq: (last?.seq ?? 0) + 1,
    at: new Date(work.nowMs),
    actor: work.who.keyId,
    ...deed,
    previousHash: last?.hash ?? GENESIS,
  };
  await work.tx.insert(auditEntries).values({ ...row, hash: auditHash(row) });
}

function toEntry(row: Row): AuditEntry {
  return {
    id: row.id,
    seq: row.seq,
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    target: row.target,
    request_id: row.requestId,
    previous_hash: row.previousHash,
    hash: row.hash,
  };
}

export async function listAudit(work: Work, query: PageQuery) {
  const { after, order, limit } = keyset(query, auditEntries.id);
  const rows = await work.tx
    .select()
    .from(auditEntries)
    .where(mine(work, auditEntries, after))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toEntry);
}

const BATCH = 1000;

/** Walks the chain from its beginning. */
export async function verifyAudit(work: Work): Promise<AuditVerified> {
  let seq = 0;
  let head = GENESIS;
  for (;;) {
    const rows = await work.tx
      .select()
      .from(auditEntries)
      .where(mine(work, auditEntries, gt(auditEntries.seq, seq)))
      .orderBy(asc(auditEntries.seq))
      .limit(BATCH);
    for (const row of rows) {
      const intact = row.seq === seq + 1 && row.previousHash === head && auditHash(row) === row.hash;
      if (!intact) return { intact: false, entries: seq, head_hash: head, broken_at_seq: seq + 1 };
      seq = row.seq;
      head = row.hash;
    }
    if (rows.length < BATCH) return { intact: true, entries: seq, head_hash: head, broken_at_seq: null };
  }
}
