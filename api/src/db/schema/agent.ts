/** Who she is, what she offers, what she knows. */
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import type {
  AgentSettings,
  Consent,
  Escalation,
  Holiday,
  Hours,
  KnowledgeEntry,
  Retention,
  Screening,
  Service,
} from "../../contract/agent.ts";
import type { Sla } from "../../contract/tickets.ts";
import type { OwnerRow } from "../../voice/owners.ts";
import { at, tenant } from "./columns.ts";

type AgentCallOptions = Pick<AgentSettings, "model" | "instructions" | "tools" | "limits" | "profiles">;

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
    slotStepMinutes: integer("slot_step_minutes").notNull(),
    /** Days that differ from the week; no hours is closed. */
    holidays: jsonb("holidays").$type<Holiday[]>().notNull().default([]),
    escalation: jsonb("escalation").$type<Escalation>(),
    consent: jsonb("consent").$type<Consent>(),
    retention: jsonb("retention").$type<Retention>(),
    screening: jsonb("screening").$type<Screening>(),
    /** Model, instructions, tools, and what single numbers have of their own. */
    callOptions: jsonb("call_options").$type<AgentCallOptions>(),
    /** Minutes to resolve a ticket, by urgency. */
    sla: jsonb("sla").$type<Sla>(),
    /** Who may change this by telephone, with the hash of their PIN. */
    owners: jsonb("owners").$type<OwnerRow[]>().notNull().default([]),
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
    bufferBeforeMinutes: integer("buffer_before_minutes").notNull().default(0),
    bufferAfterMinutes: integer("buffer_after_minutes").notNull().default(0),
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
