/**
 * Appointments. A booking is one conditional write; the exclusion constraint of the table is the referee, also for a reschedule.
 *
 * | from                | to          | how                    | events                                    |
 * |---------------------|-------------|------------------------|-------------------------------------------|
 * |                     | booked      | book                   | appointment.booked                        |
 * | booked, rescheduled | rescheduled | reschedule             | appointment.rescheduled, slot.released    |
 * | booked, rescheduled | cancelled   | cancel                 | appointment.cancelled, slot.released      |
 * | booked, rescheduled | no_show     | no-show, after the start | appointment.no_show                     |
 * | booked, rescheduled | completed   | complete               |                                           |
 */
import { and, eq, inArray } from "drizzle-orm";
import type { Appointment, AppointmentCreate } from "../contract/calendar.ts";
import type { PageQuery } from "../contract/page.ts";
import { findContact, toContact } from "../crm/contacts.ts";
import { addToTimeline } from "../crm/timeline.ts";
import { databaseErrorCode } from "../db/database.ts";
import { appointments } from "../db/schema.ts";
import { idTimeMs, newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";
import { findService, nextSlot, type Opening, slotById } from "./slots.ts";

type AppointmentRow = typeof appointments.$inferSelect;
/** These hold their time. */
const LIVE = ["booked", "rescheduled"] as const;

export function toAppointment(row: AppointmentRow): Appointment {
  return {
    id: row.id,
    slot_id: row.slotId,
    contact_id: row.contactId,
    call_id: row.callId,
    service: { id: row.serviceId, name: row.serviceName },
    resource: row.resource,
    starts_at: row.startsAt.toISOString(),
    ends_at: row.endsAt.toISOString(),
    time_zone: row.timeZone,
    status: row.status,
    note: row.note,
    reminder_sent_at: row.reminderSentAt?.toISOString() ?? null,
    updated_at: row.updatedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}

function timesOf({ slot, timeZone, blocked }: Opening) {
  return {
    slotId: slot.id,
    resource: slot.resource,
    startsAt: new Date(slot.starts_at),
    endsAt: new Date(slot.ends_at),
    blockedFrom: new Date(blocked.startMs),
    blockedUntil: new Date(blocked.endMs),
    timeZone,
  };
}

type ServiceRow = Awaited<ReturnType<typeof findService>>;

async function requireOpening(work: Work, service: ServiceRow, slotId: string): Promise<Opening> {
  const found = await slotById(work, service, slotId);
  if (found !== undefined) return found;
  throw invalid("/slot_id", "this is no opening of the service; read /calendar/v1/slots again");
}

async function taken(work: Work, service: ServiceRow, slotId: string, except?: string): Promise<ProblemError> {
  const next_slot = await nextSlot(work, service, idTimeMs(slotId), except);
  return new ProblemError(409, "slot_taken", "This slot is no longer free.", { extra: { next_slot } });
}

/** @throws ProblemError 409 `slot_taken` with `next_slot`; 422 for a service, contact or slot that does not exist */
export async function book(work: Work, input: AppointmentCreate): Promise<Appointment> {
  const service = await findService(work, input.service, "/service", "body");
  const contact = await findContact(work, input.contact_id).catch((error: unknown) => {
    if (error instanceof ProblemError) throw invalid("/contact_id", "no contact of this workspace has this id");
    throw error;
  });
  const opening = await requireOpening(work, service, input.slot_id);
  const past = idTimeMs(input.slot_id) < work.nowMs;
  const row = past ? undefined : await insert(work, { ...input, contact_id: contact.id }, service.name, opening);
  if (row === undefined) throw await taken(work, service, input.slot_id);
  const appointment = toAppointment(row);
  addToTimeline(work, contact.id, { kind: "appointment", reference: row.id });
  emit(work, "appointment.booked", { appointment, contact: toContact(contact) });
  return appointment;
}

/** @returns undefined when the database says that the time is taken */
async function insert(
  work: Work,
  input: AppointmentCreate,
  serviceName: string,
  opening: Opening,
): Promise<AppointmentRow | undefined> {
  const [row] = await work.tx
    .insert(appointments)
    .values({
      id: newId("appointment", work.nowMs),
      ...own(work),
      ...timesOf(opening),
      serviceId: opening.slot.service_id,
      serviceName,
      contactId: input.contact_id,
      callId: input.call_id ?? null,
      status: "booked",
      note: input.note ?? null,
      createdAt: new Date(work.nowMs),
    })
    .onConflictDoNothing()
    .returning();
  return row;
}

async function findAppointment(work: Work, id: string, options: { lock?: boolean } = {}): Promise<AppointmentRow> {
  const query = work.tx
    .select()
    .from(appointments)
    .where(mine(work, appointments, eq(appointments.id, id)));
  const [row] = await (options.lock === true ? query.for("update") : query);
  if (row === undefined) throw notFound("appointment");
  return row;
}

export async function getAppointment(work: Work, id: string): Promise<Appointment> {
  return toAppointment(await findAppointment(work, id));
}

async function requireLive(work: Work, id: string): Promise<AppointmentRow> {
  const row = await findAppointment(work, id, { lock: true });
  if (row.status === "booked" || row.status === "rescheduled") return row;
  throw new ProblemError(409, "transition_refused", `This appointment is ${row.status}; that is final.`, {
    extra: { from: row.status, allowed: [] },
  });
}

async function change(work: Work, id: string, set: Partial<AppointmentRow>): Promise<Appointment> {
  const [row] = await work.tx
    .update(appointments)
    .set({ ...set, updatedAt: new Date(work.nowMs) })
    .where(mine(work, appointments, eq(appointments.id, id)))
    .returning();
  if (row === undefined) throw new Error("bug: a locked appointment is gone");
  addToTimeline(work, row.contactId, { kind: "appointment", reference: row.id });
  return toAppointment(row);
}

async function contactOf(work: Work, row: AppointmentRow) {
  return toContact(await findContact(work, row.contactId));
}

function slotOf(row: AppointmentRow) {
  const times = { starts_at: row.startsAt.toISOString(), ends_at: row.endsAt.toISOString() };
  return { id: row.slotId, service_id: row.serviceId, resource: row.resource, ...times };
}

/** The same appointment at another opening. @throws ProblemError 409 `slot_taken` with `next_slot` */
export async function reschedule(work: Work, id: string, slotId: string): Promise<Appointment> {
  const row = await requireLive(work, id);
  const service = await findService(work, row.serviceId, "/slot_id", "body");
  const opening = await requireOpening(work, service, slotId);
  if (slotId === row.slotId) return toAppointment(row);
  if (idTimeMs(slotId) < work.nowMs) throw await taken(work, service, slotId, id);
  const appointment = await move(work, row, opening);
  if (appointment === undefined) throw await taken(work, service, slotId, id);
  const slot = slotOf(row);
  const previous = { slot_id: slot.id, starts_at: slot.starts_at, ends_at: slot.ends_at };
  emit(work, "appointment.rescheduled", { appointment, contact: await contactOf(work, row), previous });
  emit(work, "slot.released", { slot, reason: "rescheduled" });
  return appointment;
}

/** In a savepoint: a violated constraint would end the transaction, and the loser is still to be told the next slot. */
async function move(work: Work, row: AppointmentRow, opening: Opening): Promise<Appointment | undefined> {
  try {
    return await work.tx.transaction((tx) =>
      change({ ...work, tx }, row.id, { ...timesOf(opening), status: "rescheduled", reminderSentAt: null }),
    );
  } catch (error) {
    if (databaseErrorCode(error) === "23P01") return undefined;
    throw error;
  }
}

export async function cancel(work: Work, id: string, reason: string | null): Promise<Appointment> {
  const row = await requireLive(work, id);
  const appointment = await change(work, id, { status: "cancelled" });
  emit(work, "appointment.cancelled", { appointment, contact: await contactOf(work, row), reason });
  emit(work, "slot.released", { slot: slotOf(row), reason: "cancelled" });
  return appointment;
}

export async function noShow(work: Work, id: string): Promise<Appointment> {
  const row = await requireLive(work, id);
  if (row.startsAt.getTime() > work.nowMs) {
    throw new ProblemError(409, "not_started", `It begins at ${row.startsAt.toISOString()}; cancel it instead.`);
  }
  const appointment = await change(work, id, { status: "no_show" });
  emit(work, "appointment.no_show", { appointment, contact: await contactOf(work, row) });
  return appointment;
}

export async function complete(work: Work, id: string): Promise<Appointment> {
  await requireLive(work, id);
  return change(work, id, { status: "completed" });
}

/** Whoever reminds people says so here; once per time booked. */
export async function reminderSent(work: Work, id: string): Promise<Appointment> {
  const row = await requireLive(work, id);
  if (row.reminderSentAt !== null) return toAppointment(row);
  const appointment = await change(work, id, { reminderSentAt: new Date(work.nowMs) });
  emit(work, "appointment.reminder_sent", { appointment, contact: await contactOf(work, row) });
  return appointment;
}

type AppointmentQuery = PageQuery & {
  contact_id?: string | undefined;
  call_id?: string | undefined;
  status?: AppointmentRow["status"] | undefined;
};

export async function listAppointments(work: Work, query: AppointmentQuery) {
  const { after, order, limit } = keyset(query, appointments.id);
  const filters = and(
    query.contact_id === undefined ? undefined : eq(appointments.contactId, query.contact_id),
    query.call_id === undefined ? undefined : eq(appointments.callId, query.call_id),
    query.status === undefined ? undefined : eq(appointments.status, query.status),
  );
  const rows = await work.tx
    .select()
    .from(appointments)
    .where(mine(work, appointments, after, filters))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toAppointment);
}

/** For the feed: what is held from this moment on. */
export async function liveAppointments(work: Work, resource: string | null): Promise<AppointmentRow[]> {
  return work.tx
    .select()
    .from(appointments)
    .where(
      mine(
        work,
        appointments,
        inArray(appointments.status, [...LIVE]),
        resource === null ? undefined : eq(appointments.resource, resource),
      ),
    )
    .orderBy(appointments.startsAt)
    .limit(5000);
}
