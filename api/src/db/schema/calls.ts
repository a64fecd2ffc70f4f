/** Calls as the engine reported them. */
import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, primaryKey, real, text } from "drizzle-orm/pg-core";
import type { CallOverrides } from "../../contract/agent.ts";
import type { TranscriptLine } from "../../contract/common.ts";
import type { Created } from "../../contract/crm.ts";
import type { CallCompletedReport, EngineReportResult, ToolCall } from "../../contract/engine.ts";
import { type CallFailure, DIRECTIONS, type SipMetadata, TEST_CALL_STATES } from "../../contract/outbound.ts";
import { at, tenant } from "./columns.ts";
import { contacts } from "./crm.ts";

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
    direction: text("direction", { enum: DIRECTIONS }).notNull().default("inbound"),
    transport: text("transport", { enum: ["sip", "twilio", "livekit", "browser"] }),
    verdict: text("verdict", { enum: ["human", "undecided", "robocall"] }),
    verdictScore: real("verdict_score"),
    contactId: text("contact_id").references(() => contacts.id),
    leadId: text("lead_id"),
    /** What came of it in products that live elsewhere: no rows here to count them from. */
    remoteCreated: jsonb("remote_created").$type<Created>(),
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
    /** Of the key that encrypts it; null: a plain WAV. */
    recordingKeyId: text("recording_key_id"),
    /** The file goes at the next sweep: erased, or past its retention. */
    recordingDoomedAt: at("recording_doomed_at"),
    /** Judged a robocall: kept, silent, releasable. */
    quarantinedAt: at("quarantined_at"),
    signals: jsonb("signals").$type<string[]>(),
    verdictAtMs: integer("verdict_at_ms"),
    evidence: jsonb("evidence").$type<Record<string, number>>(),
    releasedAt: at("released_at"),
    releasedBy: text("released_by"),
    turns: jsonb("turns").$type<CallCompletedReport["turns"]>(),
    toolCalls: jsonb("tool_calls").$type<ToolCall[]>(),
    media: jsonb("media").$type<CallCompletedReport["media"]>(),
    /** What the trunk's headers said. */
    sip: jsonb("sip").$type<SipMetadata>(),
    /** Of an outbound call that nobody answered. */
    failure: jsonb("failure").$type<CallFailure>(),
  },
  (t) => [
    index("calls_page").on(t.workspaceId, t.livemode, t.id),
    index("calls_contact").on(t.contactId),
    index("calls_quarantine").on(t.workspaceId, t.livemode, t.id).where(sql`${t.quarantinedAt} is not null`),
    index("calls_doomed").on(t.recordingDoomedAt).where(sql`${t.recordingDoomedAt} is not null`),
  ],
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

/** A call that she places to prove herself; an engine claims it. */
export const testCalls = pgTable(
  "test_calls",
  {
    id: text("id").primaryKey(),
    ...tenant,
    to: text("to_number").notNull(),
    status: text("status", { enum: TEST_CALL_STATES }).notNull(),
    createdAt: at("created_at").notNull(),
    claimedAt: at("claimed_at"),
    callId: text("call_id"),
    failure: jsonb("failure").$type<CallFailure>(),
    options: jsonb("options").$type<CallOverrides>(),
  },
  (t) => [index("test_calls_queue").on(t.workspaceId, t.livemode, t.status)],
);
