/** What agents of others may do here: each tool names the scope its key needs and does what the REST route beside it does. */
import { z } from "zod";
import type { Scope } from "../auth.ts";
import { getAppointment, listAppointments } from "../calendar/appointments.ts";
import { KnowledgeEntry } from "../contract/agent.ts";
import { APPOINTMENT_STATUS, Appointment } from "../contract/calendar.ts";
import { Call, CallQuery, Transcript } from "../contract/calls.ts";
import { Outcome, Timestamp } from "../contract/common.ts";
import { id } from "../contract/ids.ts";
import { KnowledgeHit, KnowledgeSearch } from "../contract/knowledge.ts";
import { PageQuery, page } from "../contract/page.ts";
import { Ticket, TicketMessage } from "../contract/tickets.ts";
import { listMessages } from "../tickets/thread.ts";
import { getTicket } from "../tickets/tickets.ts";
import { getCall, getTranscript, listCalls } from "../voice/calls.ts";
import { editKnowledge } from "../voice/edit-knowledge.ts";
import { currentKnowledge, searchKnowledge } from "../voice/knowledge.ts";
import { countOutcomes } from "../voice/outcomes.ts";
import type { Work } from "../work.ts";

export interface Tool {
  readonly name: string;
  readonly scope: Scope;
  readonly title: string;
  readonly description: string;
  readonly writes: boolean;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  run(work: Work, input: unknown): Promise<unknown>;
}

interface Definition<I extends z.ZodObject, O extends z.ZodObject> extends Omit<Tool, "input" | "output" | "run"> {
  readonly input: I;
  readonly output: O;
  run(work: Work, input: z.output<I>): Promise<z.input<O>>;
}

/** Ties a tool's function to its own schemas. */
function tool<I extends z.ZodObject, O extends z.ZodObject>(definition: Definition<I, O>): Tool {
  return { ...definition, run: (work, input) => definition.run(work, definition.input.parse(input)) };
}

const Knowledge = z.object({ version: z.number().int(), entries: z.array(KnowledgeEntry) });

const VOICE_TOOLS: readonly Tool[] = [
  tool({
    name: "search_calls",
    scope: "calls:read",
    title: "Search calls",
    description:
      "Calls, newest first: summary, outcome, sentiment, ids of what came of them. `q` looks in summaries and transcripts.",
    writes: false,
    input: CallQuery,
    output: page(Call),
    run: listCalls,
  }),
  tool({
    name: "get_call",
    scope: "calls:read",
    title: "Get a call",
    description: "One call: summary, outcome, sentiment, who, how long, ids of everything that came of it.",
    writes: false,
    input: z.object({ id: id("call") }),
    output: Call,
    run: (work, input) => getCall(work, input.id),
  }),
  tool({
    name: "get_transcript",
    scope: "calls:read",
    title: "Read a call's transcript",
    description: "What was said and heard, with times in milliseconds from the answer.",
    writes: false,
    input: z.object({ call_id: id("call") }),
    output: Transcript,
    run: (work, input) => getTranscript(work, input.call_id),
  }),
  tool({
    name: "list_outcomes",
    scope: "calls:read",
    title: "Count outcomes",
    description: "How many calls ended how (booked, answered, message_taken, …), most frequent first.",
    writes: false,
    input: z.object({ since: Timestamp.optional(), until: Timestamp.optional() }),
    output: z.object({ data: z.array(z.object({ outcome: Outcome, calls: z.number().int() })) }),
    run: countOutcomes,
  }),
  tool({
    name: "get_knowledge",
    scope: "agent:read",
    title: "Read her knowledge",
    description: "Everything she may say about the business, and its version.",
    writes: false,
    input: z.object({}),
    output: Knowledge,
    run: currentKnowledge,
  }),
  tool({
    name: "search_knowledge",
    scope: "agent:read",
    title: "Search her knowledge",
    description: "The entries that answer a question, best first.",
    writes: false,
    input: KnowledgeSearch,
    output: z.object({ data: z.array(KnowledgeHit) }),
    run: async (work, input) => ({ data: await searchKnowledge(work, input.q, input.limit) }),
  }),
  tool({
    name: "update_knowledge",
    scope: "agent:write",
    title: "Change her knowledge",
    description:
      "Adds entries (no id), changes entries (with their id), removes entries. Makes a new version; earlier ones can be restored.",
    writes: true,
    input: z.object({
      entries: z
        .array(KnowledgeEntry.extend({ id: id("knowledge").optional() }))
        .max(100)
        .default([]),
      remove: z.array(id("knowledge")).max(100).default([]),
    }),
    output: Knowledge,
    run: (work, input) => editKnowledge(work, input.entries, input.remove),
  }),
];

const SUITE_TOOLS: readonly Tool[] = [
  tool({
    name: "list_appointments",
    scope: "calendar:read",
    title: "List appointments",
    description: "Appointments, newest first.",
    writes: false,
    input: PageQuery.extend({
      contact_id: id("contact").optional(),
      call_id: id("call").optional(),
      status: z.enum(APPOINTMENT_STATUS).optional(),
    }),
    output: page(Appointment),
    run: listAppointments,
  }),
  tool({
    name: "get_appointment",
    scope: "calendar:read",
    title: "Get an appointment",
    description: "One appointment by its id.",
    writes: false,
    input: z.object({ id: id("appointment") }),
    output: Appointment,
    run: (work, input) => getAppointment(work, input.id),
  }),
  tool({
    name: "get_ticket",
    scope: "tickets:read",
    title: "Get a ticket",
    description: "A ticket and the newest 100 messages of its thread.",
    writes: false,
    input: z.object({ id: id("ticket") }),
    output: z.object({ ticket: Ticket, messages: z.array(TicketMessage) }),
    run: async (work, input) => ({
      ticket: await getTicket(work, input.id),
      messages: (await listMessages(work, input.id, { limit: 100 })).data,
    }),
  }),
];

export const TOOLS: readonly Tool[] = [...VOICE_TOOLS, ...SUITE_TOOLS];
