/** The ids of everything that came of a call, read from the rows themselves. */
import { eq } from "drizzle-orm";
import type { Created } from "../contract/crm.ts";
import { calls } from "../db/schema.ts";
import { query } from "../db/statements.ts";
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

interface Row {
  call_id: string;
  contact_id: string | null;
  lead_id: string | null;
  remote: Created | null;
  appointment_ids: string[] | null;
  ticket_ids: string[] | null;
}

const idsIn = (table: "appointments" | "tickets") =>
  `(select array_agg(t.id order by t.id) from ${table} t where t.workspace_id = $2 and t.livemode = $3 and t.call_id = asked.call_id)`;
const CREATED = `
  select asked.call_id, coalesce(c.contact_id, s.contact_id) as contact_id, coalesce(c.lead_id, s.lead_id) as lead_id,
    c.remote_created as remote, ${idsIn("appointments")} as appointment_ids, ${idsIn("tickets")} as ticket_ids
  from unnest($1::text[]) as asked(call_id)
  left join calls c on c.workspace_id = $2 and c.livemode = $3 and c.id = asked.call_id
  left join call_sessions s on s.workspace_id = $2 and s.livemode = $3 and s.call_id = asked.call_id`;

/** One query, however many calls; of a call without a row too: what it booked before it was reported. */
export async function createdOfCalls(work: Work, callIds: string[]): Promise<(callId: string) => Created> {
  if (callIds.length === 0) return () => NOTHING;
  const { workspaceId, livemode } = work.who;
  const rows = await query<Row>(work.tx, CREATED, [callIds, workspaceId, livemode]);
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
