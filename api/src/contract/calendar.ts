import { z } from "zod";
import { Timestamp } from "./common.ts";
import { id } from "./ids.ts";
import { Problem } from "./problem.ts";

/** A bookable opening. Its id stands for (resource, service, start): the same opening always has the same id. */
export const Slot = z.object({
  id: id("slot"),
  service_id: id("catalogItem"),
  resource: z.string(),
  starts_at: Timestamp,
  ends_at: Timestamp,
});
export type Slot = z.infer<typeof Slot>;

/** `GET /calendar/v1/slots?service_id=…&from=…&to=…&limit=…`: free openings in time order. */
export const SlotQuery = z.object({
  service_id: id("catalogItem"),
  from: Timestamp,
  to: Timestamp,
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const APPOINTMENT_STATUS = ["booked", "rescheduled", "cancelled", "no_show", "completed"] as const;

export const Appointment = z.object({
  id: id("appointment"),
  slot_id: id("slot"),
  contact_id: id("contact"),
  call_id: id("call").nullable(),
  service: z.object({ id: id("catalogItem"), name: z.string() }),
  resource: z.string(),
  starts_at: Timestamp,
  ends_at: Timestamp,
  time_zone: z.string(),
  status: z.enum(APPOINTMENT_STATUS),
  note: z.string().nullable(),
  created_at: Timestamp,
});
export type Appointment = z.infer<typeof Appointment>;

/** `POST /calendar/v1/appointments`: one conditional write; 201 `Appointment`, or 409 `slot_taken` with `next_slot`. */
export const AppointmentCreate = z.object({
  slot_id: id("slot"),
  contact_id: id("contact"),
  service: id("catalogItem").describe("catalog item id of the service"),
  call_id: id("call").optional(),
  note: z.string().max(2000).optional(),
});
export type AppointmentCreate = z.infer<typeof AppointmentCreate>;

/** The 409 of a lost booking is a problem with the next free opening of the same service. */
export const SlotTakenProblem = Problem.extend({ code: z.literal("slot_taken"), next_slot: Slot.nullable() });
