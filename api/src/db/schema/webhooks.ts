/** The outbox: events, endpoints, and what is on its way between them. */
import { sql } from "drizzle-orm";
import { foreignKey, index, integer, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import { at, tenant } from "./columns.ts";

export const events = pgTable(
  "events",
  {
    id: text("id").primaryKey(),
    ...tenant,
    type: text("type").notNull(),
    /** The envelope as sent: every delivery and retry signs these bytes. */
    body: text("body").notNull(),
    createdAt: at("created_at").notNull(),
  },
  (t) => [
    index("events_page").on(t.workspaceId, t.livemode, t.id),
    index("events_time").on(t.workspaceId, t.livemode, t.createdAt),
  ],
);

export const webhooks = pgTable(
  "webhooks",
  {
    id: text("id").primaryKey(),
    ...tenant,
    url: text("url").notNull(),
    events: text("events").array().notNull(),
    description: text("description"),
    /** Sealed (see `seal.ts`). */
    secret: text("secret").notNull(),
    /** Signs too until then: the overlap of a rotation. */
    previousSecret: text("previous_secret"),
    previousUntil: at("previous_until"),
    maxConcurrency: integer("max_concurrency").notNull().default(8),
    /** Failures since the last success, and when the first of them was. */
    failures: integer("failures").notNull().default(0),
    failingSince: at("failing_since"),
    /** Nothing is sent before this moment; then one delivery tries. */
    breakerUntil: at("breaker_until"),
    disabledAt: at("disabled_at"),
    disabledReason: text("disabled_reason"),
    deletedAt: at("deleted_at"),
    createdAt: at("created_at").notNull(),
  },
  (t) => [index("webhooks_tenant").on(t.workspaceId, t.livemode)],
);

/** The queue row, the head of the log and the dead letter in one. */
export const deliveries = pgTable(
  "deliveries",
  {
    id: text("id").primaryKey(),
    ...tenant,
    eventId: text("event_id")
      .notNull()
      .references(() => events.id),
    webhookId: text("webhook_id")
      .notNull()
      .references(() => webhooks.id),
    /** 0 for the fan-out; a replay makes the next generation. */
    generation: integer("generation").notNull().default(0),
    status: text("status", { enum: ["pending", "succeeded", "dead", "cancelled"] }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** When it is due; a claim pushes it forward by the lease, so a crashed worker's row becomes due by itself. */
    nextAt: at("next_at").notNull(),
    claim: text("claim"),
    responseStatus: integer("response_status"),
    latencyMs: integer("latency_ms"),
    responseHead: text("response_head"),
    error: text("error"),
    createdAt: at("created_at").notNull(),
    completedAt: at("completed_at"),
  },
  (t) => [
    unique("deliveries_fan_out").on(t.eventId, t.webhookId, t.generation),
    index("deliveries_due").on(t.webhookId, t.nextAt).where(sql`${t.status} = 'pending'`),
    index("deliveries_page").on(t.workspaceId, t.livemode, t.id),
  ],
);

export const deliveryAttempts = pgTable(
  "delivery_attempts",
  {
    deliveryId: text("delivery_id").notNull(),
    number: integer("number").notNull(),
    at: at("at").notNull(),
    responseStatus: integer("response_status"),
    latencyMs: integer("latency_ms").notNull(),
    responseHead: text("response_head"),
    error: text("error"),
  },
  (t) => [
    primaryKey({ columns: [t.deliveryId, t.number] }),
    foreignKey({ columns: [t.deliveryId], foreignColumns: [deliveries.id] }),
  ],
);
