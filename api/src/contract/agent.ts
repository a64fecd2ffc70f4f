import { z } from "zod";
import { E164, Language } from "./common.ts";
import { id } from "./ids.ts";
import { Sla } from "./tickets.ts";

export const HHMM = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected HH:MM, 24 h");
export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Opening hours per weekday in the business's own time zone; an empty list is closed. */
export const Hours = z.object(
  Object.fromEntries(WEEKDAYS.map((day) => [day, z.array(z.object({ from: HHMM, to: HHMM }))])) as Record<
    Weekday,
    z.ZodArray<z.ZodObject<{ from: typeof HHMM; to: typeof HHMM }>>
  >,
);
export type Hours = z.infer<typeof Hours>;

export const Service = z.object({
  id: id("catalogItem"),
  name: z.string().min(1),
  /** What callers call it: "trim", "cleaning". */
  aliases: z.array(z.string()),
  duration_minutes: z.number().int().min(5).max(480),
  /** What the resource needs before and after, never offered to callers. */
  buffer_before_minutes: z.number().int().min(0).max(240).optional(),
  buffer_after_minutes: z.number().int().min(0).max(240).optional(),
  price: z.object({ amount: z.number().nonnegative(), currency: z.string().length(3) }).nullable(),
});
export type Service = z.infer<typeof Service>;

/** One thing she may say about the business. */
export const KnowledgeEntry = z.object({
  id: id("knowledge"),
  /** How callers ask for it, a few phrasings. */
  questions: z.array(z.string()).min(1),
  answer: z.string().min(1),
});
export type KnowledgeEntry = z.infer<typeof KnowledgeEntry>;

/** When she hands over to a human, and to whom. */
export const Escalation = z.object({
  /** E.164 or a SIP URI; null: nobody, she takes a message. */
  transfer_to: z.string().min(3).max(200).nullable(),
  keywords: z.array(z.string().min(1).max(60)).max(100),
  topics: z.array(z.string().min(1).max(60)).max(100),
  vip_numbers: z.array(E164).max(1000),
  /** Sentiment score at or below which she offers a human. */
  sentiment_below: z.number().min(-1).max(1).nullable(),
  hours: z.enum(["always", "open_hours", "never"]),
});
export type Escalation = z.infer<typeof Escalation>;

/** Nobody to hand over to: she takes a message. */
export const NO_ESCALATION: Escalation = {
  transfer_to: null,
  keywords: [],
  topics: [],
  vip_numbers: [],
  sentiment_below: null,
  hours: "open_hours",
};

const listed = z
  .array(z.string().regex(/^\+[1-9]\d{0,14}\*?$/, "expected a number in E.164, or its beginning followed by *"))
  .max(1000);
/** How callers are screened for robocalls. */
export const Screening = z.object({
  /** `strict` interjects sooner, `shadow` decides and lets everybody through, `off` does not listen. */
  mode: z.enum(["strict", "balanced", "shadow", "off"]),
  /** What becomes of a robocall; `tarpit` keeps its line busy in silence for a minute. */
  action: z.enum(["hang-up", "polite-message", "tarpit"]),
  /** Never screened: reminders, delivery services, one's own machines. Stronger than `block`. */
  allow: listed,
  block: listed,
  /** Callers with a contact are not screened. */
  known_contacts_pass: z.boolean(),
});
export type Screening = z.infer<typeof Screening>;
export const DEFAULT_SCREENING: Screening = {
  mode: "balanced",
  action: "hang-up",
  allow: [],
  block: [],
  known_contacts_pass: true,
};

/** Incoming calls an engine takes; above them callers get 503. Each engine counts its own. */
export const CallLimits = z.object({
  /** At once. */
  max_calls: z.number().int().min(0).max(100_000).optional(),
  /** From midnight to midnight of the business. */
  max_calls_per_day: z.number().int().min(0).max(10_000_000).optional(),
});
export type CallLimits = z.infer<typeof CallLimits>;

/** What may differ from call to call. */
const CallOptions = z.object({
  /** The hosted model's name; left out, the engine's own setting. The embedded dialogue has none. */
  model: z.string().min(1).max(100).optional(),
  /** What the owner asks of a hosted model besides, in words. It cannot lift the rules on prices and bookings. */
  instructions: z.string().max(4000).optional(),
  /** The tools she has, by name; left out, all of them. She can always end a call. */
  tools: z
    .array(z.string().regex(/^[a-z_]{1,60}$/))
    .max(50)
    .optional(),
});

/** What one call, or calls to one number, have of their own; what is left out is as for all. */
export const CallOverrides = CallOptions.extend({
  greeting: z.string().min(1).max(2000).optional(),
  voice: z.string().min(1).max(100).optional(),
  languages: z.array(Language).min(1).max(20).optional(),
});
export type CallOverrides = z.infer<typeof CallOverrides>;

/** Of the business, or of one number within it; left out, only the engine's own limit holds. */
const limits = CallLimits.optional();

/** What calls to one of her numbers have of their own. */
export const CallProfile = CallOverrides.extend({ number: E164, limits });
export type CallProfile = z.infer<typeof CallProfile>;

/** Everything the engine needs to answer as this business: the part of `GET /voice/v1/agent` that it reads. */
export const AgentSettings = z.object({
  workspace_id: id("workspace"),
  business_name: z.string().min(1),
  /** Her own name. */
  agent_name: z.string().min(1),
  /** Spoken first. Says that she is an AI assistant. */
  greeting: z.string().min(1),
  /** Empty when the workspace asks for no recording notice. */
  recording_notice: z.string(),
  record_calls: z.boolean(),
  voice: z.string(),
  languages: z.array(Language).min(1),
  time_zone: z.string().min(1).describe("IANA time zone"),
  /** For numbers spoken without a country code, and for how money is said. */
  country: z.string().length(2),
  hours: Hours,
  services: z.array(Service),
  knowledge_version: z.number().int().nonnegative(),
  knowledge: z.array(KnowledgeEntry),
  /** The numbers she answers on. */
  numbers: z.array(E164),
  /** With a default: settings kept on disk by an older engine have none. */
  escalation: Escalation.default(NO_ESCALATION),
  screening: Screening.default(DEFAULT_SCREENING),
  /** Calls the owner released from quarantine lately: their recordings are no robocalls'. */
  released_calls: z.array(id("call")).max(1000).default([]),
  ...CallOptions.shape,
  limits,
  /** One for a number at most. */
  profiles: z.array(CallProfile).max(100).optional(),
});
export type AgentSettings = z.infer<typeof AgentSettings>;

/** A day that differs from the week: closed, or with hours of its own. */
export const Holiday = z.object({
  date: z.iso.date(),
  name: z.string().min(1).max(100),
  hours: z.array(z.object({ from: HHMM, to: HHMM })).max(10),
});
export type Holiday = z.infer<typeof Holiday>;

export const Consent = z.object({
  /** `notice` says it, `ask` records after a yes, `none` says nothing. */
  recording: z.enum(["notice", "ask", "none"]),
  announce_ai: z.boolean(),
});
export type Consent = z.infer<typeof Consent>;

const days = z.number().int().min(1).max(3650).nullable();
/** Days after which things are deleted; null keeps them. */
export const Retention = z.object({ recordings_days: days, transcripts_days: days, events_days: days });
export type Retention = z.infer<typeof Retention>;

/** `GET /voice/v1/agent`: what the engine needs and what the owner sets besides. */
export const Agent = AgentSettings.extend({
  slot_step_minutes: z.number().int().min(5).max(240),
  holidays: z.array(Holiday).max(366),
  escalation: Escalation,
  consent: Consent,
  retention: Retention,
  sla: Sla,
  /** Answered calls of the test environment; null in live. Robocalls do not count. */
  demo: z.object({ calls_used: z.number().int(), calls_limit: z.number().int() }).nullable(),
});
export type Agent = z.infer<typeof Agent>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * `PATCH /voice/v1/agent`: what is given replaces what was. In `services` and `knowledge` an entry with an id keeps it, one without
 * gets a new one, one left out is gone. A change of `knowledge` makes a new version and fires `knowledge.updated`.
 */
export const AgentUpdate = Agent.omit({
  workspace_id: true,
  demo: true,
  released_calls: true,
  knowledge_version: true,
  services: true,
  knowledge: true,
  time_zone: true,
})
  .extend({
    time_zone: z.string().refine(isTimeZone, "expected an IANA time zone, e.g. Asia/Kolkata"),
    services: z.array(Service.extend({ id: id("catalogItem").optional() })).max(200),
    knowledge: z.array(KnowledgeEntry.extend({ id: id("knowledge").optional() })).max(500),
    screening: Screening,
    via: z.enum(["api", "voice", "dashboard"]),
  })
  .partial();
export type AgentUpdate = z.infer<typeof AgentUpdate>;
