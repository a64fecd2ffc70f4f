import { and, eq } from "drizzle-orm";
import type { PageQuery } from "../contract/page.ts";
import type { Ticket, TicketCreate } from "../contract/tickets.ts";
import { findContact } from "../crm/contacts.ts";
import { tickets } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { mine, own, type Work } from "../work.ts";

type TicketRow = typeof tickets.$inferSelect;

function toTicket(row: TicketRow): Ticket {
  return {
    id: row.id,
    contact_id: row.contactId,
    subject: row.subject,
    body: row.body,
    status: row.status,
    urgency: row.urgency,
    source: row.source,
    call_id: row.callId,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
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
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (row === undefined) throw new Error("bug: a ticket was not inserted");
  return toTicket(row);
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

type TicketQuery = PageQuery & { contact_id?: string | undefined; call_id?: string | undefined };

export async function listTickets(work: Work, query: TicketQuery) {
  const { after, order, limit } = keyset(query, tickets.id);
  const filters = and(
    query.contact_id === undefined ? undefined : eq(tickets.contactId, query.contact_id),
    query.call_id === undefined ? undefined : eq(tickets.callId, query.call_id),
  );
  const rows = await work.tx
    .select()
    .from(tickets)
    .where(mine(work, tickets, after, filters))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toTicket);
}
