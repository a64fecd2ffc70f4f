/** `check_availability` and `find_next_opening`. */
import type { Hours, Service, Slot } from "@sk-voice/api/contract/index.ts";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { minutesOf, PARTS } from "../nlu/clock-time.ts";
import { localDate, openSpans, toEpochMs } from "../nlu/dates.ts";
import { findServices } from "../nlu/services.ts";
import { defineTool, type Tool, type ToolOutcome } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";
import { type Opening, opening, type SlotMemory } from "./slot-memory.ts";

const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine(isDate, "no such day");
const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
const PartOfDay = z.enum(["morning", "afternoon", "evening"]);
const ServiceName = z.string().min(1).max(200).describe("name of the service, as in the list of services");

const Availability = z.object({
  service: ServiceName,
  date: Day.optional().describe("the day wanted, YYYY-MM-DD"),
  from: Day.optional().describe("first day of a range, instead of date"),
  to: Day.optional().describe("last day of a range"),
  time: Clock.optional().describe("the time wanted, HH:MM, 24 h"),
  after: Clock.optional().describe("not before this time"),
  before: Clock.optional().describe("not at or after this time"),
  part_of_day: PartOfDay.optional(),
});
type Availability = z.infer<typeof Availability>;

const NextOpening = z.object({
  service: ServiceName,
  after: Day.optional().describe("search from the day after this one"),
  part_of_day: PartOfDay.optional(),
});

/** The calendar is asked twice when the range is full; each request has 2.5 s. */
const DEADLINE_MS = 5500;
/** More than three times in one sentence are forgotten before it ends. */
const MAX_OFFERS = 3;
const RANGE_DAYS = 7;
const HORIZON_DAYS = 30;
const PAGE = 100;

export function availabilityTool(deps: ToolDeps, memory: SlotMemory): Tool {
  return defineTool({
    name: "check_availability",
    description:
      "Free times for a service. `exact` is the slot at the time asked for, or null when that time is not free; `openings` are up to three times to offer; `next` is the first opening after the range when it holds none.",
    parameters: Availability,
    deadlineMs: DEADLINE_MS,
    run: async (args, { nowEpochMs }) => {
      const service = resolveService(args.service, deps.settings.services);
      return service ? search(deps, memory, service, args, nowEpochMs) : unknownService(deps);
    },
  });
}

export function nextOpeningTool(deps: ToolDeps, memory: SlotMemory): Tool {
  return defineTool({
    name: "find_next_opening",
    description: "The first free time for a service, from now or after a day.",
    parameters: NextOpening,
    deadlineMs: DEADLINE_MS,
    run: async (args, { nowEpochMs }) => {
      const service = resolveService(args.service, deps.settings.services);
      if (!service) return unknownService(deps);
      const { time_zone } = deps.settings;
      const fromEpochMs = args.after ? toEpochMs(args.after, 24 * 60, time_zone) : nowEpochMs;
      const next = await firstOpening(deps, memory, service, Math.max(nowEpochMs, fromEpochMs), args.part_of_day);
      return outcome(service, { service: service.name, next });
    },
  });
}

export function resolveService(name: string, services: readonly Service[]): Service | undefined {
  const exact = services.find((service) => service.id === name || service.name.toLowerCase() === name.toLowerCase());
  if (exact) return exact;
  const found = findServices(name, services);
  return found.length === 1 ? found[0] : undefined;
}

function unknownService({ settings }: ToolDeps): ToolOutcome {
  return { result: { error: "unknown_service", services: settings.services.map(({ name }) => name) }, facts: [] };
}

function outcome(service: Service, result: Record<string, unknown>): ToolOutcome {
  return { result, facts: [{ type: "interest", catalogItemId: service.id }] };
}

async function search(
  deps: ToolDeps,
  memory: SlotMemory,
  service: Service,
  args: Availability,
  nowEpochMs: number,
): Promise<ToolOutcome> {
  const { time_zone, hours } = deps.settings;
  const today = localDate(nowEpochMs, time_zone);
  const first = args.date ?? args.from ?? today.toString();
  const lastDay =
    args.date ??
    args.to ??
    Temporal.PlainDate.from(first)
      .add({ days: RANGE_DAYS - 1 })
      .toString();
  const from = Math.max(nowEpochMs, toEpochMs(first, 0, time_zone));
  const to = toEpochMs(lastDay, 24 * 60, time_zone);
  const slots = from < to ? await deps.suite.slots(query(service, from, to, PAGE)) : [];
  const all = distinct(slots, time_zone);
  const exact = args.time === undefined ? undefined : all.find(({ opening: { time } }) => time === args.time);
  const offers = exact ? [exact] : choose(all, args);
  const next =
    offers.length > 0 ? null : await firstOpening(deps, memory, service, Math.max(nowEpochMs, to), args.part_of_day);
  const told = offers.map(({ slot }) => memory.remember(slot, time_zone));
  return outcome(service, {
    service: service.name,
    exact: exact ? told[0] : null,
    openings: told,
    next,
    ...closedThen(hours, args),
  });
}

/** Why nothing is free then, when it is not that others were faster. */
function closedThen(hours: Hours, { date, time }: Availability): Record<string, boolean> {
  if (date === undefined) return {};
  const spans = openSpans(hours, date);
  if (spans.length === 0) return { closed: true };
  const at = time === undefined ? undefined : minutesOf(time);
  const open = at === undefined || spans.some(({ fromMinutes, toMinutes }) => at >= fromMinutes && at < toMinutes);
  return open ? {} : { outside_hours: true };
}

interface Candidate {
  readonly slot: Slot;
  readonly opening: Opening;
}

/** One for each start: a caller does not care which chair. */
function distinct(slots: readonly Slot[], timeZone: string): Candidate[] {
  const byStart = new Map<string, Candidate>();
  for (const slot of slots) {
    if (!byStart.has(slot.starts_at)) byStart.set(slot.starts_at, { slot, opening: opening(slot, timeZone) });
  }
  return [...byStart.values()].sort((a, b) => (a.slot.starts_at < b.slot.starts_at ? -1 : 1));
}

/** Nearest to the time wanted, else spread over what fits; what does not fit is offered when nothing does. */
function choose(all: readonly Candidate[], args: Availability): Candidate[] {
  const fits = all.filter(({ opening: { time } }) => inWindow(minutesOf(time), args));
  const pool = fits.length > 0 ? fits : all;
  const day = pool[0]?.opening.date;
  const sameDay = pool.filter(({ opening: { date } }) => date === day);
  if (args.time !== undefined) return nearest(sameDay, minutesOf(args.time));
  if (sameDay.length <= MAX_OFFERS) return [...sameDay];
  const middle = Math.floor((sameDay.length - 1) / 2);
  return [sameDay[0]!, sameDay[middle]!, sameDay.at(-1)!];
}

function nearest(pool: readonly Candidate[], wanted: number): Candidate[] {
  const away = ({ opening: { time } }: Candidate) => Math.abs(minutesOf(time) - wanted);
  const closest = [...pool].sort((a, b) => away(a) - away(b)).slice(0, MAX_OFFERS - 1);
  return closest.sort((a, b) => (a.slot.starts_at < b.slot.starts_at ? -1 : 1));
}

function inWindow(minutes: number, { after, before, part_of_day }: Availability): boolean {
  if (after !== undefined && minutes < minutesOf(after)) return false;
  if (before !== undefined && minutes >= minutesOf(before)) return false;
  const part = part_of_day && PARTS[part_of_day];
  return !part || (minutes >= part.fromMinutes && minutes < part.toMinutes);
}

async function firstOpening(
  deps: ToolDeps,
  memory: SlotMemory,
  service: Service,
  fromEpochMs: number,
  part: Availability["part_of_day"],
): Promise<Opening | null> {
  const { time_zone } = deps.settings;
  const to = fromEpochMs + HORIZON_DAYS * 86_400_000;
  const slots = await deps.suite.slots(query(service, fromEpochMs, to, part ? PAGE : 1));
  const args = { service: service.name, ...(part ? { part_of_day: part } : {}) };
  const fit = distinct(slots, time_zone).find(({ opening: { time } }) => inWindow(minutesOf(time), args));
  return fit ? memory.remember(fit.slot, time_zone) : null;
}

function query(service: Service, fromEpochMs: number, toEpochMs: number, limit: number) {
  const from = new Date(fromEpochMs).toISOString();
  return { serviceId: service.id, from, to: new Date(toEpochMs).toISOString(), limit };
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
