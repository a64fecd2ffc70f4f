import { z } from "zod";
import { Timestamp } from "./common.ts";
import { id } from "./ids.ts";

export const TICKET_STATUS = ["open", "in_progress", "waiting", "resolved", "closed", "reopened"] as const;
export const URGENCY = ["low", "normal", "high"] as const;

export const Ticket = z.object({
  id: id("ticket"),
  contact_id: id("contact").nullable(),
  subject: z.string(),
  body: z.string().nullable(),
  status: z.enum(TICKET_STATUS),
  urgency: z.enum(URGENCY),
  source: z.string(),
  call_id: id("call").nullable(),
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
