/** One contact per phone number and environment. */
import { eq } from "drizzle-orm";
import { parsePhoneNumberFromString } from "libphonenumber-js";
import { E164 } from "../contract/common.ts";
import type { Contact } from "../contract/crm.ts";
import type { PageQuery } from "../contract/page.ts";
import { contacts } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { notFound } from "../problem.ts";
import { mine, own, type Work } from "../work.ts";

export type ContactRow = typeof contacts.$inferSelect;

export function toContact(row: ContactRow): Contact {
  return {
    id: row.id,
    name: row.name,
    phone: row.phone,
    email: row.email,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/**
 * A number as people write it → E.164.
 * @param country ISO 3166 code that numbers without a country code belong to
 * @returns undefined when it cannot be a phone number
 */
export function toE164(text: string, country: string): string | undefined {
  const digits = text.replace(/[\s().-]/g, "");
  if (E164.safeParse(digits).success) return digits;
  const parsed = parsePhoneNumberFromString(text, { defaultCountry: country as "IN", extract: false });
  const number = parsed?.isPossible() ? parsed.number : undefined;
  return E164.safeParse(number).data;
}

export async function findContact(work: Work, id: string): Promise<ContactRow> {
  const [row] = await work.tx
    .select()
    .from(contacts)
    .where(mine(work, contacts, eq(contacts.id, id)));
  if (row === undefined) throw notFound("contact");
  return row;
}

export async function findContactByPhone(work: Work, phone: string): Promise<ContactRow | undefined> {
  const [row] = await work.tx
    .select()
    .from(contacts)
    .where(mine(work, contacts, eq(contacts.phone, phone)));
  return row;
}

interface NewContact {
  phone: string | null;
  name?: string | null;
  email?: string | null;
}

export async function createContact(
  work: Work,
  { phone, name = null, email = null }: NewContact,
): Promise<ContactRow | undefined> {
  const at = new Date(work.nowMs);
  const id = newId("contact", work.nowMs);
  const [row] = await work.tx
    .insert(contacts)
    .values({ id, ...own(work), phone, name, email, createdAt: at, updatedAt: at })
    .onConflictDoNothing()
    .returning();
  return row;
}

/** The contact with this number, made when there is none. Two calls at the same moment get the same one. */
export async function matchContact(
  work: Work,
  phone: string,
  name?: string,
): Promise<{ contact: ContactRow; known: boolean }> {
  const existing = await findContactByPhone(work, phone);
  if (existing !== undefined) return { contact: existing, known: true };
  const made = await createContact(work, { phone, name: name ?? null });
  if (made !== undefined) return { contact: made, known: false };
  const raced = await findContactByPhone(work, phone);
  if (raced === undefined) throw new Error("bug: a contact conflicts with none");
  return { contact: raced, known: true };
}

/** Changes what is given. A phone that another contact has is left alone: merging is the owner's decision. */
export async function updateContact(
  work: Work,
  row: ContactRow,
  patch: { name?: string; email?: string; phone?: string },
): Promise<ContactRow> {
  const { phone, ...rest } = patch;
  const free = phone !== undefined && row.phone === null && (await findContactByPhone(work, phone)) === undefined;
  const set = { ...rest, ...(free ? { phone } : {}) };
  if (Object.keys(set).length === 0) return row;
  const [changed] = await work.tx
    .update(contacts)
    .set({ ...set, updatedAt: new Date(work.nowMs) })
    .where(mine(work, contacts, eq(contacts.id, row.id)))
    .returning();
  return changed ?? row;
}

export async function listContacts(work: Work, query: PageQuery & { phone?: string | undefined }) {
  const { after, order, limit } = keyset(query, contacts.id);
  const byPhone = query.phone === undefined ? undefined : eq(contacts.phone, query.phone);
  const rows = await work.tx
    .select()
    .from(contacts)
    .where(mine(work, contacts, after, byPhone))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toContact);
}
