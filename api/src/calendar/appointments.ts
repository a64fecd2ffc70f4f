/** A booking is one conditional write; the exclusion constraint of the table is the referee. */
import { and, eq } from "drizzle-orm";
import type { Appointment, AppointmentCreate } from "../contract/calendar.ts";
import type { PageQuery } from "../contract/page.ts";
import { findContact, toContact } from "../crm/contacts.ts";
import { appointments } from "../db/schema.ts";
import { idTimeMs, newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";
import { findService, nextSlot, slotById } from "./slots.ts";

type AppointmentRow = typeof appointments.$inferSelect;

function toAppointment(row: AppointmentRow): Appointment {
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
    created_at: row.createdAt.toISOString(),
  };
}

/** @throws ProblemError 409 `slot_taken` with `next_slot`; 422 for a service, contact or slot that does not exist */
export async function book(work: Work, input: AppointmentCreate): Promise<Appointment> {
  const service = await findService(work, input.service, "/service", "body");
  const contact = await findContact(work, input.contact_id).catch((error: unknown) => {
    if (error instanceof ProblemError) throw invalid("/contact_id", "no contact of this workspace has this id");
    throw error;
  });
  const startMs = idTimeMs(input.slot_id);
  const found = await slotById(work, service, input.slot_id);
  if (found === undefined)
    throw invalid("/slot_id", "this is no opening of the service; read /calendar/v1/slots again");
  const row = startMs < work.nowMs ? undefined : await insert(work, input, service.name, found);
  if (row === undefined) {
    const next_slot = await nextSlot(work, service, startMs);
    throw new ProblemError(409, "slot_taken", "This slot is no longer free.", { extra: { next_slot } });
  }
  const appointment = toAppointment(row);
  await emit(work, "appointment.booked", { appointment, contact: toContact(contact) });
  return appointment;
}

type Found = NonNullable<Awaited<ReturnType<typeof slotById>>>;

/** @returns undefined when the database says that the time is taken */
async function insert(
  work: Work,
  input: AppointmentCreate,
  serviceName: string,
  { slot, timeZone }: Found,
): Promise<AppointmentRow | undefined> {
  const [row] = await work.tx
    .insert(appointments)
    .values({
      id: newId("appointment", work.nowMs),
      ...own(work),
      slotId: slot.id,
      serviceId: slot.service_id,
      serviceName,
      resource: slot.resource,
      contactId: input.contact_id,
      callId: input.call_id ?? null,
      startsAt: new Date(slot.starts_at),
      endsAt: new Date(slot.ends_at),
      timeZone,
      status: "booked",
      note: input.note ?? null,
      createdAt: new Date(work.nowMs),
    })
    .onConflictDoNothing()
    .returning();
  return row;
}

export async function getAppointment(work: Work, id: string): Promise<Appointment> {
  const [row] = await work.tx
    .select()
    .from(appointments)
    .where(mine(work, appointments, eq(appointments.id, id)));
  if (row === undefined) throw notFound("appointment");
  return toAppointment(row);
}

type AppointmentQuery = PageQuery & { contact_id?: string | undefined; call_id?: string | undefined };

export async function listAppointments(work: Work, query: AppointmentQuery) {
  const { after, order, limit } = keyset(query, appointments.id);
  const filters = and(
    query.contact_id === undefined ? undefined : eq(appointments.contactId, query.contact_id),
    query.call_id === undefined ? undefined : eq(appointments.callId, query.call_id),
  );
  const rows = await work.tx
    .select()
    .from(appointments)
    .where(mine(work, appointments, after, filters))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toAppointment);
}
