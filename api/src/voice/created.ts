/** The ids of everything that came of a call, read from the rows themselves. */
import { inArray } from "drizzle-orm";
import type { Created } from "../contract/crm.ts";
import { appointments, callSessions, calls, tickets } from "../db/schema.ts";
import { mine, type Work } from "../work.ts";

/** One query per table, however many calls. */
export async function createdOfCalls(work: Work, callIds: string[]): Promise<(callId: string) => Created> {
  if (callIds.length === 0) return () => ({ contact_id: null, lead_id: null, appointment_ids: [], ticket_ids: [] });
  const { tx } = work;
  const sessions = await tx
    .select()
    .from(callSessions)
    .where(mine(work, callSessions, inArray(callSessions.callId, callIds)));
  const rows = await tx
    .select({ id: calls.id, contactId: calls.contactId, leadId: calls.leadId })
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
    return {
      contact_id: call?.contactId ?? session?.contactId ?? null,
      lead_id: call?.leadId ?? session?.leadId ?? null,
      appointment_ids: booked.filter((row) => row.callId === callId).map((row) => row.id),
      ticket_ids: opened.filter((row) => row.callId === callId).map((row) => row.id),
    };
  };
}
