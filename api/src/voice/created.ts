/** The ids of everything that came of a call, read from the rows themselves. */
import { eq, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
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

interface Row extends Record<string, unknown> {
  call_id: string;
  contact_id: string | null;
  lead_id: string | null;
  remote: Created | null;
  appointment_ids: string[] | null;
  ticket_ids: string[] | null;
}

const idsOf = (
  table: PgTable,
  columns: { callId: PgColumn; workspaceId: PgColumn; livemode: PgColumn; id: PgColumn },
  work: Work,
) =>
  sql`(select array_agg(${columns.id} order by ${columns.id}) from ${table} where ${mine(work, columns, eq(columns.callId, sql`asked.call_id`))})`;

/** One query, however many calls; of a call without a row too: what it booked before it was reported. */
export async function createdOfCalls(work: Work, callIds: string[]): Promise<(callId: string) => Created> {
  if (callIds.length === 0) return () => NOTHING;
  const rows = await work.tx.execute<Row>(sql`
    select asked.call_id, coalesce(${calls.contactId}, ${callSessions.contactId}) as contact_id,
      coalesce(${calls.leadId}, ${callSessions.leadId}) as lead_id, ${calls.remoteCreated} as remote,
      ${idsOf(appointments, appointments, work)} as appointment_ids, ${idsOf(tickets, tickets, work)} as ticket_ids
    from unnest(${sql.param(callIds)}::text[]) as asked(call_id)
    left join ${calls} on ${mine(work, calls, eq(calls.id, sql`asked.call_id`))}
    left join ${callSessions} on ${mine(work, callSessions, eq(callSessions.callId, sql`asked.call_id`))}`);
  const byCall = new Map(rows.map((row) => [row.call_id, row]));
  return (callId) => {
    const row = byCall.get(callId);
    const remote = row?.remote ?? NOTHING;
    return {
      contact_id: row?.contact_id ?? remote.contact_id,
      lead_id: row?.lead_id ?? remote.lead_id,
      appointment_ids: both(row?.appointment_ids ?? [], remote.appointment_ids),
      ticket_ids: both(row?.ticket_ids ?? [], remote.ticket_ids),
    };
  };
}
