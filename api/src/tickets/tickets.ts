import { and, eq } from "drizzle-orm";
import type { PageQuery } from "../contract/page.ts";
import type { Ticket, TicketCreate } from "../contract/tickets.ts";
import { findContact } from "../crm/contacts.ts";
import { addToTimeline } from "../crm/timeline.ts";
import { tickets } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { agentRow, slaOf } from "../voice/agent.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";

type TicketRow = typeof tickets.$inferSelect;

export function toTicket(row: TicketRow): Ticket {
  return {
    id: row.id,
    contact_id: row.contactId,
    subject: row.subject,
    body: row.body,
    status: row.status,
    urgency: row.urgency,
    source: row.source,
    call_id: row.callId,
    due_at: row.dueAt?.toISOString() ?? null,
    breached_at: row.breachedAt?.toISOString() ?? null,
    resolved_at: row.resolvedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

async function dueAt(work: Work, urgency: Ticket["urgency"]): Promise<Date> {
  const sla = slaOf(await agentRow(work));
  const minutes = { high: sla.high_minutes, normal: sla.normal_minutes, low: sla.low_minutes }[urgency];
  return new Date(work.nowMs + minutes * 60_000);
}

/** For who knows that the contact exists. */
export async function insertTicket(
  work: Work,
  input: Omit<TicketCreate, "contact_id"> & { contact_id: string | null },
): Promise<Ticket> {
  const at = new Date(work.nowMs);
  const [row] = await work.tx
    .insert(tickets)
    .values({
      id: newId("ticket", work.nowMs),
      ...own(work),
      contactId: input.contact_id,
      subject: input.subject,
      body: input.body ?? null,
      status: "open",
      urgency: input.urgency,
      source: input.source,
      callId: input.call_id ?? null,
      dueAt: await dueAt(work, input.urgency),
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (row === undefined) throw new Error("bug: a ticket was not inserted");
  const ticket = toTicket(row);
  if (row.contactId !== null) addToTimeline(work, row.contactId, { kind: "ticket", reference: row.id });
  emit(work, "ticket.created", { ticket });
  return ticket;
}

export async function createTicket(work: Work, input: TicketCreate): Promise<Ticket> {
  await findContact(work, input.contact_id).catch((error: unknown) => {
    if (error instanceof ProblemError) throw invalid("/contact_id", "no contact of this workspace has this id");
    throw error;
  });
  return insertTicket(work, input);
}

export async function getTicket(work: Work, id: string): Promise<Ticket> {
  const [row] = await work.tx
    .select()
    .from(tickets)
    .where(mine(work, tickets, eq(tickets.id, id)));
  if (row === undefined) throw notFound("ticket");
  return toTicket(row);
}

type TicketQuery = PageQuery & {
  contact_id?: string | undefined;
  call_id?: string | undefined;
  status?: Ticket["status"] | undefined;
};

export async function listTickets(work: Work, query: TicketQuery) {
  const { after, order, limit } = keyset(query, tickets.id);
  const filters = and(
    query.contact_id === undefined ? undefined : eq(tickets.contactId, query.contact_id),
    query.call_id === undefined ? undefined : eq(tickets.callId, query.call_id),
    query.status === undefined ? undefined : eq(tickets.status, query.status),
  );
  const rows = await work.tx
    .select()
    .from(tickets)
    .where(mine(work, tickets, after, filters))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toTicket);
}
