/** A ticket's thread and its evidence. Messages are never changed; evidence is a reference to a call, never a copy. */
import { eq } from "drizzle-orm";
import type { PageQuery } from "../contract/page.ts";
import type { Evidence, EvidenceCreate, TicketMessage, TicketMessageCreate } from "../contract/tickets.ts";
import { ticketEvidence, ticketMessages, tickets } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid } from "../problem.ts";
import { findCallRow } from "../voice/calls.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";
import { getTicket } from "./tickets.ts";

type MessageRow = typeof ticketMessages.$inferSelect;

function toMessage(row: MessageRow): TicketMessage {
  return {
    id: row.id,
    ticket_id: row.ticketId,
    author: row.author,
    internal: row.internal,
    body: row.body,
    created_at: row.createdAt.toISOString(),
  };
}

export async function addMessage(work: Work, ticketId: string, input: TicketMessageCreate): Promise<TicketMessage> {
  await getTicket(work, ticketId);
  const at = new Date(work.nowMs);
  const row = {
    id: newId("ticketMessage", work.nowMs),
    ...own(work),
    ticketId,
    author: work.who.keyId,
    ...input,
    createdAt: at,
  };
  await work.tx.insert(ticketMessages).values(row);
  await work.tx
    .update(tickets)
    .set({ updatedAt: at })
    .where(mine(work, tickets, eq(tickets.id, ticketId)));
  const message = toMessage(row);
  if (!input.internal) emit(work, "ticket.message_added", { ticket: await getTicket(work, ticketId), message });
  return message;
}

export async function listMessages(work: Work, ticketId: string, query: PageQuery) {
  await getTicket(work, ticketId);
  const { after, order, limit } = keyset(query, ticketMessages.id);
  const rows = await work.tx
    .select()
    .from(ticketMessages)
    .where(mine(work, ticketMessages, after, eq(ticketMessages.ticketId, ticketId)))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toMessage);
}

function toEvidence(work: Work, row: typeof ticketEvidence.$inferSelect): Evidence {
  const call = `${work.publicUrl}/voice/v1/calls/${row.callId}`;
  return {
    kind: row.kind,
    call_id: row.callId,
    url: row.kind === "call" ? call : `${call}/${row.kind}`,
    added_by: row.addedBy,
    created_at: row.createdAt.toISOString(),
  };
}

/** The same reference twice is one. */
export async function addEvidence(work: Work, ticketId: string, input: EvidenceCreate): Promise<Evidence> {
  await getTicket(work, ticketId);
  if ((await findCallRow(work, input.call_id)) === undefined) {
    throw invalid("/call_id", "no call of this workspace has this id");
  }
  const row = {
    ...own(work),
    ticketId,
    kind: input.kind,
    callId: input.call_id,
    addedBy: work.who.keyId,
    createdAt: new Date(work.nowMs),
  };
  await work.tx.insert(ticketEvidence).values(row).onConflictDoNothing();
  return toEvidence(work, row);
}

export async function listEvidence(work: Work, ticketId: string) {
  await getTicket(work, ticketId);
  const rows = await work.tx
    .select()
    .from(ticketEvidence)
    .where(mine(work, ticketEvidence, eq(ticketEvidence.ticketId, ticketId)))
    .orderBy(ticketEvidence.createdAt);
  return { data: rows.map((row) => toEvidence(work, row)), next_cursor: null };
}
