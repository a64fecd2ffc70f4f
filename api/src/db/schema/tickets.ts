/** Tickets, their threads and their evidence. */
import { sql } from "drizzle-orm";
import { boolean, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { EVIDENCE_KINDS } from "../../contract/tickets.ts";
import { calls } from "./calls.ts";
import { at, tenant } from "./columns.ts";
import { contacts } from "./crm.ts";

export const tickets = pgTable(
  "tickets",
  {
    id: text("id").primaryKey(),
    ...tenant,
    contactId: text("contact_id").references(() => contacts.id),
    subject: text("subject").notNull(),
    body: text("body"),
    status: text("status", { enum: ["open", "in_progress", "waiting", "resolved", "closed", "reopened"] }).notNull(),
    urgency: text("urgency", { enum: ["low", "normal", "high"] }).notNull(),
    source: text("source").notNull(),
    callId: text("call_id"),
    dueAt: at("due_at"),
    breachedAt: at("breached_at"),
    resolvedAt: at("resolved_at"),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull(),
  },
  (t) => [
    index("tickets_call").on(t.callId),
    index("tickets_page").on(t.workspaceId, t.livemode, t.id),
    index("tickets_contact").on(t.contactId),
    index("tickets_due").on(t.dueAt).where(sql`${t.breachedAt} is null and ${t.resolvedAt} is null`),
  ],
);

/** Append-only, by trigger. */
export const ticketMessages = pgTable(
  "ticket_messages",
  {
    id: text("id").primaryKey(),
    ...tenant,
    ticketId: text("ticket_id")
      .notNull()
      .references(() => tickets.id),
    author: text("author").notNull(),
    /** For staff only. */
    internal: boolean("internal").notNull(),
    body: text("body").notNull(),
    createdAt: at("created_at").notNull(),
  },
  (t) => [index("ticket_messages_ticket").on(t.ticketId, t.id)],
);

/** What supports a ticket, by reference: never a copy. */
export const ticketEvidence = pgTable(
  "ticket_evidence",
  {
    ...tenant,
    ticketId: text("ticket_id")
      .notNull()
      .references(() => tickets.id),
    kind: text("kind", { enum: EVIDENCE_KINDS }).notNull(),
    callId: text("call_id")
      .notNull()
      .references(() => calls.id),
    addedBy: text("added_by").notNull(),
    createdAt: at("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.ticketId, t.kind, t.callId] })],
);
