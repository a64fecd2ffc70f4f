/** Openings of a business day, computed: working hours in the business's time zone, minus holidays and what is taken. Pure. */
import { Temporal } from "temporal-polyfill";
import { type Holiday, type Hours, WEEKDAYS } from "../contract/agent.ts";

/** Half-open stretch of Unix milliseconds. */
export interface Interval {
  resource: string;
  startMs: number;
  endMs: number;
}

/** Who can be booked, and when. */
export interface ResourceHours {
  name: string;
  hours: Hours;
}

export interface OpeningsQuery {
  timeZone: string;
  durationMinutes: number;
  /** Openings start every so many minutes from the beginning of a working stretch, by the wall clock. */
  stepMinutes: number;
  resources: readonly ResourceHours[];
  holidays: readonly Holiday[];
  fromMs: number;
  toMs: number;
}

/** Every opening whose start is in [from, to), in time order, taken or not. */
export function* openings(query: OpeningsQuery): Generator<Interval> {
  const date = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(query.timeZone).toPlainDate();
  const last = date(query.toMs);
  for (let day = date(query.fromMs); Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    const ofDay = query.resources.flatMap(({ name, hours }, position) =>
      [...startsOfDay(day, hours, query)].map((startMs) => ({ startMs, name, position })),
    );
    ofDay.sort((a, b) => a.startMs - b.startMs || a.position - b.position);
    for (const { startMs, name } of ofDay) {
      if (startMs < query.fromMs || startMs >= query.toMs) continue;
      yield { resource: name, startMs, endMs: startMs + query.durationMinutes * 60_000 };
    }
  }
}

function* startsOfDay(day: Temporal.PlainDate, hours: Hours, query: OpeningsQuery): Generator<number> {
  const { timeZone, durationMinutes, stepMinutes } = query;
  const weekday = WEEKDAYS[day.dayOfWeek - 1];
  if (weekday === undefined) return;
  const holiday = query.holidays.find((one) => one.date === day.toString());
  for (const { from, to } of holiday?.hours ?? hours[weekday]) {
    const closesMs = at(day, to, timeZone)?.epochMilliseconds ?? Number.NEGATIVE_INFINITY;
    const [hour = 0, minute = 0] = from.split(":").map(Number);
    for (let minutes = hour * 60 + minute; minutes < 24 * 60; minutes += stepMinutes) {
      const clock = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
      const start = at(day, clock, timeZone);
      // The hour that a change to summer time skips has no openings.
      if (start === undefined) continue;
      if (start.epochMilliseconds + durationMinutes * 60_000 > closesMs) break;
      yield start.epochMilliseconds;
    }
  }
}

/** The instant of a wall-clock time, the first of two in autumn; undefined for one that does not exist. */
function at(day: Temporal.PlainDate, clock: string, timeZone: string): Temporal.ZonedDateTime | undefined {
  const time = Temporal.PlainTime.from(clock);
  const zoned = day.toZonedDateTime({ timeZone, plainTime: time });
  return Temporal.PlainTime.compare(zoned.toPlainTime(), time) === 0 ? zoned : undefined;
}

/** @param busy any order */
export function isFree(opening: Interval, busy: readonly Interval[]): boolean {
  return !busy.some((b) => b.resource === opening.resource && b.startMs < opening.endMs && opening.startMs < b.endMs);
}
