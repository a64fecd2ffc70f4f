import { z } from "zod";
import { Timestamp } from "./common.ts";
import { id } from "./ids.ts";

export const TICKET_STATUS = ["open", "in_progress", "waiting", "resolved", "closed", "reopened"] as const;
export const URGENCY = ["low", "normal", "high"] as const;

export const EVIDENCE_KINDS = ["call", "recording", "transcript"] as const;

const minutes = z.number().int().min(1).max(525_600);
/** Minutes from opening to resolution, by urgency. */
export const Sla = z.object({ high_minutes: minutes, normal_minutes: minutes, low_minutes: minutes });
export type Sla = z.infer<typeof Sla>;

export const Ticket = z.object({
  id: id("ticket"),
  contact_id: id("contact").nullable(),
  subject: z.string(),
  body: z.string().nullable(),
  status: z.enum(TICKET_STATUS),
  urgency: z.enum(URGENCY),
  source: z.string(),
  call_id: id("call").nullable(),
  /** To be resolved by then; after it `ticket.sla_breached` has fired. */
  due_at: Timestamp.nullable().optional(),
  breached_at: Timestamp.nullable().optional(),
  resolved_at: Timestamp.nullable().optional(),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type Ticket = z.infer<typeof Ticket>;

/** `POST /tickets/v1/tickets`. The call is linked by reference; recording and transcript are never copied. */
export const TicketCreate = z.object({
  contact_id: id("contact"),
  subject: z.string().min(1).max(200),
  body: z.string().min(1).max(4000).optional(),
  urgency: z.enum(URGENCY).default("normal"),
  source: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,40}$/)
    .default("api"),
  call_id: id("call").optional(),
});
export type TicketCreate = z.infer<typeof TicketCreate>;

/** `POST /tickets/v1/tickets/{tkt_}/transitions`; 409 `transition_refused` names what is possible. */
export const TicketTransition = z.object({ to: z.enum(TICKET_STATUS), note: z.string().min(1).max(4000).optional() });
export type TicketTransition = z.infer<typeof TicketTransition>;

export const TicketMessageCreate = z.object({
  body: z.string().min(1).max(8000),
  internal: z.boolean().default(false),
});
export type TicketMessageCreate = z.infer<typeof TicketMessageCreate>;

/** One entry of the thread; never changed. `author` is a key, `caller`, or `system`. */
export const TicketMessage = z.object({
  id: id("ticketMessage"),
  ticket_id: id("ticket"),
  author: z.string(),
  internal: z.boolean(),
  body: z.string(),
  created_at: Timestamp,
});
export type TicketMessage = z.infer<typeof TicketMessage>;

export const EvidenceCreate = z.object({ kind: z.enum(EVIDENCE_KINDS), call_id: id("call") });
export type EvidenceCreate = z.infer<typeof EvidenceCreate>;

/** A reference; `url` needs the key. */
export const Evidence = EvidenceCreate.extend({ url: z.string(), added_by: z.string(), created_at: Timestamp });
export type Evidence = z.infer<typeof Evidence>;
