import { z } from "zod";
import { Hours } from "./agent.ts";
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
  /** Only this resource. */
  resource: z.string().max(100).optional(),
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
  reminder_sent_at: Timestamp.nullable().optional(),
  updated_at: Timestamp.nullable().optional(),
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

/** `POST /calendar/v1/appointments/{apt_}/reschedule`: the same appointment at another opening of its service. */
export const AppointmentReschedule = z.object({ slot_id: id("slot") });
export type AppointmentReschedule = z.infer<typeof AppointmentReschedule>;

/** `POST …/cancel`. */
export const AppointmentCancel = z.object({ reason: z.string().max(500).optional() });

/** Who or what can be booked. */
export const Resource = z.object({
  id: id("resource"),
  name: z.string(),
  hours: Hours.nullable(),
  service_ids: z.array(id("catalogItem")).nullable(),
  created_at: Timestamp,
});
export type Resource = z.infer<typeof Resource>;

export const ResourceCreate = z.object({
  name: z.string().min(1).max(100),
  /** Its own working hours; null: the business's. */
  hours: Hours.nullable().default(null),
  /** What it can do; null: everything. */
  service_ids: z.array(id("catalogItem")).max(200).nullable().default(null),
});
export type ResourceCreate = z.infer<typeof ResourceCreate>;
export const ResourceUpdate = z
  .object({ hours: Hours.nullable(), service_ids: z.array(id("catalogItem")).max(200).nullable() })
  .partial();
export type ResourceUpdate = z.infer<typeof ResourceUpdate>;

export const FeedCreate = z.object({ resource: z.string().min(1).max(100).nullable().default(null) });
export const Feed = z.object({ id: id("calendarFeed"), resource: z.string().nullable(), created_at: Timestamp });
/** The only answer with the secret address; calendar programs subscribe to it without a key. */
export const FeedCreated = Feed.extend({ url: z.string() });
