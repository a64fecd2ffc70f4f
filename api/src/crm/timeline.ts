/** What happened to a contact, field by field. Append-only: the table's trigger refuses all else. */
import { inArray } from "drizzle-orm";
import type { PageQuery } from "../contract/page.ts";
import type { FieldChange, TIMELINE_KINDS, TimelineEntry } from "../contract/timeline.ts";
import { contactTimeline } from "../db/schema.ts";
import { insert } from "../db/statements.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { mine, own, type Work } from "../work.ts";

interface Entry {
  kind: (typeof TIMELINE_KINDS)[number];
  changes?: FieldChange[];
  reference?: string;
}

export function addToTimeline(work: Work, contactId: string, entry: Entry): void {
  const { kind, changes = [], reference = null } = entry;
  const id = newId("timelineEntry", work.nowMs);
  const at = new Date(work.nowMs);
  const row = { id, ...own(work), contactId, kind, changes, reference, actor: work.who.keyId, at };
  insert(work.tx, contactTimeline, row);
}

/** What differs between two states of a record, field by field. */
export function fieldChanges(
  before: Record<string, string | null>,
  after: Record<string, string | null>,
): FieldChange[] {
  return Object.keys(after)
    .filter((field) => before[field] !== after[field])
    .map((field) => ({ field, from: before[field] ?? null, to: after[field] ?? null }));
}

/** @param contactIds a contact and those that were merged into it */
export async function listTimeline(work: Work, contactIds: string[], query: PageQuery) {
  const { after, order, limit } = keyset(query, contactTimeline.id);
  const rows = await work.tx
    .select()
    .from(contactTimeline)
    .where(mine(work, contactTimeline, after, inArray(contactTimeline.contactId, contactIds)))
    .orderBy(order)
    .limit(limit);
  return toPage(
    rows,
    query,
    (row): TimelineEntry => ({
      id: row.id,
      contact_id: row.contactId,
      kind: row.kind,
      changes: row.changes,
      reference: row.reference,
      actor: row.actor,
      at: row.at.toISOString(),
    }),
  );
}
