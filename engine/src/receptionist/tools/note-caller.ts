/** `note_caller`: keeps what is known of the caller, so that nothing is lost when the call drops. */
import { z } from "zod";
import { toE164 } from "../nlu/phone.ts";
import { defineTool, type Tool } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";
import { callerFields, fieldFacts } from "./caller-fields.ts";

const NoteCaller = z.object({
  name: z.string().min(1).max(200).optional(),
  phone: z.string().max(40).optional(),
});

export function noteCallerTool({ crm, settings }: ToolDeps): Tool {
  return defineTool({
    name: "note_caller",
    description: "Remembers the caller's name or number as soon as it is known. Answers at once.",
    parameters: NoteCaller,
    deadlineMs: 1000,
    run: async ({ name, phone }, { idempotencyKey }) => {
      const fields = callerFields(crm, name, phone === undefined ? undefined : toE164(phone, settings.country));
      // Not awaited: nobody waits on the phone for it, and the facts carry the same fields into the outcome.
      crm.patch(fields, idempotencyKey).catch(() => undefined);
      return { result: { ok: true }, facts: fieldFacts(fields) };
    },
  });
}
