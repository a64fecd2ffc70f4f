/**
 * What leaves the house: the six events, one envelope. A body is rendered once, when the event is written, and every delivery and
 * every retry sends those bytes. At least once, in no promised order: dedupe on `id`, order by `created_at`.
 */
import { z } from "zod";
import { KnowledgeEntry } from "./agent.ts";
import { Appointment } from "./calendar.ts";
import { Call } from "./calls.ts";
import { Timestamp, TranscriptLine } from "./common.ts";
import { Contact } from "./crm.ts";
import { Message } from "./engine.ts";
import { id } from "./ids.ts";
import { Ticket } from "./tickets.ts";

export const EVENT_TYPES = [
  "call.started",
  "call.completed",
  "call.escalated",
  "call.message_taken",
  "appointment.booked",
  "knowledge.updated",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const ESCALATION_TRIGGERS = ["sentiment", "rule", "explicit_request"] as const;

function envelope<T extends string, D extends z.ZodType>(type: T, data: D) {
  return z.object({
    id: id("event"),
    type: z.literal(type),
    created_at: Timestamp,
    livemode: z.boolean(),
    data,
  });
}

/** A real caller connected. `contact` when the caller is known. */
export const CallStarted = envelope("call.started", z.object({ call: Call, contact: Contact.nullable() }));

/** The full record. Links inside `call` need the key; `call.created` holds the ids of everything that came of it. */
export const CallCompleted = envelope("call.completed", z.object({ call: Call, contact: Contact.nullable() }));

/** Handed to a human, with the transcript so far. */
export const CallEscalated = envelope(
  "call.escalated",
  z.object({
    call: Call,
    contact: Contact.nullable(),
    trigger: z.enum(ESCALATION_TRIGGERS),
    reason: z.string(),
    transcript: z.array(TranscriptLine),
  }),
);

/** Nobody was available: the structured message and the ticket opened for it. */
export const CallMessageTaken = envelope(
  "call.message_taken",
  z.object({
    call_id: id("call"),
    contact: Contact.nullable(),
    message: Message,
    ticket_id: id("ticket"),
    ticket: Ticket,
  }),
);

/** SK Calendar's own event. */
export const AppointmentBooked = envelope(
  "appointment.booked",
  z.object({ appointment: Appointment, contact: Contact }),
);

/** The owner changed what she knows. */
export const KnowledgeUpdated = envelope(
  "knowledge.updated",
  z.object({
    knowledge: z.object({ id: id("knowledge"), version: z.number().int().positive() }),
    changes: z.array(z.object({ change: z.enum(["added", "changed", "removed"]), entry: KnowledgeEntry })),
    changed_by: z.string(),
    via: z.enum(["api", "voice", "dashboard"]),
  }),
);

/** Sent by `POST /voice/v1/webhooks/{id}/test` only. */
export const Ping = envelope("ping", z.object({ webhook_id: id("webhook") }));

export const WebhookEvent = z.discriminatedUnion("type", [
  CallStarted,
  CallCompleted,
  CallEscalated,
  CallMessageTaken,
  AppointmentBooked,
  KnowledgeUpdated,
  Ping,
]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;
/** The `data` of one event type. */
export type EventData<T extends WebhookEvent["type"]> = Extract<WebhookEvent, { type: T }>["data"];
