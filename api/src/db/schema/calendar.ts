/** What can be booked and what is. The exclusion constraint that makes one winner is in the migrations. */
import { sql } from "drizzle-orm";
import { boolean, index, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { Hours } from "../../contract/agent.ts";
import { services } from "./agent.ts";
import { at, tenant } from "./columns.ts";
import { contacts } from "./crm.ts";

export const appointments = pgTable(
  "appointments",
  {
    id: text("id").primaryKey(),
    ...tenant,
    slotId: text("slot_id").notNull(),
    serviceId: text("service_id")
      .notNull()
      .references(() => services.id),
    serviceName: text("service_name").notNull(),
    resource: text("resource").notNull(),
    contactId: text("contact_id")
      .notNull()
      .references(() => contacts.id),
    callId: text("call_id"),
    startsAt: at("starts_at").notNull(),
    endsAt: at("ends_at").notNull(),
    /** What the appointment takes from its resource: itself and the buffers around it. */
    blockedFrom: at("blocked_from").notNull(),
    blockedUntil: at("blocked_until").notNull(),
    timeZone: text("time_zone").notNull(),
    status: text("status", { enum: ["booked", "rescheduled", "cancelled", "no_show", "completed"] }).notNull(),
    note: text("note"),
    reminderSentAt: at("reminder_sent_at"),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at"),
  },
  (t) => [
    index("appointments_time").on(t.workspaceId, t.livemode, t.startsAt),
    index("appointments_contact").on(t.contactId),
    index("appointments_call").on(t.callId),
  ],
);

/** Who or what can be booked: a chair, a doctor, a room. */
export const resources = pgTable(
  "resources",
  {
    id: text("id").primaryKey(),
    ...tenant,
    name: text("name").notNull(),
    /** null: the business's own. */
    hours: jsonb("hours").$type<Hours>(),
    /** null: every service. */
    serviceIds: text("service_ids").array(),
    active: boolean("active").notNull().default(true),
    createdAt: at("created_at").notNull(),
  },
  (t) => [uniqueIndex("resources_name").on(t.workspaceId, t.livemode, t.name).where(sql`${t.active}`)],
);

/** A secret address of an iCalendar feed. */
export const calendarFeeds = pgTable("calendar_feeds", {
  id: text("id").primaryKey(),
  ...tenant,
  /** null: all resources. */
  resource: text("resource"),
  /** SHA-256 of the token. */
  hash: text("hash").notNull().unique(),
  createdAt: at("created_at").notNull(),
  revokedAt: at("revoked_at"),
});
