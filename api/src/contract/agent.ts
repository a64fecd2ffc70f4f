import { z } from "zod";
import { E164, Language } from "./common.ts";
import { id } from "./ids.ts";

const HHMM = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected HH:MM, 24 h");
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

/** Everything the engine needs to answer as this business. `GET /voice/v1/agent`. */
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
});
export type AgentSettings = z.infer<typeof AgentSettings>;

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
export const AgentUpdate = AgentSettings.omit({
  workspace_id: true,
  knowledge_version: true,
  services: true,
  knowledge: true,
  time_zone: true,
})
  .extend({
    time_zone: z.string().refine(isTimeZone, "expected an IANA time zone, e.g. Asia/Kolkata"),
    services: z.array(Service.extend({ id: id("catalogItem").optional() })).max(200),
    knowledge: z.array(KnowledgeEntry.extend({ id: id("knowledge").optional() })).max(500),
    via: z.enum(["api", "voice", "dashboard"]),
  })
  .partial();
export type AgentUpdate = z.infer<typeof AgentUpdate>;
