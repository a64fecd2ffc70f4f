/** Free slots of a service. Reading them writes nothing: a slot's id is a function of what it stands for. */
import { eq, gt, inArray, lt, ne } from "drizzle-orm";
import type { Slot } from "../contract/calendar.ts";
import { appointments, services } from "../db/schema.ts";
import { derivedId, idTimeMs } from "../ids.ts";
import { invalid } from "../problem.ts";
import { agentRow } from "../voice/agent.ts";
import { mine, type Work } from "../work.ts";
import { type Interval, isFree, type OpeningsQuery, openings } from "./openings.ts";
import { activeResources } from "./resources.ts";

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

/** What is taken, buffers included. @param except an appointment about to move */
async function busy(work: Work, fromMs: number, toMs: number, except: string | undefined): Promise<Interval[]> {
  const rows = await work.tx
    .select({ resource: appointments.resource, from: appointments.blockedFrom, until: appointments.blockedUntil })
    .from(appointments)
    .where(
      mine(
        work,
        appointments,
        inArray(appointments.status, ["booked", "rescheduled"]),
        lt(appointments.blockedFrom, new Date(toMs)),
        gt(appointments.blockedUntil, new Date(fromMs)),
        except === undefined ? undefined : ne(appointments.id, except),
      ),
    );
  return rows.map((row) => ({ resource: row.resource, startMs: row.from.getTime(), endMs: row.until.getTime() }));
}

/** What an opening takes from its resource. */
export function blocked(service: ServiceRow, opening: Interval): Interval {
  return {
    resource: opening.resource,
    startMs: opening.startMs - service.bufferBeforeMinutes * 60_000,
    endMs: opening.endMs + service.bufferAfterMinutes * 60_000,
  };
}

async function openingsQuery(work: Work, service: ServiceRow, fromMs: number, toMs: number): Promise<OpeningsQuery> {
  const agent = await agentRow(work);
  const able = (await activeResources(work)).filter((row) => row.serviceIds?.includes(service.id) ?? true);
  return {
    holidays: agent.holidays,
    timeZone: agent.timeZone,
    durationMinutes: service.durationMinutes,
    stepMinutes: agent.slotStepMinutes,
    resources: able.map((row) => ({ name: row.name, hours: row.hours ?? agent.hours })),
    fromMs,
    toMs,
  };
}

interface Choice {
  /** Only of this resource. */
  resource?: string | undefined;
  /** This appointment's own time counts as free. */
  except?: string | undefined;
}

/** Free openings that start in [from, to) and not before now, in time order. */
export async function freeSlots(
  work: Work,
  service: ServiceRow,
  range: { fromMs: number; toMs: number },
  limit: number,
  { resource, except }: Choice = {},
): Promise<Slot[]> {
  const query = await openingsQuery(work, service, Math.max(range.fromMs, work.nowMs), range.toMs);
  if (query.fromMs >= query.toMs) return [];
  const outer = blocked(service, { resource: "", startMs: query.fromMs, endMs: query.toMs });
  const taken = await busy(work, outer.startMs, outer.endMs + service.durationMinutes * 60_000, except);
  const slots: Slot[] = [];
  for (const opening of openings(query)) {
    if (slots.length === limit) break;
    if (resource !== undefined && opening.resource !== resource) continue;
    if (isFree(blocked(service, opening), taken)) slots.push(toSlot(work, service.id, opening));
  }
  return slots;
}

export interface Opening {
  slot: Slot;
  timeZone: string;
  blocked: Interval;
}

/** What a slot id stands for, when it is an opening of this service by the hours of now. */
export async function slotById(work: Work, service: ServiceRow, id: string): Promise<Opening | undefined> {
  const startMs = idTimeMs(id);
  const query = await openingsQuery(work, service, startMs, startMs + 1);
  for (const opening of openings(query)) {
    if (slotId(work, service.id, opening) === id)
      return {
        slot: toSlot(work, service.id, opening),
        timeZone: query.timeZone,
        blocked: blocked(service, opening),
      };
  }
  return undefined;
}

/** The first free opening of the service from this moment on. */
export async function nextSlot(work: Work, service: ServiceRow, fromMs: number, except?: string): Promise<Slot | null> {
  const from = Math.max(fromMs, work.nowMs);
  const [slot] = await freeSlots(work, service, { fromMs: from, toMs: from + HORIZON_MS }, 1, { except });
  return slot ?? null;
}
