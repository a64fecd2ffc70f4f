/** `escalate`: hands the call to a human, with why and what has been said. Nobody there is an answer: she takes a message then. */
import { z } from "zod";
import { mayEscalate } from "../escalation.ts";
import { ESCALATION_TRIGGERS, type EscalationTrigger } from "../facts.ts";
import { defineTool, type Tool } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";

export interface HandOver {
  /** E.164 or a SIP URI. */
  readonly to: string;
  readonly trigger: EscalationTrigger;
  readonly reason: string;
}

export type HandOverResult = "connected" | "unavailable";

const Escalate = z.object({
  trigger: z.enum(ESCALATION_TRIGGERS),
  reason: z.string().min(1).max(500).describe("for the human: what the caller wants, in a sentence"),
});

/** Ringing, whisper and answer of the human (`call/warm-transfer.ts` gives up after 45 s), and some room. */
const DEADLINE_MS = 50_000;

export function escalateTool({ settings, handOver }: ToolDeps): Tool {
  return defineTool({
    name: "escalate",
    description:
      "Puts the caller through to a human. Say so first. `unavailable`: nobody can take the call, offer to take a message.",
    parameters: Escalate,
    deadlineMs: DEADLINE_MS,
    sideEffect: true,
    run: async ({ trigger, reason }, { nowEpochMs }) => {
      const to = settings.escalation.transfer_to;
      if (to === null || !mayEscalate(settings, nowEpochMs)) return { result: { status: "unavailable" }, facts: [] };
      const status = await handOver({ to, trigger, reason });
      if (status === "unavailable") return { result: { status }, facts: [] };
      return { result: { status }, facts: [{ type: "escalated", trigger, reason }] };
    },
  });
}
