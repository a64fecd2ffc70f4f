import { z } from "zod";
import { E164, Language, Outcome, Sentiment, Timestamp, TranscriptLine } from "./common.ts";
import { Created } from "./crm.ts";
import { id } from "./ids.ts";
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
  created: Created,
});
export type Call = z.infer<typeof Call>;

export const CallQuery = PageQuery.extend({
  status: z.enum(["in_progress", "completed"]).optional(),
  outcome: Outcome.optional(),
  contact_id: id("contact").optional(),
});

/** `GET /voice/v1/calls/{cal_}/transcript`. */
export const Transcript = z.object({ id: id("transcript"), call_id: id("call"), lines: z.array(TranscriptLine) });
export type Transcript = z.infer<typeof Transcript>;
