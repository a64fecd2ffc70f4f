/** When a caller wants to come, from one utterance: wall clock of the business, never an instant; `toInstant` makes one. */
import type { AgentSettings, Hours } from "@sk-voice/api/contract/index.ts";
import { WEEKDAYS } from "@sk-voice/api/contract/index.ts";
import { Temporal } from "temporal-polyfill";
import { parseDay } from "./calendar-day.ts";
import { minutesOf, type PartOfDay, parseTime, type Span } from "./clock-time.ts";
import { normalise } from "./normalise.ts";
import { digitsForNumberWords } from "./numbers.ts";

/** Dates are `YYYY-MM-DD`, times `HH:MM`, all in the business's own zone. */
export interface When {
  readonly date?: string;
  /** Inclusive. */
  readonly range?: { readonly from: string; readonly to: string };
  readonly time?: string;
  readonly window?: Span;
  readonly part?: PartOfDay;
  /** "as soon as possible" */
  readonly earliest?: boolean;
  /** "any time is fine" */
  readonly anyTime?: boolean;
}

export interface WhenContext {
  readonly nowEpochMs: number;
  readonly settings: Pick<AgentSettings, "time_zone" | "hours">;
  /** The day talked about so far, for its opening hours. */
  readonly date?: string | undefined;
  /** The days talked about so far: a weekday is meant within them. */
  readonly range?: When["range"] | undefined;
  /** A time was asked for: a number by itself is one. */
  readonly bare: boolean;
}

/** What follows one of these replaces what was said before it. */
const CORRECTION =
  /\b(?:no wait|no|sorry|i mean|i meant|actually|make that|scratch that|wait|rather|instead make it)\b/g;
/** "Friday not Thursday": what follows is not wanted. */
const REJECTED = /\b(?:and )?(?:not|instead of|rather than)(?: on| at| the)? (?:\w+(?: (?:am|pm|oclock|of \w+))?)/g;

const PRONOUN_ONE = /\b(first|second|third|last|next|earlier|later|early|late|that|this|other|middle|[ap]m) one\b/g;

/** `{}` when nothing about time was said. Never throws. */
export function parseWhen(text: string, context: WhenContext): When {
  // "the later one": not one o'clock.
  const words = normalise(text).replace(PRONOUN_ONE, "$1").split(" ");
  const plain = digitsForNumberWords(words).join(" ");
  const wanted = plain.replace(REJECTED, (rejected) => (namesTime(rejected) ? " " : rejected));
  let when: When = {};
  for (const piece of wanted.split(CORRECTION)) when = mergeWhen(when, readPiece(piece.trim(), context, when.date));
  return when;
}

function namesTime(text: string): boolean {
  return /day\b|\d|tomorrow|noon|morning|afternoon|evening/.test(text);
}

/** The newer answer replaces what it speaks about and keeps the rest. */
export function mergeWhen(old: When, now: When): When {
  const namesDay = now.date !== undefined || now.range !== undefined || now.earliest === true;
  const namesTimeOfDay =
    now.time !== undefined || now.window !== undefined || now.part !== undefined || now.anyTime === true;
  const { date, range, earliest, ...timeOfDay } = old;
  const day = namesDay
    ? {}
    : { ...(date ? { date } : {}), ...(range ? { range } : {}), ...(earliest ? { earliest } : {}) };
  // A day inside the range asked for so far narrows it; a new day keeps the time ("no, Friday").
  return { ...day, ...(namesTimeOfDay ? {} : timeOfDay), ...now };
}

function readPiece(text: string, context: WhenContext, soFar: string | undefined): When {
  const { time_zone, hours } = context.settings;
  const today = localDate(context.nowEpochMs, time_zone);
  const { date: nearest, range, rest } = parseDay(text, today);
  const date = nearest && context.range && isBareWeekday(text) ? within(nearest, context.range) : nearest;
  const known = date?.toString() ?? soFar ?? context.date;
  const spoken = parseTime(rest, known ? openSpans(hours, known) : allSpans(hours), context.bare);
  return {
    ...(date ? { date: date.toString() } : {}),
    ...(range ? { range: { from: range.from.toString(), to: range.to.toString() } } : {}),
    ...spoken,
    ...(/\b(?:as soon as possible|asap|a s a p|soonest|earliest|(?:next|first) (?:available|free|open|opening|slot)|right away|as early as)\b/.test(
      text,
    )
      ? { earliest: true }
      : {}),
    ...(/\b(?:any ?time|whenever|flexible|doesn't matter|don't mind|no preference|up to you|either is fine)\b/.test(
      text,
    ) && spoken.window === undefined
      ? { anyTime: true }
      : {}),
  };
}

function isBareWeekday(text: string): boolean {
  return /day\b/.test(text) && !/\b(?:this|coming|today|\d{1,2}(?:st|nd|rd|th))\b/.test(text);
}

/** After "next week", "Wednesday" is the one of next week. */
function within(nearest: Temporal.PlainDate, range: NonNullable<When["range"]>): Temporal.PlainDate {
  const weeks = Math.ceil(nearest.until(range.from).total({ unit: "days" }) / 7);
  const moved = nearest.add({ weeks: Math.max(0, weeks) });
  return Temporal.PlainDate.compare(moved, range.to) <= 0 ? moved : nearest;
}

export function localDate(epochMs: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone).toPlainDate();
}

/** Opening spans of a day; empty when closed. */
export function openSpans(hours: Hours, date: string): Span[] {
  const weekday = WEEKDAYS[Temporal.PlainDate.from(date).dayOfWeek - 1]!;
  return hours[weekday].map(({ from, to }) => ({ fromMinutes: minutesOf(from), toMinutes: minutesOf(to) }));
}

function allSpans(hours: Hours): Span[] {
  return WEEKDAYS.flatMap((day) =>
    hours[day].map(({ from, to }) => ({ fromMinutes: minutesOf(from), toMinutes: minutesOf(to) })),
  );
}

/** A wall-clock time that a clock change skips moves forward, one that happens twice is the first. */
export function toEpochMs(date: string, minutes: number, timeZone: string): number {
  return Temporal.PlainDate.from(date)
    .toPlainDateTime()
    .add({ minutes })
    .toZonedDateTime(timeZone, { disambiguation: "compatible" }).epochMilliseconds;
}
