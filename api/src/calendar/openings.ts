/** Openings of a business day, computed: working hours in the business's time zone, minus what is taken. Pure. */
import { Temporal } from "temporal-polyfill";
import { type Hours, WEEKDAYS } from "../contract/agent.ts";

/** Half-open stretch of Unix milliseconds. */
export interface Interval {
  resource: string;
  startMs: number;
  endMs: number;
}

export interface OpeningsQuery {
  hours: Hours;
  timeZone: string;
  durationMinutes: number;
  /** Openings start every so many minutes from the beginning of a working stretch, by the wall clock. */
  stepMinutes: number;
  resources: readonly string[];
  fromMs: number;
  toMs: number;
}

/** Every opening that starts in [from, to), in time order, resources in their own order; taken or not. */
export function* openings(query: OpeningsQuery): Generator<Interval> {
  const zone = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(query.timeZone).toPlainDate();
  const last = zone(query.toMs);
  for (let day = zone(query.fromMs); Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    for (const startMs of startsOfDay(day, query)) {
      if (startMs < query.fromMs || startMs >= query.toMs) continue;
      for (const resource of query.resources) {
        yield { resource, startMs, endMs: startMs + query.durationMinutes * 60_000 };
      }
    }
  }
}

function* startsOfDay(
  day: Temporal.PlainDate,
  { hours, timeZone, durationMinutes, stepMinutes }: OpeningsQuery,
): Generator<number> {
  const weekday = WEEKDAYS[day.dayOfWeek - 1];
  if (weekday === undefined) return;
  for (const { from, to } of hours[weekday]) {
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
