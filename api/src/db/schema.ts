/**
 * Every table. `workspace_id` + `livemode` is the wall between tenants and between test and live: every query filters on both.
 * Times are `timestamptz(3)`. What the database referees: one contact per phone, one appointment per resource and moment (exclusion
 * constraint in migration 0001), one report per (call, type), one fan-out per (event, endpoint, generation), one idempotency key per scope.
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { Hours, KnowledgeEntry, Service } from "../contract/agent.ts";
import type { TranscriptLine } from "../contract/common.ts";
import type { CallCompletedReport, EngineReportResult } from "../contract/engine.ts";

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const workspaces = pgTable("workspaces", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** Webhooks may be http and may point at this machine. */
  localDevelopment: boolean("local_development").notNull().default(false),
  createdAt: at("created_at").notNull(),
});

const tenant = {
  workspaceId: text("workspace_id")
    .notNull()
    .references(() => workspaces.id),
  livemode: boolean("livemode").notNull(),
};

export const apiKeys = pgTable("api_keys", {
  id: text("id").primaryKey(),
  ...tenant,
  name: text("name").notNull(),
  /** HMAC-SHA256(pepper, key), hex. */
  hash: text("hash").notNull().unique(),
  last4: text("last4").notNull(),
  scopes: text("scopes").array().notNull(),
  createdAt: at("created_at").notNull(),
  lastUsedAt: at("last_used_at"),
  revokedAt: at("revoked_at"),
});

export const agents = pgTable(
  "agents",
  {
    ...tenant,
    businessName: text("business_name").notNull(),
    agentName: text("agent_name").notNull(),
    greeting: text("greeting").notNull(),
    recordingNotice: text("recording_notice").notNull(),
    recordCalls: boolean("record_calls").notNull(),
    voice: text("voice").notNull(),
    languages: text("languages").array().notNull(),
    timeZone: text("time_zone").notNull(),
    country: text("country").notNull(),
    hours: jsonb("hours").$type<Hours>().notNull(),
    numbers: text("numbers").array().notNull(),
    /** Who or what can be booked: a chair, a doctor, a room. */
    resources: text("resources").array().notNull(),
    slotStepMinutes: integer("slot_step_minutes").notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.livemode] })],
);

export const services = pgTable(
  "services",
  {
    id: text("id").primaryKey(),
    ...tenant,
    position: integer("position").notNull(),
    name: text("name").notNull(),
    aliases: text("aliases").array().notNull(),
    durationMinutes: integer("duration_minutes").notNull(),
    price: jsonb("price").$type<Service["price"]>(),
    /** A service left out of the settings stays for the appointments that speak of it. */
    active: boolean("active").notNull().default(true),
  },
  (t) => [index("services_tenant").on(t.workspaceId, t.livemode)],
);

export const knowledgeVersions = pgTable(
  "knowledge_versions",
  {
    id: text("id").primaryKey(),
    ...tenant,
    version: integer("version").notNull(),
    entries: jsonb("entries").$type<KnowledgeEntry[]>().notNull(),
    changedBy: text("changed_by").notNull(),
    via: text("via").notNull(),
    createdAt: at("created_at").notNull(),
  },
  (t) => [unique("knowledge_versions_version").on(t.workspaceId, t.livemode, t.version)],
);

export const contacts = pgTable(
  "contacts",
  {
    id: text("id").primaryKey(),
    ...tenant,
    name: text("name"),
    phone: text("phone"),
    email: text("email"),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull(),
  },
  (t) => [unique("contacts_phone").on(t.workspaceId, t.livemode, t.phone)],
);

export const calls = pgTable(
  "calls",
  {
    id: text("id").primaryKey(),
    ...tenant,
    engineId: text("engine_id").notNull(),
    status: text("status", { enum: ["in_progress", "completed"] }).notNull(),
    from: text("from_number"),
    fromDisplay: text("from_display"),
    to: text("to_number").notNull(),
    transport: text("transport", { enum: ["sip", "twilio", "livekit", "browser"] }),
    verdict: text("verdict", { enum: ["human", "undecided", "robocall"] }),
    verdictScore: real("verdict_score"),
    contactId: text("contact_id").references(() => contacts.id),
    leadId: text("lead_id"),
    startedAt: at("started_at").notNull(),
    endedAt: at("ended_at"),
    durationMs: integer("duration_ms"),
    endedBy: text("ended_by", { enum: ["caller", "agent", "error", "engine_restart"] }),
    language: text("language"),
    outcome: text("outcome"),
    summary: text("summary"),
    sentimentLabel: text("sentiment_label"),
    sentimentScore: real("sentiment_score"),
    recordingId: text("recording_id"),
    recordingPath: text("recording_path"),
    recordingMs: integer("recording_ms"),
    recordingBytes: bigint("recording_bytes", { mode: "number" }),
    turns: jsonb("turns").$type<CallCompletedReport["turns"]>(),
    media: jsonb("media").$type<CallCompletedReport["media"]>(),
  },
  (t) => [index("calls_page").on(t.workspaceId, t.livemode, t.id), index("calls_contact").on(t.contactId)],
);

export const transcripts = pgTable("transcripts", {
  id: text("id").primaryKey(),
  ...tenant,
  callId: text("call_id")
    .notNull()
    .unique()
    .references(() => calls.id),
  lines: jsonb("lines").$type<TranscriptLine[]>().notNull(),
});

export const engineReports = pgTable(
  "engine_reports",
  {
    ...tenant,
    callId: text("call_id").notNull(),
    type: text("type").notNull(),
    result: jsonb("result").$type<EngineReportResult>().notNull(),
    receivedAt: at("received_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.livemode, t.callId, t.type] })],
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
  },
  (t) => [index("leads_contact").on(t.contactId)],
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
    timeZone: text("time_zone").notNull(),
    status: text("status", { enum: ["booked", "rescheduled", "cancelled", "no_show", "completed"] }).notNull(),
    note: text("note"),
    createdAt: at("created_at").notNull(),
  },
  (t) => [
    index("appointments_time").on(t.workspaceId, t.livemode, t.startsAt),
    index("appointments_contact").on(t.contactId),
    index("appointments_call").on(t.callId),
  ],
);

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
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull(),
  },
  (t) => [index("tickets_call").on(t.callId), index("tickets_page").on(t.workspaceId, t.livemode, t.id)],
);

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
  (t) => [index("events_page").on(t.workspaceId, t.livemode, t.id)],
);

export const webhooks = pgTable(
  "webhooks",
  {
    id: text("id").primaryKey(),
    ...tenant,
    url: text("url").notNull(),
    events: text("events").array().notNull(),
    description: text("description"),
    secret: text("secret").notNull(),
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

export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    ...tenant,
    method: text("method").notNull(),
    path: text("path").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of the canonical body. */
    fingerprint: text("fingerprint").notNull(),
    status: integer("status").notNull(),
    contentType: text("content_type"),
    body: text("body"),
    createdAt: at("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("idempotency_keys_scope").on(t.workspaceId, t.livemode, t.method, t.path, t.key),
    index("idempotency_keys_age").on(t.createdAt),
  ],
);
