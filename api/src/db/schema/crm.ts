/** People, what they want, and the calls in progress about them. */
import { boolean, index, jsonb, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import { type FieldChange, TIMELINE_KINDS } from "../../contract/timeline.ts";
import { services } from "./agent.ts";
import { at, tenant } from "./columns.ts";

export const contacts = pgTable(
  "contacts",
  {
    id: text("id").primaryKey(),
    ...tenant,
    name: text("name"),
    phone: text("phone"),
    email: text("email"),
    /** Merged into this one: everything of it moved there, its number still finds the survivor. */
    mergedInto: text("merged_into"),
    erasedAt: at("erased_at"),
    /** How long this person pauses in mid-turn, from the last call. */
    pausesMs: jsonb("pauses_ms").$type<number[]>(),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull(),
  },
  (t) => [unique("contacts_phone").on(t.workspaceId, t.livemode, t.phone)],
);

export const leads = pgTable(
  "leads",
  {
    id: text("id").primaryKey(),
    ...tenant,
    contactId: text("contact_id")
      .notNull()
      .references(() => contacts.id),
    source: text("source").notNull(),
    stage: text("stage", { enum: ["new", "contacted", "qualified", "won", "lost"] }).notNull(),
    callId: text("call_id"),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at"),
  },
  (t) => [index("leads_contact").on(t.contactId), index("leads_page").on(t.workspaceId, t.livemode, t.id)],
);

export const leadInterests = pgTable(
  "lead_interests",
  {
    leadId: text("lead_id")
      .notNull()
      .references(() => leads.id),
    catalogItemId: text("catalog_item_id")
      .notNull()
      .references(() => services.id),
    note: text("note"),
  },
  (t) => [primaryKey({ columns: [t.leadId, t.catalogItemId] })],
);

export const callSessions = pgTable(
  "call_sessions",
  {
    id: text("id").primaryKey(),
    ...tenant,
    callId: text("call_id").notNull(),
    from: text("from_number"),
    to: text("to_number").notNull(),
    contactId: text("contact_id").references(() => contacts.id),
    known: boolean("known").notNull(),
    fields: jsonb("fields").$type<Record<string, string>>().notNull(),
    status: text("status", { enum: ["open", "finalized"] }).notNull(),
    leadId: text("lead_id").references(() => leads.id),
    createdAt: at("created_at").notNull(),
    finalizedAt: at("finalized_at"),
  },
  (t) => [unique("call_sessions_call").on(t.workspaceId, t.livemode, t.callId)],
);

/** What happened to a contact, field by field; a trigger refuses changes, except by erasure. */
export const contactTimeline = pgTable(
  "contact_timeline",
  {
    id: text("id").primaryKey(),
    ...tenant,
    contactId: text("contact_id")
      .notNull()
      .references(() => contacts.id),
    kind: text("kind", { enum: TIMELINE_KINDS }).notNull(),
    changes: jsonb("changes").$type<FieldChange[]>().notNull(),
    /** Id of the call, appointment, ticket, lead or contact it speaks of. */
    reference: text("reference"),
    actor: text("actor").notNull(),
    at: at("at").notNull(),
  },
  (t) => [index("contact_timeline_contact").on(t.contactId, t.id)],
);
