/** The catalogue of events: what each one says, and the JSON Schema of its envelope, generated from the validators that write it. */
import { z } from "zod";
import { EVENT_TYPES, type EventType, WebhookEvent } from "../contract/events.ts";

export const EVENT_DESCRIPTIONS: Record<EventType, string> = {
  "call.started": "A real caller connected; with the contact when the caller is known. Robocalls fire nothing.",
  "call.completed": "The call ended: duration, language, sentiment, outcome, links, ids of everything created.",
  "call.escalated": "Handed to a human: why, and the transcript so far.",
  "call.message_taken": "Nobody was available: the structured message and its ticket.",
  "appointment.booked": "A booking was made.",
  "knowledge.updated": "The owner changed what she knows: the version, what changed, who and how.",
  "call.finalized": "A call session was finalized: the ids of contact, lead, appointments and tickets, in one.",
  "contact.updated": "Fields of a contact changed, before and after.",
  "contact.merged": "One contact was merged into another; its id answers with the survivor.",
  "lead.created": "A lead with its interests.",
  "lead.stage_changed": "A lead moved to another stage.",
  "appointment.rescheduled": "An appointment moved; same id, another time.",
  "appointment.cancelled": "An appointment was cancelled.",
  "appointment.no_show": "Nobody came.",
  "appointment.reminder_sent": "A reminder for an appointment was sent.",
  "slot.released": "A time that was taken can be booked again.",
  "ticket.created": "A ticket was opened.",
  "ticket.status_changed": "A ticket moved to another status.",
  "ticket.message_added": "Somebody added to a ticket's thread.",
  "ticket.sla_breached": "A ticket was to be resolved by now.",
  "webhook.failing": "Another endpoint of yours fails so often that its deliveries pause.",
  "webhook.disabled": "Another endpoint of yours was disabled; nothing is sent to it until you enable it.",
};

let made: { type: string; description: string; schema: Record<string, unknown> }[] | undefined;

/** In the order of the contract. */
export function eventTypes() {
  made ??= EVENT_TYPES.map((type) => {
    const option = WebhookEvent.options.find((one) => one.shape.type.value === type) ?? WebhookEvent;
    return { type, description: EVENT_DESCRIPTIONS[type], schema: { ...z.toJSONSchema(option) } };
  });
  return made;
}
