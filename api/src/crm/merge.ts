/** Two contacts that are one person. The survivor takes over everything; the other id and number keep finding it. */
import { eq } from "drizzle-orm";
import type { Contact } from "../contract/crm.ts";
import { appointments, callSessions, calls, contacts, leads, tickets } from "../db/schema.ts";
import { invalid } from "../problem.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, type Work } from "../work.ts";
import { type ContactRow, changeContact, findContact, toContact } from "./contacts.ts";
import { addToTimeline } from "./timeline.ts";

const OWNED = [calls, leads, callSessions, appointments, tickets] as const;

/** What the survivor lacks and the other has. A number can be on one row only, so it is taken off the other first. */
async function fillGaps(work: Work, source: ContactRow, target: ContactRow): Promise<ContactRow> {
  const patch = {
    ...(target.name === null && source.name !== null ? { name: source.name } : {}),
    ...(target.email === null && source.email !== null ? { email: source.email } : {}),
    ...(target.phone === null && source.phone !== null ? { phone: source.phone } : {}),
  };
  if (patch.phone !== undefined) {
    await work.tx
      .update(contacts)
      .set({ phone: null })
      .where(mine(work, contacts, eq(contacts.id, source.id)));
  }
  return changeContact(work, target, patch);
}

/** @throws ProblemError 404, or 422 for a contact merged into itself */
export async function mergeContacts(work: Work, id: string, intoId: string): Promise<Contact> {
  const source = await findContact(work, id);
  const target = await findContact(work, intoId);
  if (source.id === target.id) throw invalid("/into", "these are one contact already");
  const merged = await fillGaps(work, source, target);
  for (const table of OWNED) {
    await work.tx
      .update(table)
      .set({ contactId: target.id })
      .where(mine(work, table, eq(table.contactId, source.id)));
  }
  // Flat, so that following a merge is one step.
  for (const column of [contacts.id, contacts.mergedInto]) {
    await work.tx
      .update(contacts)
      .set({ mergedInto: target.id, updatedAt: new Date(work.nowMs) })
      .where(mine(work, contacts, eq(column, source.id)));
  }
  addToTimeline(work, target.id, { kind: "merged", reference: source.id });
  const contact = toContact(merged);
  emit(work, "contact.merged", { contact, merged_id: source.id });
  return contact;
}

/** A contact's id and the ids that were merged into it. */
export async function idsOfContact(work: Work, id: string): Promise<string[]> {
  const rows = await work.tx
    .select({ id: contacts.id })
    .from(contacts)
    .where(mine(work, contacts, eq(contacts.mergedInto, id)));
  return [id, ...rows.map((row) => row.id)];
}
