import { and, inArray } from "drizzle-orm";
import type { LeadCreate, LeadCreated } from "../contract/crm.ts";
import { leadInterests, leads, services } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { invalid } from "../problem.ts";
import { country } from "../voice/agent.ts";
import { mine, own, type Work } from "../work.ts";
import { matchContact, toE164, updateContact } from "./contacts.ts";

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
export async function insertLead(work: Work, lead: NewLead): Promise<string> {
  const id = newId("lead", work.nowMs);
  const { contactId, source, callId } = lead;
  await work.tx
    .insert(leads)
    .values({ id, ...own(work), contactId, source, callId, stage: "new", createdAt: new Date(work.nowMs) });
  const rows = lead.interests.map((interest) => ({
    leadId: id,
    catalogItemId: interest.catalog_item_id,
    note: interest.note ?? null,
  }));
  if (rows.length > 0) await work.tx.insert(leadInterests).values(rows).onConflictDoNothing();
  return id;
}

export async function createLead(work: Work, input: LeadCreate): Promise<LeadCreated> {
  const phone = toE164(input.contact.phone, await country(work));
  if (phone === undefined) throw invalid("/contact/phone", "expected a phone number, e.g. +919876543210");
  await requireCatalogItems(work, input.interests);
  const { name } = input.contact;
  const { contact, known } = await matchContact(work, phone, name);
  if (known && contact.name === null && name !== undefined) await updateContact(work, contact, { name });
  const id = await insertLead(work, {
    contactId: contact.id,
    source: input.source,
    callId: null,
    interests: input.interests,
  });
  return { id, contact_id: contact.id, stage: "new" };
}
