/**
 * The audit log: one entry for every mutation, in the mutation's own transaction. Each entry's hash covers the one before it, one chain per
 * workspace and environment, so that a changed, removed or inserted entry shows; a trigger refuses update and delete besides.
 */
import { createHash } from "node:crypto";
import { asc, gt } from "drizzle-orm";
import type { AuditEntry, AuditVerified } from "./contract/keys.ts";
import type { PageQuery } from "./contract/page.ts";
import { auditEntries } from "./db/schema.ts";
import { query, start } from "./db/statements.ts";
import { newId } from "./ids.ts";
import { keyset, toPage } from "./paging.ts";
import { LOCK, mine, type Work } from "./work.ts";

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

/**
 * The last thing a transaction does: it holds the chain's lock until the commit. The database computes the hash, because only behind the lock is
 * the entry before this one known: `auditHash` is the same in TypeScript and checks it.
 */
export function appendAudit(work: Work, { action, target, requestId }: Deed): void {
  const { workspaceId, livemode, keyId: actor } = work.who;
  const id = newId("audit", work.nowMs);
  const at = new Date(work.nowMs);
  const before = `${JSON.stringify([id, workspaceId, livemode]).slice(0, -1)},`;
  const after = `,${JSON.stringify([at.getTime(), actor, action, target, requestId]).slice(1, -1)},"`;
  start(query(work.tx, LOCK, [`audit:${workspaceId}:${livemode}`]));
  const row = [id, workspaceId, livemode, at.toISOString(), actor, action, target, requestId, before, after];
  start(query(work.tx, APPEND, row));
}

const APPEND = `
  insert into audit_entries (id, workspace_id, livemode, seq, at, actor, action, target, request_id, previous_hash, hash)
  select $1, $2, $3, next.seq, $4::timestamptz, $5, $6, $7, $8, next.previous,
    encode(sha256(convert_to($9::text || next.seq || $10::text || next.previous || '"]', 'UTF8')), 'hex')
  from (
    select coalesce(last.seq, 0) + 1 as seq, coalesce(last.hash, '${GENESIS}') as previous
    from (select) chain left join lateral (
      select seq, hash from audit_entries where workspace_id = $2 and livemode = $3 order by seq desc limit 1
    ) last on true
  ) next`;

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
