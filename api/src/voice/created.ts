/** The ids of everything that came of a call, read from the rows themselves. */
import { eq, inArray } from "drizzle-orm";
import type { Created } from "../contract/crm.ts";
import { appointments, callSessions, calls, tickets } from "../db/schema.ts";
import { mine, type Work } from "../work.ts";

export const NOTHING: Created = { contact_id: null, lead_id: null, appointment_ids: [], ticket_ids: [] };

const both = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];

/** What came of a call in products that live elsewhere: added to what is remembered of it. */
export async function rememberRemote(work: Work, callId: string, created: Created): Promise<void> {
  const where = mine(work, calls, eq(calls.id, callId));
  const [row] = await work.tx.select({ before: calls.remoteCreated }).from(calls).where(where);
  const before = row?.before ?? NOTHING;
  const remoteCreated: Created = {
    contact_id: created.contact_id ?? before.contact_id,
    lead_id: created.lead_id ?? before.lead_id,
    appointment_ids: both(before.appointment_ids, created.appointment_ids),
    ticket_ids: both(before.ticket_ids, created.ticket_ids),
  };
  await work.tx.update(calls).set({ remoteCreated }).where(where);
}

/** One query per table, however many calls. */
export async function createdOfCalls(work: Work, callIds: string[]): Promise<(callId: string) => Created> {
  if (callIds.length === 0) return () => NOTHING;
  const { tx } = work;
  const sessions = await tx
    .select()
    .from(callSessions)
    .where(mine(work, callSessions, inArray(callSessions.callId, callIds)));
  const rows = await tx
    .select({ id: calls.id, contactId: calls.contactId, leadId: calls.leadId, remote: calls.remoteCreated })
    .from(calls)
    .where(mine(work, calls, inArray(calls.id, callIds)));
  const booked = await tx
    .select({ id: appointments.id, callId: appointments.callId })
    .from(appointments)
    .where(mine(work, appointments, inArray(appointments.callId, callIds)))
    .orderBy(appointments.id);
  const opened = await tx
    .select({ id: tickets.id, callId: tickets.callId })
    .from(tickets)
    .where(mine(work, tickets, inArray(tickets.callId, callIds)))
    .orderBy(tickets.id);
  return (callId) => {
    const session = sessions.find((row) => row.callId === callId);
    const call = rows.find((row) => row.id === callId);
    const remote = call?.remote ?? NOTHING;
    const ofCall = (list: { id: string; callId: string | null }[]) =>
      list.filter((row) => row.callId === callId).map((row) => row.id);
    return {
      contact_id: call?.contactId ?? session?.contactId ?? remote.contact_id,
      lead_id: call?.leadId ?? session?.leadId ?? remote.lead_id,
      appointment_ids: both(ofCall(booked), remote.appointment_ids),
      ticket_ids: both(ofCall(opened), remote.ticket_ids),
    };
  };
}
