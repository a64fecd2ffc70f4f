/**
 * A call session in five steps: open (caller matched or new) → context → fields, any number of times → finalize, atomic →
 * signed events. States: `open → finalized`; fields are refused after it, finalize repeats its first result.
 */
import { and, desc, eq, gt, inArray, isNotNull, ne } from "drizzle-orm";
import { z } from "zod";
import { Outcome } from "../contract/common.ts";
import type { CallContext, CallSession, CallSessionFinalize, CallSessionOpen, Created } from "../contract/crm.ts";
import { appointments, callSessions, calls } from "../db/schema.ts";
import { insert, start } from "../db/statements.ts";
import { newId } from "../ids.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { country } from "../voice/agent.ts";
import type { CallRow } from "../voice/calls.ts";
import { createdOfCalls } from "../voice/created.ts";
import { emit } from "../webhooks/emit.ts";
import { lockCall, mine, own, type Work } from "../work.ts";
import {
  type ContactRow,
  createContact,
  findContact,
  matchContact,
  toContact,
  toE164,
  updateContact,
} from "./contacts.ts";
import { insertLead, knownCatalogItems, requireCatalogItems } from "./leads.ts";
import { addToTimeline } from "./timeline.ts";

export type SessionRow = typeof callSessions.$inferSelect;

export async function findSession(work: Work, id: string): Promise<SessionRow> {
  const [row] = await work.tx
    .select()
    .from(callSessions)
    .where(mine(work, callSessions, eq(callSessions.id, id)));
  if (row === undefined) throw notFound("call session");
  return row;
}

export async function sessionOfCall(work: Work, callId: string): Promise<SessionRow | undefined> {
  const [row] = await work.tx
    .select()
    .from(callSessions)
    .where(mine(work, callSessions, eq(callSessions.callId, callId)));
  return row;
}

async function toSession(work: Work, row: SessionRow): Promise<CallSession> {
  const contact = row.contactId === null ? null : toContact(await findContact(work, row.contactId));
  return { id: row.id, call_id: row.callId, contact, known: row.known, fields: row.fields, status: row.status };
}

/** Step 1. The same call opens the same session. */
export async function openSession(
  work: Work,
  input: CallSessionOpen,
): Promise<{ session: CallSession; created: boolean }> {
  lockCall(work, input.call_id);
  const { row, created } = await openRow(work, input);
  return { session: await toSession(work, row), created };
}

/** Step 1 for who holds the call's lock already. */
export async function openRow(work: Work, input: CallSessionOpen): Promise<{ row: SessionRow; created: boolean }> {
  const existing = await sessionOfCall(work, input.call_id);
  if (existing !== undefined) return { row: existing, created: false };
  const match = input.from === null ? undefined : await matchContact(work, input.from);
  return { row: insertSession(work, input, match), created: true };
}

/** Of a call that has none. @param match whose the number is */
export function insertSession(
  work: Work,
  { call_id: callId, from, to }: CallSessionOpen,
  match: { contact: ContactRow; known: boolean } | undefined,
): SessionRow {
  const row = {
    id: newId("callSession", work.nowMs),
    ...own(work),
    callId,
    from,
    to,
    contactId: match?.contact.id ?? null,
    known: match?.known ?? false,
    fields: {},
    status: "open" as const,
    leadId: null,
    createdAt: new Date(work.nowMs),
    finalizedAt: null,
  };
  insert(work.tx, callSessions, row);
  return row;
}

const RECENT_CALLS = 5;

/** Step 2. What is known of the caller. */
export async function sessionContext(work: Work, id: string): Promise<CallContext> {
  const row = await findSession(work, id);
  if (row.contactId === null) return { contact: null, known: false, recent_calls: [], upcoming_appointments: [] };
  const contact = await findContact(work, row.contactId);
  const recent = await work.tx
    .select()
    .from(calls)
    .where(mine(work, calls, eq(calls.contactId, contact.id), ne(calls.id, row.callId), isNotNull(calls.outcome)))
    .orderBy(desc(calls.id))
    .limit(RECENT_CALLS);
  const upcoming = await work.tx
    .select()
    .from(appointments)
    .where(
      mine(
        work,
        appointments,
        eq(appointments.contactId, contact.id),
        inArray(appointments.status, ["booked", "rescheduled"]),
        gt(appointments.startsAt, new Date(work.nowMs)),
      ),
    )
    .orderBy(appointments.startsAt)
    .limit(20);
  return {
    contact: toContact(contact),
    known: row.known,
    recent_calls: recent.map((call) => ({
      id: call.id,
      started_at: call.startedAt.toISOString(),
      outcome: Outcome.parse(call.outcome),
      summary: call.summary ?? "",
    })),
    upcoming_appointments: upcoming.map((appointment) => ({
      id: appointment.id,
      service: appointment.serviceName,
      starts_at: appointment.startsAt.toISOString(),
    })),
    pauses_ms: contact.pausesMs ?? [],
  };
}

/** Step 3. */
export async function collectFields(work: Work, id: string, fields: Record<string, string>): Promise<CallSession> {
  const row = await findSession(work, id);
  lockCall(work, row.callId);
  const current = await findSession(work, id);
  if (current.status === "finalized") {
    throw new ProblemError(409, "session_finalized", "This call session is finalized; its fields no longer change.");
  }
  return toSession(work, await mergeFields(work, current, fields));
}

const Email = z.email();

/** What of the fields belongs to the contact; what is not valid there stays a field. */
async function contactPatch(work: Work, fields: Record<string, string>) {
  const name = fields["name"]?.trim().slice(0, 200);
  const email = Email.safeParse(fields["email"]).data;
  const phone = fields["phone"] === undefined ? undefined : toE164(fields["phone"], await country(work));
  return { ...(name ? { name } : {}), ...(email ? { email } : {}), ...(phone ? { phone } : {}) };
}

async function contactForFields(work: Work, row: SessionRow, patch: { name?: string; email?: string; phone?: string }) {
  if (row.contactId !== null) return updateContact(work, await findContact(work, row.contactId), patch);
  // The caller withheld the number and told one.
  if (patch.phone === undefined) return undefined;
  const { contact } = await matchContact(work, patch.phone, patch.name);
  return updateContact(work, contact, patch);
}

async function mergeFields(work: Work, row: SessionRow, fields: Record<string, string>): Promise<SessionRow> {
  if (Object.keys(fields).length === 0) return row;
  const contact = await contactForFields(work, row, await contactPatch(work, fields));
  const [changed] = await work.tx
    .update(callSessions)
    .set({ fields: { ...row.fields, ...fields }, contactId: contact?.id ?? row.contactId })
    .where(mine(work, callSessions, eq(callSessions.id, row.id)))
    .returning();
  return changed ?? row;
}

/** Step 4 over HTTP: everything named must exist. */
export async function finalizeSession(
  work: Work,
  id: string,
  input: CallSessionFinalize,
): Promise<Created & { id: string; call_id: string }> {
  const found = await findSession(work, id);
  lockCall(work, found.callId);
  const row = await findSession(work, id);
  if (row.status === "open") {
    await requireCatalogItems(work, input.interests);
    if (input.appointment_id !== undefined && !(await appointmentExists(work, input.appointment_id))) {
      throw invalid("/appointment_id", "no appointment of this workspace has this id");
    }
    await finalizeRow(work, { row }, input, {});
  }
  const created = await createdOfCalls(work, [row.callId]);
  return { id, call_id: row.callId, ...created(row.callId) };
}

async function appointmentExists(work: Work, id: string): Promise<boolean> {
  const rows = await work.tx
    .select({ id: appointments.id })
    .from(appointments)
    .where(mine(work, appointments, eq(appointments.id, id)));
  return rows.length > 0;
}

/** Outcomes after which there is nobody to sell to. */
const NO_LEAD: ReadonlySet<string> = new Set(["robocall", "wrong_number", "owner_update"]);

/** What a finalized session says of its call. */
export interface Finalized {
  row: SessionRow;
  contact: ContactRow | undefined;
  created: Created;
}

/**
 * Step 4 for who holds the call's lock: contact, lead, interests, appointment and call in one transaction. Ids that do not exist are left out.
 * @param session its contact too, when it was just read
 * @param closing what else is now known of the call: written with the rest
 */
export async function finalizeRow(
  work: Work,
  session: { row: SessionRow; contact?: ContactRow | undefined },
  input: CallSessionFinalize,
  fields: Record<string, string>,
  closing: Partial<CallRow> = {},
): Promise<Finalized> {
  const row = await mergeFields(work, session.row, fields);
  const unchanged = row === session.row && row.contactId === session.contact?.id;
  const contact = unchanged ? session.contact : await finalContact(work, row);
  const booked =
    input.appointment_id === undefined ? undefined : await linkAppointment(work, input.appointment_id, row.callId);
  const known = await knownCatalogItems(
    work,
    input.interests.map((interest) => interest.catalog_item_id),
  );
  const interests = input.interests.filter((interest) => known.has(interest.catalog_item_id));
  if (booked !== undefined) interests.push({ catalog_item_id: booked.serviceId });
  const wanted = interests.length > 0 || !row.known;
  const leadId =
    contact !== undefined && wanted && !NO_LEAD.has(input.outcome)
      ? insertLead(work, { contactId: contact.id, source: "voice", callId: row.callId, interests })
      : null;
  const contactId = contact?.id ?? null;
  const said = { outcome: input.outcome, summary: input.summary, ...sentimentOf(input) };
  const ofCall = mine(work, calls, eq(calls.id, row.callId));
  start(
    work.tx
      .update(calls)
      .set({ ...closing, contactId, leadId, ...said })
      .where(ofCall),
  );
  const done = { status: "finalized" as const, contactId, leadId, finalizedAt: new Date(work.nowMs) };
  start(
    work.tx
      .update(callSessions)
      .set(done)
      .where(mine(work, callSessions, eq(callSessions.id, row.id))),
  );
  if (contactId !== null) addToTimeline(work, contactId, { kind: "call", reference: row.callId });
  const created = (await createdOfCalls(work, [row.callId]))(row.callId);
  emit(work, "call.finalized", { id: row.id, call_id: row.callId, outcome: input.outcome, ...created });
  return { row: { ...row, ...done }, contact, created };
}

const sentimentOf = ({ sentiment }: CallSessionFinalize) => ({
  sentimentLabel: sentiment.label,
  sentimentScore: sentiment.score,
});

/** A caller without a number becomes a contact only when something was learned of them. */
async function finalContact(work: Work, row: SessionRow): Promise<ContactRow | undefined> {
  if (row.contactId !== null) return findContact(work, row.contactId);
  if (Object.keys(row.fields).length === 0) return undefined;
  const { name, email } = await contactPatch(work, row.fields);
  return createContact(work, { phone: null, name: name ?? null, email: email ?? null });
}

async function linkAppointment(work: Work, id: string, callId: string) {
  const where = mine(work, appointments, and(eq(appointments.id, id)));
  const [row] = await work.tx.select().from(appointments).where(where);
  if (row !== undefined && row.callId === null) await work.tx.update(appointments).set({ callId }).where(where);
  return row;
}
