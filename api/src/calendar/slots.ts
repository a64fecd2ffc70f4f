/** Free slots of a service. Reading them writes nothing: a slot's id is a function of what it stands for. */
import { eq, gt, inArray, lt } from "drizzle-orm";
import type { Slot } from "../contract/calendar.ts";
import { appointments, services } from "../db/schema.ts";
import { derivedId, idTimeMs } from "../ids.ts";
import { invalid } from "../problem.ts";
import { agentRow } from "../voice/agent.ts";
import { mine, type Work } from "../work.ts";
import { type Interval, isFree, type OpeningsQuery, openings } from "./openings.ts";

type ServiceRow = typeof services.$inferSelect;

/** How far ahead the next opening is looked for, and the longest stretch one read may ask for. */
export const HORIZON_MS = 62 * 24 * 3600 * 1000;

export async function findService(
  work: Work,
  id: string,
  pointer: string,
  location: "body" | "query",
): Promise<ServiceRow> {
  const [row] = await work.tx
    .select()
    .from(services)
    .where(mine(work, services, eq(services.id, id), eq(services.active, true)));
  if (row === undefined) throw invalid(pointer, "no service of this workspace has this id", location);
  return row;
}

function slotId(work: Work, serviceId: string, opening: Interval): string {
  const environment = `${work.who.workspaceId}:${work.who.livemode}`;
  return derivedId("slot", opening.startMs, [environment, serviceId, opening.resource, String(opening.startMs)]);
}

function toSlot(work: Work, serviceId: string, opening: Interval): Slot {
  return {
    id: slotId(work, serviceId, opening),
    service_id: serviceId,
    resource: opening.resource,
    starts_at: new Date(opening.startMs).toISOString(),
    ends_at: new Date(opening.endMs).toISOString(),
  };
}

async function busy(work: Work, fromMs: number, toMs: number): Promise<Interval[]> {
  const rows = await work.tx
    .select({ resource: appointments.resource, startsAt: appointments.startsAt, endsAt: appointments.endsAt })
    .from(appointments)
    .where(
      mine(
        work,
        appointments,
        inArray(appointments.status, ["booked", "rescheduled"]),
        lt(appointments.startsAt, new Date(toMs)),
        gt(appointments.endsAt, new Date(fromMs)),
      ),
    );
  return rows.map((row) => ({ resource: row.resource, startMs: row.startsAt.getTime(), endMs: row.endsAt.getTime() }));
}

async function openingsQuery(work: Work, service: ServiceRow, fromMs: number, toMs: number): Promise<OpeningsQuery> {
  const agent = await agentRow(work);
  return {
    hours: agent.hours,
    timeZone: agent.timeZone,
    durationMinutes: service.durationMinutes,
    stepMinutes: agent.slotStepMinutes,
    resources: agent.resources,
    fromMs,
    toMs,
  };
}

/** Free openings that start in [from, to) and not before now, in time order. */
export async function freeSlots(
  work: Work,
  service: ServiceRow,
  range: { fromMs: number; toMs: number },
  limit: number,
): Promise<Slot[]> {
  const query = await openingsQuery(work, service, Math.max(range.fromMs, work.nowMs), range.toMs);
  if (query.fromMs >= query.toMs) return [];
  const taken = await busy(work, query.fromMs, query.toMs + service.durationMinutes * 60_000);
  const slots: Slot[] = [];
  for (const opening of openings(query)) {
    if (slots.length === limit) break;
    if (isFree(opening, taken)) slots.push(toSlot(work, service.id, opening));
  }
  return slots;
}

/** What a slot id stands for, when it is an opening of this service by the hours of now. */
export async function slotById(
  work: Work,
  service: ServiceRow,
  id: string,
): Promise<{ slot: Slot; timeZone: string } | undefined> {
  const startMs = idTimeMs(id);
  const query = await openingsQuery(work, service, startMs, startMs + 1);
  for (const opening of openings(query)) {
    if (slotId(work, service.id, opening) === id)
      return { slot: toSlot(work, service.id, opening), timeZone: query.timeZone };
  }
  return undefined;
}

/** The first free opening of the service from this moment on. */
export async function nextSlot(work: Work, service: ServiceRow, fromMs: number): Promise<Slot | null> {
  const from = Math.max(fromMs, work.nowMs);
  const [slot] = await freeSlots(work, service, { fromMs: from, toMs: from + HORIZON_MS }, 1);
  return slot ?? null;
}
