import { z } from "zod";

/** RFC 3339 in UTC, as every timestamp of the api. */
export const Timestamp = z.iso.datetime({ offset: true }).describe("RFC 3339 date-time");

/** Phone number in E.164, `+` and 7 to 15 digits. */
export const E164 = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, "expected a phone number in E.164, e.g. +919876543210")
  .describe("phone number, E.164");

/** BCP 47 language tag. */
export const Language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "expected a BCP 47 tag, e.g. en-IN");

export const SENTIMENT_LABELS = ["positive", "neutral", "negative", "frustrated"] as const;
export const Sentiment = z.object({ label: z.enum(SENTIMENT_LABELS), score: z.number().min(-1).max(1) });
export type Sentiment = z.infer<typeof Sentiment>;

export const OUTCOMES = [
  "booked",
  "rescheduled",
  "cancelled",
  "answered",
  "message_taken",
  "escalated",
  "abandoned",
  "wrong_number",
  "robocall",
  "owner_update",
] as const;
export const Outcome = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof Outcome>;

/** One stretch of speech. Times are milliseconds from the moment the call was answered. */
export const TranscriptLine = z.object({
  speaker: z.enum(["caller", "agent"]),
  /** What was heard: for the agent only the words that were really played. */
  text: z.string(),
  start_ms: z.number().int().nonnegative(),
  end_ms: z.number().int().nonnegative(),
  /** The agent was interrupted here; the rest of the sentence was not played. */
  interrupted: z.boolean().optional(),
  confidence: z.number().min(0).max(1).optional(),
  language: Language.optional(),
  /** Of the caller in this turn. */
  sentiment: Sentiment.optional(),
  /** When each word of `text` (parted by spaces) began; absent when nobody measured it. */
  word_ms: z.array(z.number().int().nonnegative()).max(2000).optional(),
});
export type TranscriptLine = z.infer<typeof TranscriptLine>;
