/** `reschedule_appointment` and `cancel_appointment`: only what `find_contact` has returned in this call. */
import type { Appointment } from "@sk-voice/api/contract/index.ts";
import { z } from "zod";
import { defineTool, type Tool, type ToolOutcome } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";
import { type AppointmentMemory, held } from "./appointment-memory.ts";
import type { SlotMemory } from "./slot-memory.ts";

const AppointmentId = z.string().describe("appointment_id that find_contact returned");
const Reschedule = z.object({
  appointment_id: AppointmentId,
  slot_id: z.string().describe("slot_id of an opening of the same service that check_availability returned"),
});
const Cancel = z.object({ appointment_id: AppointmentId, reason: z.string().max(300).optional() });

const DEADLINE_MS = 5500;
const UNKNOWN: ToolOutcome = {
  result: { error: "unknown_appointment", advice: "call find_contact first" },
  facts: [],
};

export function rescheduleTool(deps: ToolDeps, memory: AppointmentMemory, slots: SlotMemory): Tool {
  return defineTool({
    name: "reschedule_appointment",
    description:
      "Moves an appointment to another opening, after the caller has confirmed it. `slot_taken`: somebody else was faster; offer `next`.",
    parameters: Reschedule,
    deadlineMs: DEADLINE_MS,
    sideEffect: true,
    run: async ({ appointment_id, slot_id }) => {
      const appointment = memory.get(appointment_id);
      if (!appointment) return UNKNOWN;
      const slot = slots.get(slot_id);
      if (!slot) return { result: { error: "unknown_slot", advice: "call check_availability first" }, facts: [] };
      if (slot.service_id !== appointment.service.id) return { result: { error: "other_service" }, facts: [] };
      // Without the turn: a retry in a later turn must find the first attempt. The time moved from is in it, for moving there and back.
      const idempotencyKey = `${deps.crm.line.callId}:move:${appointment_id}:${appointment.slot_id}:${slot_id}`;
      const result = await deps.suite.reschedule(appointment_id, slot_id, { idempotencyKey });
      if (result.status === "slot-taken") {
        const next = result.nextSlot && slots.remember(result.nextSlot, deps.settings.time_zone);
        return { result: { status: "slot_taken", next }, facts: [] };
      }
      return moved(result.appointment, memory);
    },
  });
}

function moved(appointment: Appointment, memory: AppointmentMemory): ToolOutcome {
  const { service, says } = memory.remember(appointment);
  return {
    result: { status: "rescheduled", service, says },
    facts: [{ type: "rescheduled", appointmentId: appointment.id, service, startsAt: appointment.starts_at, says }],
  };
}

export function cancelTool(deps: ToolDeps, memory: AppointmentMemory): Tool {
  return defineTool({
    name: "cancel_appointment",
    description: "Cancels an appointment, after the caller has confirmed which one.",
    parameters: Cancel,
    deadlineMs: DEADLINE_MS,
    sideEffect: true,
    run: async ({ appointment_id, reason }) => {
      const appointment = memory.get(appointment_id);
      if (!appointment) return UNKNOWN;
      const idempotencyKey = `${deps.crm.line.callId}:cancel:${appointment_id}`;
      await deps.suite.cancel(appointment_id, reason ?? "cancelled by the caller on the phone", { idempotencyKey });
      memory.forget(appointment_id);
      const { service, says } = held(appointment);
      return {
        result: { status: "cancelled", service, says },
        facts: [{ type: "cancelled", appointmentId: appointment_id, service, says }],
      };
    },
  });
}
