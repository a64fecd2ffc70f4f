/**
 * What the engine reports. `POST /voice/v1/engine/reports`, engine scope, one report a request, delivered at least once from the
 * engine's spool. The pair (`call_id`, `type`) is the identity of a report: a repeat answers 200 with the first result.
 * The api writes the rows and the outbox event in one transaction.
 */
import { z } from "zod";
import { E164, Language, Timestamp, TranscriptLine } from "./common.ts";
import { CallSessionFinalize, Created, Pauses } from "./crm.ts";
import { id } from "./ids.ts";
import { MediaQuality } from "./media.ts";
import { CallFailure, Direction, SipMetadata } from "./outbound.ts";

const call = {
  call_id: id("call"),
  engine_id: z.string().min(1),
};

/** Of the whole call, repeated in each report that may open its row. Engines older than these fields know inbound calls only. */
const line = {
  direction: Direction.optional().describe(
    "inbound when absent; of an outbound call `from` is ours, `to` the person's",
  ),
  /** The test call it was placed for. */
  test_call_id: id("testCall").nullable().optional(),
  sip: SipMetadata.nullable().optional(),
};

/** The screening let the caller through. Opens the call's row and fires `call.started`. */
export const CallStartedReport = z.object({
  type: z.literal("call.started"),
  ...call,
  started_at: Timestamp,
  from: E164.nullable().describe("null when withheld"),
  from_display: z.string().max(200).nullable(),
  to: z.string().max(200),
  transport: z.enum(["sip", "twilio", "livekit", "browser"]),
  ...line,
  verdict: z.enum(["human", "undecided"]),
  verdict_score: z.number().min(0).max(1),
});
export type CallStartedReport = z.infer<typeof CallStartedReport>;

/** What a caller left when nobody was available. */
export const Message = z.object({
  from_name: z.string().max(200).nullable(),
  callback_number: E164.nullable(),
  subject: z.string().min(1).max(200),
  body: z.string().min(1).max(4000),
  urgency: z.enum(["low", "normal", "high"]),
});
export type Message = z.infer<typeof Message>;

/** Nobody was available: a structured message. Opens a ticket, fires `call.message_taken`. */
export const MessageTakenReport = z.object({
  type: z.literal("call.message_taken"),
  ...call,
  taken_at: Timestamp,
  message: Message,
});
export type MessageTakenReport = z.infer<typeof MessageTakenReport>;

/** The call was handed to a human. Fires `call.escalated` with the transcript so far. */
export const CallEscalatedReport = z.object({
  type: z.literal("call.escalated"),
  ...call,
  escalated_at: Timestamp,
  trigger: z.enum(["sentiment", "rule", "explicit_request"]),
  reason: z.string().max(500),
  transcript: z.array(TranscriptLine).max(5000),
});
export type CallEscalatedReport = z.infer<typeof CallEscalatedReport>;

export const TurnLatency = z.object({
  turn: z.number().int().nonnegative(),
  /** Caller's last voiced packet → first non-silent packet of the reply, at the engine. `null`: unmeasured, never 0. */
  response_ms: z.number().nonnegative().nullable(),
  endpointing_ms: z.number().nonnegative().nullable(),
  stt_ms: z.number().nonnegative().nullable(),
  llm_ms: z.number().nonnegative().nullable(),
  tts_ms: z.number().nonnegative().nullable(),
  engine_ms: z.number().nonnegative().nullable(),
  /** When the caller's voice ended, since the answer. */
  speech_end_ms: z.number().nonnegative().nullable().optional(),
  /** Inside `endpointing_ms`: until the voice detector was sure of the silence. */
  vad_stop_ms: z.number().nonnegative().nullable().optional(),
  /** Inside `llm_ms`: until the first piece of text; 0 when the reply was begun before the turn was committed. */
  llm_first_token_ms: z.number().nonnegative().nullable().optional(),
});

export type TurnLatency = z.infer<typeof TurnLatency>;

export const TOOL_STATUS = ["done", "failed", "timeout", "repeat", "refused"] as const;

/** What she did besides speaking, in order. Bounded, and without what the caller typed in confidence: a PIN never reaches the arguments. */
export const ToolCall = z.object({
  turn: z.number().int().nonnegative(),
  name: z.string().min(1).max(100),
  arguments: z.record(z.string().max(60), z.string().max(200)).describe("values as text, long ones cut"),
  /** Compact JSON, cut. */
  result: z.string().max(400),
  /** `repeat`: answered from the first run. `refused`: unknown tool, wrong arguments, or a second change in one turn. */
  status: z.enum(TOOL_STATUS),
  /** Since the answer. */
  at_ms: z.number().int().nonnegative(),
  duration_ms: z.number().int().nonnegative(),
});
export type ToolCall = z.infer<typeof ToolCall>;

const Recording = z.object({
  recording_id: id("recording"),
  path: z.string(),
  duration_ms: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  /** Of the key that encrypts it; absent: a plain WAV. */
  key_id: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
});

/** The call ended. Closes the call's row, finalizes the CRM call session and fires `call.completed`, all in one transaction. */
export const CallCompletedReport = z.object({
  type: z.literal("call.completed"),
  ...call,
  started_at: Timestamp,
  ended_at: Timestamp,
  duration_ms: z.number().int().nonnegative(),
  from: E164.nullable(),
  to: z.string().max(200),
  ...line,
  ended_by: z.enum(["caller", "agent", "error", "engine_restart"]),
  language: Language,
  finalize: CallSessionFinalize,
  fields: z
    .record(z.string(), z.string())
    .describe("what was collected, repeated here for a session that was never opened"),
  transcript: z.array(TranscriptLine).max(5000),
  /** Path inside the engine's recordings folder; `null` when not recorded. */
  recording: Recording.nullable(),
  turns: z.array(TurnLatency).max(2000),
  pauses_ms: Pauses.optional(),
  /** Absent: an engine that does not tell them. */
  tool_calls: z.array(ToolCall).max(500).optional(),
  media: MediaQuality,
});
export type CallCompletedReport = z.infer<typeof CallCompletedReport>;

const Evidence = z.record(z.string().max(40), z.number().min(0).max(1));

/** The screening judged the caller a robocall: the call is kept, nothing fires, an owner may release it. */
export const CallQuarantinedReport = z.object({
  type: z.literal("call.quarantined"),
  ...call,
  started_at: Timestamp,
  ended_at: Timestamp,
  duration_ms: z.number().int().nonnegative(),
  from: E164.nullable(),
  from_display: z.string().max(200).nullable(),
  to: z.string().max(200),
  transport: z.enum(["sip", "twilio", "livekit", "browser"]),
  ...line,
  verdict_score: z.number().min(0).max(1),
  /** Since the answer. */
  verdict_at_ms: z.number().int().nonnegative(),
  /** Of each group of evidence alone: probability of a robocall. */
  evidence: Evidence,
  /** What spoke for it, in words for the owner: "did not yield when interrupted". */
  signals: z.array(z.string().max(200)).max(50),
  transcript: z.array(TranscriptLine).max(5000),
  recording: Recording.nullable(),
});
export type CallQuarantinedReport = z.infer<typeof CallQuarantinedReport>;

/** A call of hers that nobody answered. Kept as a call with its failure; fires nothing, for nobody was connected. */
export const CallFailedReport = z.object({
  type: z.literal("call.failed"),
  ...call,
  started_at: Timestamp,
  ended_at: Timestamp,
  from: E164.nullable(),
  to: z.string().max(200),
  test_call_id: id("testCall").nullable(),
  failure: CallFailure,
});
export type CallFailedReport = z.infer<typeof CallFailedReport>;

export const EngineReport = z.discriminatedUnion("type", [
  CallStartedReport,
  MessageTakenReport,
  CallEscalatedReport,
  CallCompletedReport,
  CallQuarantinedReport,
  CallFailedReport,
]);
export type EngineReport = z.infer<typeof EngineReport>;

/** Answer to a report: 201 the first time, 200 with the same body and `replayed: true` for every repeat. */
export const EngineReportResult = z.object({
  call_id: id("call"),
  type: z.string(),
  /** Events fired by this report, in order; empty for a robocall. */
  event_ids: z.array(id("event")),
  created: Created,
  replayed: z.boolean(),
});
export type EngineReportResult = z.infer<typeof EngineReportResult>;
