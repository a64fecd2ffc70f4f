/**
 * `verify_owner` and `change_knowledge`: the owner of the business changes what she says, by telephone. The PIN comes from the keypad past the model, which never
 * sees it; the api counts wrong ones and refuses changes in calls in which nobody was verified.
 */
import { OwnerChange } from "@sk-voice/api/contract/index.ts";
import { z } from "zod";
import { sayHoursOfDays, sayMoney } from "../speak.ts";
import { defineTool, type Tool } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";

const DEADLINE_MS = 5500;

/** One for each call: who was verified in it. */
export class OwnerGate {
  verified = false;
}

const NoArguments = z.object({});
const Change = z.object({ change: OwnerChange });

export function verifyOwnerTool({ crm, suite, pinPad }: ToolDeps, gate: OwnerGate): Tool {
  return defineTool({
    name: "verify_owner",
    description:
      "Checks the PIN the caller has just typed on the keypad, to let the owner change opening hours, prices and notices. Ask for the PIN first; you never hear it.",
    parameters: NoArguments,
    deadlineMs: DEADLINE_MS,
    sideEffect: true,
    run: async (_, { idempotencyKey }) => {
      const pin = pinPad.take();
      const { from, callId } = crm.line;
      if (pin === undefined || pin === "") return { result: { error: "no_pin" }, facts: [] };
      if (from === null) return { result: { verified: false, attempts_left: 0 }, facts: [] };
      const answer = await suite.verifyOwner({ call_id: callId, phone: from, pin }, { idempotencyKey });
      gate.verified = answer.verified;
      return { result: { ...answer }, facts: [] };
    },
  });
}

export function changeKnowledgeTool({ crm, suite, settings }: ToolDeps, gate: OwnerGate): Tool {
  return defineTool({
    name: "change_knowledge",
    description:
      "Writes what the verified owner changes, after reading it back and hearing a yes. Only after verify_owner has said verified.",
    parameters: Change,
    deadlineMs: DEADLINE_MS,
    sideEffect: true,
    run: async ({ change }, { idempotencyKey }) => {
      if (!gate.verified) return { result: { error: "not_verified" }, facts: [] };
      const saved = await suite.changeByOwner({ call_id: crm.line.callId, change }, { idempotencyKey });
      const says = sayChange(change, settings);
      return {
        result: { status: "saved", says },
        facts: [{ type: "owner-updated", says, version: saved.knowledge_version }],
      };
    },
  });
}

/** As it is read back. */
export function sayChange(
  change: OwnerChange,
  { services, country }: Pick<ToolDeps["settings"], "services" | "country">,
): string {
  switch (change.type) {
    case "hours":
      return sayHoursOfDays(change.days, change.hours);
    case "price": {
      const service = services.find(({ id }) => id === change.service_id);
      const currency = service?.price?.currency ?? (country === "IN" ? "INR" : "USD");
      return `${service?.name ?? "the service"} costs ${sayMoney({ amount: change.amount, currency })}`;
    }
    case "notice":
      return `callers are told: ${change.text.replace(/[.!?]+$/, "")}`;
  }
}
