import { and, eq, inArray } from "drizzle-orm";
import type { Lead, LeadCreate, LeadCreated } from "../contract/crm.ts";
import type { PageQuery } from "../contract/page.ts";
import { leadInterests, leads, services } from "../db/schema.ts";
import { insert, start } from "../db/statements.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound } from "../problem.ts";
import { refusedTransition, requireTransition, type Transitions } from "../transitions.ts";
import { country } from "../voice/agent.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";
import { matchContact, toE164, updateContact } from "./contacts.ts";
import { addToTimeline } from "./timeline.ts";

export interface Interest {
  catalog_item_id: string;
  note?: string | undefined;
}

/** Which of these catalog items exist here. */
export async function knownCatalogItems(work: Work, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await work.tx
    .select({ id: services.id })
    .from(services)
    .where(mine(work, services, and(inArray(services.id, ids))));
  return new Set(rows.map((row) => row.id));
}

/** Throws naming the interest whose item does not exist. */
export async function requireCatalogItems(work: Work, interests: readonly Interest[]): Promise<void> {
  const known = await knownCatalogItems(
    work,
    interests.map((interest) => interest.catalog_item_id),
  );
  const bad = interests.findIndex((interest) => !known.has(interest.catalog_item_id));
  if (bad >= 0) throw invalid(`/interests/${bad}/catalog_item_id`, "no catalog item of this workspace has this id");
}

interface NewLead {
  contactId: string;
  source: string;
  callId: string | null;
  interests: readonly Interest[];
}

/** @param lead its interests exist and may repeat: the first note wins */
export function insertLead(work: Work, lead: NewLead): string {
  const id = newId("lead", work.nowMs);
  const { contactId, source, callId } = lead;
  const row = { id, contactId, source, callId, stage: "new" as const, createdAt: new Date(work.nowMs) };
  insert(work.tx, leads, { ...own(work), ...row });
  const first = lead.interests.filter(
    ({ catalog_item_id }, i, all) => all.findIndex((other) => other.catalog_item_id === catalog_item_id) === i,
  );
  const interests = first.map(({ catalog_item_id, note = null }) => ({
    leadId: id,
    catalogItemId: catalog_item_id,
    note,
  }));
  if (interests.length > 0) start(work.tx.insert(leadInterests).values(interests));
  addToTimeline(work, contactId, { kind: "lead", reference: id });
  emit(work, "lead.created", { lead: toLead({ ...row, updatedAt: null }, interests) });
  return id;
}

export async function createLead(work: Work, input: LeadCreate): Promise<LeadCreated> {
  const phone = toE164(input.contact.phone, await country(work));
  if (phone === undefined) throw invalid("/contact/phone", "expected a phone number, e.g. +919876543210");
  await requireCatalogItems(work, input.interests);
  const { name } = input.contact;
  const { contact, known } = await matchContact(work, phone, name);
  if (known && contact.name === null && name !== undefined) await updateContact(work, contact, { name });
  const id = insertLead(work, {
    contactId: contact.id,
    source: input.source,
    callId: null,
    interests: input.interests,
  });
  return { id, contact_id: contact.id, stage: "new" };
}

type LeadRow = typeof leads.$inferSelect;
type InterestRow = typeof leadInterests.$inferSelect;

/** A lost lead may come back; a won one is won. */
const STAGES: Transitions<LeadRow["stage"]> = {
  new: ["contacted", "qualified", "lost"],
  contacted: ["qualified", "lost"],
  qualified: ["won", "lost"],
  won: [],
  lost: ["contacted"],
};

function toLead(row: Omit<LeadRow, "workspaceId" | "livemode">, interests: readonly InterestRow[]): Lead {
  return {
    id: row.id,
    contact_id: row.contactId,
    stage: row.stage,
    source: row.source,
    call_id: row.callId,
    interests: interests.map(({ catalogItemId, note }) => ({ catalog_item_id: catalogItemId, note })),
    created_at: row.createdAt.toISOString(),
    updated_at: (row.updatedAt ?? row.createdAt).toISOString(),
  };
}

async function toLeads(work: Work, rows: LeadRow[]): Promise<Map<string, Lead>> {
  const ids = rows.map((row) => row.id);
  const interests =
    ids.length === 0 ? [] : await work.tx.select().from(leadInterests).where(inArray(leadInterests.leadId, ids));
  const of = (row: LeadRow) => interests.filter((interest) => interest.leadId === row.id);
  return new Map(rows.map((row) => [row.id, toLead(row, of(row))]));
}

const oneLead = (work: Work, id: string) => mine(work, leads, eq(leads.id, id));

export async function getLead(work: Work, id: string): Promise<Lead> {
  const lead = (await toLeads(work, await work.tx.select().from(leads).where(oneLead(work, id)))).get(id);
  if (lead === undefined) throw notFound("lead");
  return lead;
}

type LeadQuery = PageQuery & { contact_id?: string | undefined; stage?: LeadRow["stage"] | undefined };

export async function listLeads(work: Work, query: LeadQuery) {
  const { after, order, limit } = keyset(query, leads.id);
  const filters = and(
    query.contact_id === undefined ? undefined : eq(leads.contactId, query.contact_id),
    query.stage === undefined ? undefined : eq(leads.stage, query.stage),
  );
  const rows = await work.tx
    .select()
    .from(leads)
    .where(mine(work, leads, after, filters))
    .orderBy(order)
    .limit(limit);
  const all = await toLeads(work, rows);
  const { next_cursor, data } = toPage(rows, query, (row) => row.id);
  return { data: data.flatMap((id) => all.get(id) ?? []), next_cursor };
}

/** @throws ProblemError 409 `transition_refused` */
export async function moveLead(work: Work, id: string, to: LeadRow["stage"]): Promise<Lead> {
  const before = await getLead(work, id);
  if (before.stage === to) return before;
  requireTransition(STAGES, before.stage, to);
  const moved = await work.tx
    .update(leads)
    .set({ stage: to, updatedAt: new Date(work.nowMs) })
    .where(and(oneLead(work, id), eq(leads.stage, before.stage)))
    .returning({ id: leads.id });
  const lead = await getLead(work, id);
  // Another request was quicker.
  if (moved.length === 0) throw refusedTransition(STAGES, lead.stage, to);
  const changes = [{ field: "stage", from: before.stage, to }];
  addToTimeline(work, lead.contact_id, { kind: "lead", reference: id, changes });
  emit(work, "lead.stage_changed", { lead, from: before.stage, to });
  return lead;
}
