/** One contact per phone number and environment. */
import { eq, ilike, isNull, or, type SQL, sql } from "drizzle-orm";
import { parsePhoneNumberFromString } from "libphonenumber-js";
import { E164 } from "../contract/common.ts";
import type { Contact, ContactCreate, ContactUpdate } from "../contract/crm.ts";
import type { PageQuery } from "../contract/page.ts";
import { contacts } from "../db/schema.ts";
import { start } from "../db/statements.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { country } from "../voice/agent.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";
import { addToTimeline, fieldChanges } from "./timeline.ts";

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

/** By its id, or by the id of one that was merged into it. @throws ProblemError 404 */
export async function findContact(work: Work, id: string): Promise<ContactRow> {
  const [row] = await work.tx
    .select()
    .from(contacts)
    .where(mine(work, contacts, eq(contacts.id, id)));
  if (row === undefined) throw notFound("contact");
  return survivor(work, row);
}

/** Merges are flat: what a contact was merged into is not itself merged. */
async function survivor(work: Work, row: ContactRow): Promise<ContactRow> {
  return row.mergedInto === null ? row : findContact(work, row.mergedInto);
}

export async function findContactByPhone(work: Work, phone: string): Promise<ContactRow | undefined> {
  const [row] = await work.tx
    .select()
    .from(contacts)
    .where(mine(work, contacts, eq(contacts.phone, phone)));
  return row === undefined ? undefined : survivor(work, row);
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
  if (row !== undefined) {
    const changes = fieldChanges({}, { name, phone, email }).filter((change) => change.to !== null);
    addToTimeline(work, row.id, { kind: "created", changes });
  }
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

type Patch = { name?: string | null; email?: string | null; phone?: string | null };

/** Changes what is given, remembers it field by field and says so. */
export async function changeContact(work: Work, row: ContactRow, patch: Patch): Promise<ContactRow> {
  const { name, phone, email } = row;
  const changes = fieldChanges({ name, phone, email }, { ...patch });
  if (changes.length === 0) return row;
  const [changed] = await work.tx
    .update(contacts)
    .set({ ...patch, updatedAt: new Date(work.nowMs) })
    .where(mine(work, contacts, eq(contacts.id, row.id)))
    .returning();
  if (changed === undefined) throw new Error("bug: a contact is gone");
  addToTimeline(work, row.id, { kind: "updated", changes });
  emit(work, "contact.updated", { contact: toContact(changed), changes, actor: work.who.keyId });
  return changed;
}

/** What a caller told. A phone that another contact has is left alone: merging is the owner's decision. */
export async function updateContact(
  work: Work,
  row: ContactRow,
  patch: { name?: string; email?: string; phone?: string },
): Promise<ContactRow> {
  const { phone, ...rest } = patch;
  const free = phone !== undefined && row.phone === null && (await findContactByPhone(work, phone)) === undefined;
  return changeContact(work, row, { ...rest, ...(free ? { phone } : {}) });
}

async function readPhone(work: Work, text: string): Promise<string> {
  const phone = toE164(text, await country(work));
  if (phone === undefined) throw invalid("/phone", "expected a phone number, e.g. +919876543210");
  return phone;
}

function phoneTaken(by: ContactRow): ProblemError {
  return new ProblemError(409, "phone_taken", "Another contact has this number; merge them if they are one person.", {
    extra: { contact_id: by.id },
  });
}

/** The owner adds a contact. @throws ProblemError 409 `phone_taken` */
export async function addContact(work: Work, input: ContactCreate): Promise<Contact> {
  const phone = input.phone === undefined ? null : await readPhone(work, input.phone);
  const made = await createContact(work, { name: input.name ?? null, email: input.email ?? null, phone });
  if (made !== undefined) return toContact(made);
  const other = phone === null ? undefined : await findContactByPhone(work, phone);
  if (other === undefined) throw new Error("bug: a contact conflicts with none");
  throw phoneTaken(other);
}

/** The owner changes a contact. @throws ProblemError 409 `phone_taken` */
export async function editContact(work: Work, id: string, input: ContactUpdate): Promise<Contact> {
  const row = await findContact(work, id);
  const { phone: text, ...rest } = input;
  const phone = text == null ? text : await readPhone(work, text);
  if (phone != null && phone !== row.phone) {
    const other = await findContactByPhone(work, phone);
    if (other !== undefined && other.id !== row.id) throw phoneTaken(other);
  }
  const patch = Object.fromEntries(
    Object.entries({ ...rest, phone }).filter((entry): entry is [string, string | null] => entry[1] !== undefined),
  );
  return toContact(await changeContact(work, row, patch));
}

/** Part of a name, an address, or digits of a number. */
function naming(text: string): SQL | undefined {
  const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  const digits = text.replace(/[\s().-]/g, "");
  const byNumber = /^\+?\d{3,}$/.test(digits) ? sql`position(${digits} in ${contacts.phone}) > 0` : undefined;
  return or(ilike(contacts.name, pattern), ilike(contacts.email, pattern), byNumber);
}

export async function listContacts(
  work: Work,
  query: PageQuery & { phone?: string | undefined; q?: string | undefined },
) {
  const { after, order, limit } = keyset(query, contacts.id);
  const byPhone = query.phone === undefined ? undefined : eq(contacts.phone, query.phone);
  const found = query.phone === undefined ? undefined : await findContactByPhone(work, query.phone);
  const rows = await work.tx
    .select()
    .from(contacts)
    .where(
      mine(
        work,
        contacts,
        after,
        found === undefined ? byPhone : eq(contacts.id, found.id),
        isNull(contacts.mergedInto),
        query.q === undefined ? undefined : naming(query.q),
      ),
    )
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toContact);
}

/** How long this person pauses in mid-turn. */
export function rememberPauses(work: Work, contactId: string, pausesMs: number[]): void {
  start(
    work.tx
      .update(contacts)
      .set({ pausesMs })
      .where(mine(work, contacts, eq(contacts.id, contactId))),
  );
}
