/** `take_message`: one structured message a call; the api opens a ticket for it. */
import type { Message } from "@sk-voice/api/contract/index.ts";
import { z } from "zod";
import { toE164 } from "../nlu/phone.ts";
import { defineTool, type Tool } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";
import { callerFields, fieldFacts } from "./caller-fields.ts";

const TakeMessage = z.object({
  name: z.string().min(1).max(200).optional().describe("who the message is from"),
  phone: z.string().max(40).optional().describe("number to call back, if not the one they call from"),
  subject: z.string().min(1).max(200),
  body: z.string().min(1).max(4000),
  urgency: z.enum(["low", "normal", "high"]).default("normal"),
});

export function messageTool({ crm, settings, leaveMessage }: ToolDeps): Tool {
  let taken = false;
  return defineTool({
    name: "take_message",
    description:
      "Leaves a message for the business, after asking for name, number and what it is about. Once per call: gather everything first.",
    parameters: TakeMessage,
    deadlineMs: 1000,
    sideEffect: true,
    run: async ({ name, phone, subject, body, urgency }, { idempotencyKey }) => {
      // A call has one message report; a second would be taken for a repeat of the first.
      if (taken) return { result: { error: "already_taken" }, facts: [] };
      const number = phone === undefined ? crm.line.from : toE164(phone, settings.country);
      if (number === undefined) return { result: { error: "invalid_phone" }, facts: [] };
      const message: Message = { from_name: name ?? null, callback_number: number, subject, body, urgency };
      leaveMessage(message);
      taken = true;
      const fields = callerFields(crm, name, number);
      crm.patch(fields, idempotencyKey).catch(() => undefined);
      return { result: { status: "taken" }, facts: [{ type: "message-taken", message }, ...fieldFacts(fields)] };
    },
  });
}
