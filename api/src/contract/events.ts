/**
 * What leaves the house: the six voice events and the suite's own, one envelope. A body is rendered once, when the event is written, and every delivery and
 * every retry sends those bytes. At least once, in no promised order: dedupe on `id`, order by `created_at`.
 */
import { z } from "zod";
import { KnowledgeEntry } from "./agent.ts";
import { Appointment, Slot } from "./calendar.ts";
import { Call } from "./calls.ts";
import { Outcome, Timestamp, TranscriptLine } from "./common.ts";
import { CallSessionFinalized, Contact, LEAD_STAGES, Lead } from "./crm.ts";
import { Message } from "./engine.ts";
import { id } from "./ids.ts";
import { TICKET_STATUS, Ticket, TicketMessage } from "./tickets.ts";
import { FieldChange } from "./timeline.ts";

export const EVENT_TYPES = [
  "call.started",
  "call.completed",
  "call.escalated",
  "call.message_taken",
  "appointment.booked",
  "knowledge.updated",
  "call.finalized",
  "contact.updated",
  "contact.merged",
  "lead.created",
  "lead.stage_changed",
  "appointment.rescheduled",
  "appointment.cancelled",
  "appointment.no_show",
  "appointment.reminder_sent",
  "slot.released",
  "ticket.created",
  "ticket.status_changed",
  "ticket.message_added",
  "ticket.sla_breached",
  "webhook.failing",
  "webhook.disabled",
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

/** The call was held as a robocall and released by the owner: this comes long after it happened. */
const late = z.literal(true).optional();

/** A real caller connected. `contact` when the caller is known. */
export const CallStarted = envelope("call.started", z.object({ call: Call, contact: Contact.nullable(), late }));

/** The full record. Links inside `call` need the key; `call.created` holds the ids of everything that came of it. */
export const CallCompleted = envelope("call.completed", z.object({ call: Call, contact: Contact.nullable(), late }));

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

/** Step 5 of a call session: the ids of everything that came of it. */
export const CallFinalized = envelope("call.finalized", CallSessionFinalized.extend({ outcome: Outcome }));

/** A field-level diff. */
export const ContactUpdated = envelope(
  "contact.updated",
  z.object({ contact: Contact, changes: z.array(FieldChange), actor: z.string() }),
);

/** `merged_id` answers with `contact` from now on. */
export const ContactMerged = envelope("contact.merged", z.object({ contact: Contact, merged_id: id("contact") }));

export const LeadCreatedEvent = envelope("lead.created", z.object({ lead: Lead }));
export const LeadStageChanged = envelope(
  "lead.stage_changed",
  z.object({ lead: Lead, from: z.enum(LEAD_STAGES), to: z.enum(LEAD_STAGES) }),
);

const appointment = z.object({ appointment: Appointment, contact: Contact });
/** Same id, another time; the time left is a `slot.released`. */
export const AppointmentRescheduled = envelope(
  "appointment.rescheduled",
  appointment.extend({ previous: z.object({ slot_id: id("slot"), starts_at: Timestamp, ends_at: Timestamp }) }),
);
export const AppointmentCancelled = envelope(
  "appointment.cancelled",
  appointment.extend({ reason: z.string().nullable() }),
);
export const AppointmentNoShow = envelope("appointment.no_show", appointment);
export const AppointmentReminderSent = envelope("appointment.reminder_sent", appointment);
/** This time can be booked again. */
export const SlotReleased = envelope(
  "slot.released",
  z.object({ slot: Slot, reason: z.enum(["rescheduled", "cancelled"]) }),
);

export const TicketCreatedEvent = envelope("ticket.created", z.object({ ticket: Ticket }));
export const TicketStatusChanged = envelope(
  "ticket.status_changed",
  z.object({ ticket: Ticket, from: z.enum(TICKET_STATUS), to: z.enum(TICKET_STATUS) }),
);
/** Internal messages fire nothing. */
export const TicketMessageAdded = envelope(
  "ticket.message_added",
  z.object({ ticket: Ticket, message: TicketMessage }),
);
export const TicketSlaBreached = envelope("ticket.sla_breached", z.object({ ticket: Ticket }));

/** Another endpoint of yours keeps failing; its deliveries wait for it. */
export const WebhookFailing = envelope(
  "webhook.failing",
  z.object({ webhook_id: id("webhook"), url: z.string(), failures: z.number().int(), failing_since: Timestamp }),
);
/** Nothing is sent to it any more until you enable it. */
export const WebhookDisabled = envelope(
  "webhook.disabled",
  z.object({ webhook_id: id("webhook"), url: z.string(), reason: z.string() }),
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
  CallFinalized,
  ContactUpdated,
  ContactMerged,
  LeadCreatedEvent,
  LeadStageChanged,
  AppointmentRescheduled,
  AppointmentCancelled,
  AppointmentNoShow,
  AppointmentReminderSent,
  SlotReleased,
  TicketCreatedEvent,
  TicketStatusChanged,
  TicketMessageAdded,
  TicketSlaBreached,
  WebhookFailing,
  WebhookDisabled,
  Ping,
]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;
/** The `data` of one event type. */
export type EventData<T extends WebhookEvent["type"]> = Extract<WebhookEvent, { type: T }>["data"];
