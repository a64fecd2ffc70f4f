/** `book_appointment`: one conditional write; losing the slot is an answer with the next one. */
import type { Appointment, Slot } from "@sk-voice/api/contract/index.ts";
import { z } from "zod";
import type { ToolFact } from "../facts.ts";
import { toE164 } from "../nlu/phone.ts";
import { defineTool, type Tool, type ToolOutcome, type ToolRun } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";
import { callerFields, fieldFacts } from "./caller-fields.ts";
import type { SlotMemory } from "./slot-memory.ts";

const Booking = z.object({
  slot_id: z.string().describe("slot_id of an opening that check_availability or find_next_opening returned"),
  name: z.string().min(1).max(200).describe("the caller's name"),
  phone: z.string().max(40).optional().describe("the caller's number, if not the one they call from"),
  note: z.string().max(500).optional(),
});
type Booking = z.infer<typeof Booking>;

/** Opening the session, fields and booking, each at most 2.5 s. */
const DEADLINE_MS = 7500;

export function bookingTool(deps: ToolDeps, memory: SlotMemory): Tool {
  return defineTool({
    name: "book_appointment",
    description:
      "Books a slot, after the caller has confirmed service, day, time and name. `slot_taken`: somebody else was faster; offer `next`.",
    parameters: Booking,
    deadlineMs: DEADLINE_MS,
    sideEffect: true,
    run: async (args, run) => {
      const slot = memory.get(args.slot_id);
      if (!slot) return { result: { error: "unknown_slot", advice: "call check_availability first" }, facts: [] };
      const phone = args.phone === undefined ? deps.crm.line.from : toE164(args.phone, deps.settings.country);
      if (phone === undefined) return { result: { error: "invalid_phone" }, facts: [] };
      return book(deps, memory, { ...args, slot, phone }, run);
    },
  });
}

interface Wanted extends Booking {
  readonly slot: Slot;
}

async function book(
  deps: ToolDeps,
  memory: SlotMemory,
  wanted: Omit<Wanted, "phone"> & { phone: string | null },
  run: ToolRun,
): Promise<ToolOutcome> {
  const { crm, suite, settings } = deps;
  const fields = callerFields(crm, wanted.name, wanted.phone);
  const patching = crm.patch(fields, `${run.idempotencyKey}:fields`);
  // A caller whose number was withheld becomes a contact by these fields; for everybody else they can wait.
  if (!crm.contact) await patching;
  else patching.catch(() => undefined);
  const contactId = crm.contact?.id;
  if (contactId === undefined) return { result: { error: "phone_needed" }, facts: [] };
  const { slot } = wanted;
  const create = {
    slot_id: slot.id,
    contact_id: contactId,
    service: slot.service_id,
    call_id: crm.line.callId,
    ...(wanted.note === undefined ? {} : { note: wanted.note }),
  };
  // The key leaves the turn out: a retry in a later turn must find the first attempt, not book against it.
  const idempotencyKey = `${crm.line.callId}:book:${slot.id}`;
  const result = await memory.book(slot.id, () => suite.book(create, { idempotencyKey }));
  const known = fieldFacts(fields);
  if (result.status === "slot-taken") {
    const next = result.nextSlot && memory.remember(result.nextSlot, settings.time_zone);
    return { result: { status: "slot_taken", next }, facts: known };
  }
  return booked(result.appointment, memory, settings.time_zone, slot, known);
}

function booked(
  appointment: Appointment,
  memory: SlotMemory,
  timeZone: string,
  slot: Slot,
  known: readonly ToolFact[],
): ToolOutcome {
  const { says } = memory.remember(slot, timeZone);
  return {
    result: { status: "booked", appointment_id: appointment.id, service: appointment.service.name, says },
    facts: [
      {
        type: "booked",
        appointmentId: appointment.id,
        service: appointment.service.name,
        startsAt: appointment.starts_at,
        says,
      },
      { type: "interest", catalogItemId: slot.service_id },
      ...known,
    ],
  };
}
