/** Where a ticket may go from where it is. One of two moves at once wins; the other is told where the ticket is now. */
import { and, eq } from "drizzle-orm";
import type { Ticket, TicketTransition } from "../contract/tickets.ts";
import { tickets } from "../db/schema.ts";
import { refusedTransition, requireTransition, type Transitions } from "../transitions.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, type Work } from "../work.ts";
import { addMessage } from "./thread.ts";
import { getTicket, toTicket } from "./tickets.ts";

export const TICKET_TRANSITIONS: Transitions<Ticket["status"]> = {
  open: ["in_progress", "waiting", "resolved"],
  in_progress: ["waiting", "resolved"],
  waiting: ["in_progress", "resolved"],
  resolved: ["closed", "reopened"],
  closed: ["reopened"],
  reopened: ["in_progress", "waiting", "resolved"],
};

/** @throws ProblemError 409 `transition_refused` */
export async function moveTicket(work: Work, id: string, { to, note }: TicketTransition): Promise<Ticket> {
  const before = await getTicket(work, id);
  requireTransition(TICKET_TRANSITIONS, before.status, to);
  const at = new Date(work.nowMs);
  const resolvedAt = to === "resolved" ? at : to === "reopened" ? null : undefined;
  const [row] = await work.tx
    .update(tickets)
    .set({ status: to, updatedAt: at, ...(resolvedAt === undefined ? {} : { resolvedAt }) })
    .where(mine(work, tickets, and(eq(tickets.id, id), eq(tickets.status, before.status))))
    .returning();
  if (row === undefined) throw refusedTransition(TICKET_TRANSITIONS, (await getTicket(work, id)).status, to);
  const ticket = toTicket(row);
  emit(work, "ticket.status_changed", { ticket, from: before.status, to });
  if (note !== undefined) await addMessage(work, id, { body: note, internal: true });
  return ticket;
}
