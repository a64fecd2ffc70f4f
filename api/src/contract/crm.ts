import { z } from "zod";
import { E164, Outcome, Sentiment, Timestamp } from "./common.ts";
import { id } from "./ids.ts";

export const Contact = z.object({
  id: id("contact"),
  name: z.string().nullable(),
  phone: E164.nullable(),
  email: z.email().nullable(),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type Contact = z.infer<typeof Contact>;

/** Step 1. `POST /crm/v1/call-sessions`: the caller is matched by phone or a new contact is made. Same call id → same session. */
export const CallSessionOpen = z.object({
  call_id: id("call"),
  /** `null` when the caller withheld the number: an anonymous contact is made at finalize if fields were collected. */
  from: E164.nullable(),
  to: z.string(),
});
export type CallSessionOpen = z.infer<typeof CallSessionOpen>;

export const CallSession = z.object({
  id: id("callSession"),
  call_id: id("call"),
  contact: Contact.nullable(),
  /** The contact was known before this call. */
  known: z.boolean(),
  fields: z.record(z.string(), z.string()),
  status: z.enum(["open", "finalized"]),
});
export type CallSession = z.infer<typeof CallSession>;

/** How long a caller pauses in the middle of a turn, oldest first; her endpointing begins with it. Erased with the contact. */
export const Pauses = z.array(z.number().int().min(0).max(10_000)).max(12);

/** Step 2. `GET /crm/v1/call-sessions/{ses_}/context`. */
export const CallContext = z.object({
  contact: Contact.nullable(),
  known: z.boolean(),
  recent_calls: z.array(z.object({ id: id("call"), started_at: Timestamp, outcome: Outcome, summary: z.string() })),
  upcoming_appointments: z.array(z.object({ id: id("appointment"), service: z.string(), starts_at: Timestamp })),
  pauses_ms: Pauses.optional(),
});
export type CallContext = z.infer<typeof CallContext>;

/** Step 3. `PATCH /crm/v1/call-sessions/{ses_}/fields`: what is known so far, any number of times. `name`, `phone`, `email` update the contact. */
export const CallSessionFields = z.object({
  fields: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,40}$/), z.string().max(2000)),
});

/** Step 4. `POST /crm/v1/call-sessions/{ses_}/finalize`, atomic: lead + interest + call + appointment. Step 5 is the signed events. */
export const CallSessionFinalize = z.object({
  outcome: Outcome,
  summary: z.string().max(4000),
  sentiment: Sentiment,
  appointment_id: id("appointment").optional(),
  /** Catalog items the caller asked about; each becomes an interest of the lead. */
  interests: z.array(z.object({ catalog_item_id: id("catalogItem"), note: z.string().max(500).optional() })),
});
export type CallSessionFinalize = z.infer<typeof CallSessionFinalize>;

/** Ids of everything that came of a call. */
export const Created = z.object({
  contact_id: id("contact").nullable(),
  lead_id: id("lead").nullable(),
  appointment_ids: z.array(id("appointment")),
  ticket_ids: z.array(id("ticket")),
});
export type Created = z.infer<typeof Created>;

/** Answer to `finalize`: the ids of everything that came of the session. A repeat answers the same. */
export const CallSessionFinalized = Created.extend({ id: id("callSession"), call_id: id("call") });
export type CallSessionFinalized = z.infer<typeof CallSessionFinalized>;

export const LEAD_STAGES = ["new", "contacted", "qualified", "won", "lost"] as const;

/** `POST /crm/v1/leads`. The contact is matched by phone (national numbers are read in the workspace's country) or made. */
export const LeadCreate = z.object({
  contact: z.object({ name: z.string().min(1).max(200).optional(), phone: z.string().min(3).max(40) }),
  source: z.string().min(1).max(60),
  interests: z
    .array(z.object({ catalog_item_id: id("catalogItem"), note: z.string().max(500).optional() }))
    .max(50)
    .default([]),
});
export type LeadCreate = z.infer<typeof LeadCreate>;

export const LeadCreated = z.object({ id: id("lead"), contact_id: id("contact"), stage: z.enum(LEAD_STAGES) });
export type LeadCreated = z.infer<typeof LeadCreated>;

/** `POST /crm/v1/contacts` and `PATCH …/{ctc_}`; numbers are read in the workspace's country. */
export const ContactCreate = z.object({
  name: z.string().min(1).max(200).optional(),
  phone: z.string().min(3).max(40).optional(),
  email: z.email().max(320).optional(),
});
export type ContactCreate = z.infer<typeof ContactCreate>;
export const ContactUpdate = z
  .object({
    name: z.string().min(1).max(200).nullable(),
    phone: z.string().min(3).max(40).nullable(),
    email: z.email().max(320).nullable(),
  })
  .partial();
export type ContactUpdate = z.infer<typeof ContactUpdate>;

/** `POST /crm/v1/contacts/{ctc_}/merge`: this contact goes into the other one, whose id answers for both from then on. */
export const ContactMerge = z.object({ into: id("contact") });

export const Lead = LeadCreated.extend({
  source: z.string(),
  call_id: id("call").nullable(),
  interests: z.array(z.object({ catalog_item_id: id("catalogItem"), note: z.string().nullable() })),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type Lead = z.infer<typeof Lead>;

/** `PATCH /crm/v1/leads/{ld_}`; 409 `transition_refused` names what is possible. */
export const LeadUpdate = z.object({ stage: z.enum(LEAD_STAGES) });
export type LeadUpdate = z.infer<typeof LeadUpdate>;

/** `GET /crm/v1/contacts/{ctc_}/export`: everything kept about a person, as JSON. */
export const ContactExport = z.object({
  contact: Contact,
  exported_at: Timestamp,
  sections: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
});

/** `POST /crm/v1/contacts/{ctc_}/erase`. What stays is numbers without a person. */
export const ContactErased = z.object({
  id: id("contact"),
  erased_at: Timestamp,
  calls: z.number().int(),
  recordings: z.number().int(),
  transcripts: z.number().int(),
  events: z.number().int(),
});
