import { z } from "zod";
import { E164, Language, Outcome, SENTIMENT_LABELS, Sentiment, Timestamp, TranscriptLine } from "./common.ts";
import { Created } from "./crm.ts";
import { ToolCall } from "./engine.ts";
import { id } from "./ids.ts";
import { MediaQuality } from "./media.ts";
import { CallFailure, Direction, SipMetadata } from "./outbound.ts";
import { PageQuery } from "./page.ts";

export const TRANSPORTS = ["sip", "twilio", "livekit", "browser"] as const;
export const ENDED_BY = ["caller", "agent", "error", "engine_restart"] as const;

/** `GET /voice/v1/calls/{cal_}`. Links are api paths that need the key: they never expire and never grant access by themselves. */
export const Call = z.object({
  id: id("call"),
  status: z.enum(["in_progress", "completed"]),
  from: E164.nullable(),
  from_display: z.string().nullable(),
  to: z.string(),
  transport: z.enum(TRANSPORTS).nullable(),
  direction: Direction,
  verdict: z.enum(["human", "undecided", "robocall"]).nullable(),
  verdict_score: z.number().min(0).max(1).nullable(),
  started_at: Timestamp,
  ended_at: Timestamp.nullable(),
  duration_ms: z.number().int().nonnegative().nullable(),
  ended_by: z.enum(ENDED_BY).nullable(),
  language: Language.nullable(),
  outcome: Outcome.nullable(),
  summary: z.string().nullable(),
  sentiment: Sentiment.nullable(),
  recording: z
    .object({
      id: id("recording"),
      url: z.string(),
      duration_ms: z.number().int().nonnegative(),
      bytes: z.number().int().nonnegative(),
    })
    .nullable(),
  transcript: z.object({ id: id("transcript"), url: z.string() }).nullable(),
  /** Judged a robocall: why, and whether the owner released it. */
  quarantine: z
    .object({
      quarantined_at: Timestamp,
      signals: z.array(z.string()),
      /** Milliseconds from the answer to the verdict. */
      verdict_at_ms: z.number().int().nonnegative().nullable(),
      /** Of each group of evidence alone: probability of a robocall. */
      evidence: z.record(z.string(), z.number()).nullable(),
      released_at: Timestamp.nullable(),
      released_by: z.string().nullable(),
    })
    .nullable()
    .optional(),
  /** `null` until the call is over. */
  media: MediaQuality.nullable().optional(),
  /** The contact's name, as it is now. */
  caller_name: z.string().nullable().optional(),
  /** Median of her response times in this call. */
  response_p50_ms: z.number().nonnegative().nullable().optional(),
  /** What the trunk's headers said; `null` for calls that did not come by a trusted SIP trunk. */
  sip: SipMetadata.nullable(),
  /** Of an outbound call that nobody answered. */
  failure: CallFailure.nullable(),
  created: Created,
});
export type Call = z.infer<typeof Call>;

export const CallQuery = PageQuery.extend({
  status: z.enum(["in_progress", "completed"]).optional(),
  outcome: Outcome.optional(),
  contact_id: id("contact").optional(),
  from: E164.optional(),
  to: z.string().max(200).optional(),
  direction: Direction.optional(),
  verdict: z.enum(["human", "undecided", "robocall"]).optional(),
  language: Language.optional(),
  sentiment: z.enum(SENTIMENT_LABELS).optional(),
  /** In the summary, the transcript, a name or a number. */
  q: z.string().min(1).max(200).optional(),
  /** Judged robocalls that somebody released. */
  released: z.literal("true").optional(),
  started_after: Timestamp.optional(),
  started_before: Timestamp.optional(),
});

/** `GET /voice/v1/calls/{cal_}/transcript`. */
export const Transcript = z.object({ id: id("transcript"), call_id: id("call"), lines: z.array(TranscriptLine) });
export type Transcript = z.infer<typeof Transcript>;

/** `GET /voice/v1/calls/{cal_}/heard`: what of her words really reached the caller. */
export const HeardLedger = z.object({
  call_id: id("call"),
  lines: z.array(TranscriptLine),
  spoken_ms: z.number().int().nonnegative(),
  interruptions: z.number().int().nonnegative(),
});
export type HeardLedger = z.infer<typeof HeardLedger>;

/** `GET /voice/v1/calls/{cal_}/tool-calls`: in the order they happened. */
export const CallTools = z.object({ call_id: id("call"), tool_calls: z.array(ToolCall) });
export type CallTools = z.infer<typeof CallTools>;

/** `POST /voice/v1/calls/{cal_}/recording-links`: an address that works without a key until it expires. */
export const RecordingLinkCreate = z.object({ expires_in_seconds: z.number().int().min(10).max(3600).default(600) });
export const RecordingLink = z.object({ url: z.string(), expires_at: Timestamp });

export const PhoneNumber = z.object({ id: id("number"), number: E164 });
