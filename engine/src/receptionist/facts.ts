/** What became true during a call, as the tools saw it. The call record, its outcome tag and its summary are made from these alone. */
import type { Message } from "@sk-voice/api/contract/index.ts";

export const END_REASONS = ["goodbye", "wrong_number", "spam", "abuse", "no_answer"] as const;
export type EndReason = (typeof END_REASONS)[number];

export const ESCALATION_TRIGGERS = ["explicit_request", "rule", "sentiment"] as const;
export type EscalationTrigger = (typeof ESCALATION_TRIGGERS)[number];

export type ToolFact =
  /** `startsAt` is RFC 3339, `says` the same in the business's wall clock, as it is spoken. */
  | {
      readonly type: "booked";
      readonly appointmentId: string;
      readonly service: string;
      readonly startsAt: string;
      readonly says: string;
    }
  /** `says` is the new time. */
  | {
      readonly type: "rescheduled";
      readonly appointmentId: string;
      readonly service: string;
      readonly startsAt: string;
      readonly says: string;
    }
  | {
      readonly type: "cancelled";
      readonly appointmentId: string;
      readonly service: string;
      readonly says: string;
    }
  /** A human has taken the call over. */
  | { readonly type: "escalated"; readonly trigger: EscalationTrigger; readonly reason: string }
  /** A verified owner changed hours, a price or a notice; `says` as it was read back. */
  | { readonly type: "owner-updated"; readonly says: string; readonly version: number }
  | { readonly type: "message-taken"; readonly message: Message }
  | { readonly type: "interest"; readonly catalogItemId: string }
  /** A question was answered; `knowledgeId` is `null` when the answer came from opening hours or the price list. */
  | { readonly type: "answered"; readonly question: string; readonly knowledgeId: string | null }
  | { readonly type: "unanswered"; readonly question: string }
  /** A field of the CRM call session, as it was sent: `name`, `phone`, `callback_number`. */
  | { readonly type: "field"; readonly name: string; readonly value: string }
  | { readonly type: "ended"; readonly reason: EndReason };
