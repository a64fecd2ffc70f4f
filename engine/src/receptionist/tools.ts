/** The tools of one call: the same for the embedded policy and for hosted models. */
import type { AgentSettings, Message } from "@sk-voice/api/contract/index.ts";
import type { CrmSession } from "./crm-session.ts";
import { indexOf } from "./knowledge/retrieve.ts";
import type { PinPad } from "./pin-pad.ts";
import type { Suite } from "./suite.ts";
import type { ToolSet } from "./tool.ts";
import { AppointmentMemory } from "./tools/appointment-memory.ts";
import { availabilityTool, nextOpeningTool } from "./tools/availability.ts";
import { bookingTool } from "./tools/booking.ts";
import { cancelTool, rescheduleTool } from "./tools/change-appointment.ts";
import { endCallTool } from "./tools/end-call.ts";
import { escalateTool, type HandOver, type HandOverResult } from "./tools/escalate.ts";
import { findContactTool } from "./tools/find-contact.ts";
import { knowledgeTool } from "./tools/knowledge.ts";
import { messageTool } from "./tools/message.ts";
import { noteCallerTool } from "./tools/note-caller.ts";
import { changeKnowledgeTool, OwnerGate, verifyOwnerTool } from "./tools/owner.ts";
import { SlotMemory } from "./tools/slot-memory.ts";

export interface ToolDeps {
  readonly settings: AgentSettings;
  readonly suite: Suite;
  readonly crm: CrmSession;
  /** Puts the `call.message_taken` report into the spool: durable when it returns. */
  readonly leaveMessage: (message: Message) => void;
  /** Keys the model never sees. */
  readonly pinPad: PinPad;
  /** Rings a human and resolves when they have the call, or nobody does. Never rejects. */
  readonly handOver: (request: HandOver) => Promise<HandOverResult>;
}

/** One set per call: it remembers which slots were offered, what was booked and that a message was taken. */
export function createTools(deps: ToolDeps): ToolSet {
  const memory = new SlotMemory();
  const appointments = new AppointmentMemory();
  const gate = new OwnerGate();
  const tools = [
    availabilityTool(deps, memory),
    nextOpeningTool(deps, memory),
    bookingTool(deps, memory),
    findContactTool(deps, appointments),
    rescheduleTool(deps, appointments, memory),
    cancelTool(deps, appointments),
    knowledgeTool(deps, indexOf(deps.settings.knowledge)),
    noteCallerTool(deps),
    messageTool(deps),
    escalateTool(deps),
    verifyOwnerTool(deps, gate),
    changeKnowledgeTool(deps, gate),
    endCallTool(),
  ];
  const { tools: named } = deps.settings;
  const has = (name: string) => !named || named.includes(name) || name === "end_call";
  return new Map(tools.map((tool) => [tool.definition.name, tool] as const).filter(([name]) => has(name)));
}
