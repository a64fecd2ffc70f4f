/** The contract's word lists for the browser, without the validators they come with; `satisfies` fails when one is missing or made up. */
import type { Weekday } from "../../../contract/agent.ts";
import type { Outcome, Sentiment } from "../../../contract/common.ts";
import type { EventType } from "../../../contract/events.ts";

const keys = <T extends string>(all: Record<T, true>) => Object.keys(all) as T[];

export const OUTCOMES = keys<Outcome>({
  booked: true,
  rescheduled: true,
  cancelled: true,
  answered: true,
  message_taken: true,
  escalated: true,
  abandoned: true,
  wrong_number: true,
  robocall: true,
  owner_update: true,
});

export const SENTIMENT_LABELS = keys<Sentiment["label"]>({
  positive: true,
  neutral: true,
  negative: true,
  frustrated: true,
});

export const WEEKDAYS = keys<Weekday>({
  monday: true,
  tuesday: true,
  wednesday: true,
  thursday: true,
  friday: true,
  saturday: true,
  sunday: true,
});

export const EVENT_TYPES = keys<EventType>({
  "call.started": true,
  "call.completed": true,
  "call.escalated": true,
  "call.message_taken": true,
  "appointment.booked": true,
  "knowledge.updated": true,
  "call.finalized": true,
  "contact.updated": true,
  "contact.merged": true,
  "lead.created": true,
  "lead.stage_changed": true,
  "appointment.rescheduled": true,
  "appointment.cancelled": true,
  "appointment.no_show": true,
  "appointment.reminder_sent": true,
  "slot.released": true,
  "ticket.created": true,
  "ticket.status_changed": true,
  "ticket.message_added": true,
  "ticket.sla_breached": true,
  "webhook.failing": true,
  "webhook.disabled": true,
});
