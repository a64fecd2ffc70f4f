/**
 * Spoken days. Relative words and weekdays are read here, by these rules; dates with a month ("the 3rd of December", 24/11) and
 * "in three weeks" are left to chrono-node, which is good at those and reads weekdays differently from callers.
 *
 * | said                          | means                                                              |
 * |-------------------------------|--------------------------------------------------------------------|
 * | Tuesday, next Tuesday         | the first Tuesday after today, so on a Tuesday the one in 7 days   |
 * | this Tuesday, coming Tuesday  | the first Tuesday from today on                                    |
 * | Tuesday next week             | the Tuesday of the week that starts next Monday                    |
 * | a week on Tuesday             | seven days after the first Tuesday after today                     |
 * | the fifteenth                 | the next 15th from today on                                        |
 *
 * Every date is read back with its weekday, day and month before anything is booked.
 */
import * as chrono from "chrono-node";
import { Temporal } from "temporal-polyfill";

export interface SpokenDay {
  readonly date?: Temporal.PlainDate;
  /** Inclusive: "next week", "the weekend". */
  readonly range?: { readonly from: Temporal.PlainDate; readonly to: Temporal.PlainDate };
  /** `text` without the words of the day, so that its numbers are not read as a time. */
  readonly rest: string;
}

const WEEKDAY_WORDS: readonly RegExp[] = [
  /\bmon ?days?\b/,
  /\b(?:tues ?days?|tues|tuseday|tusday|choose ?day)\b/,
  /\b(?:wed(?:nes)? ?days?|wensday|weds|wendsday)\b/,
  /\b(?:thurs ?days?|thurs|thur|thirsday)\b/,
  /\b(?:fri ?days?)\b/,
  /\b(?:satur ?days?|saterday)\b/,
  /\b(?:sun ?days?)\b/,
];
const WEEKDAY = WEEKDAY_WORDS.map((word) => word.source).join("|");
const MONTH =
  "(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)";

interface Rule {
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray, today: Temporal.PlainDate) => Omit<SpokenDay, "rest"> | undefined;
}

const RULES: readonly Rule[] = [
  { pattern: /\b(?:the )?day after (?:tomorrow|to ?morrow|tomorow)\b/, read: (_, today) => on(today, 2) },
  {
    pattern: new RegExp(
      `\\b(?:a|1) week (?:from|on|after)(?: the)? (?:next |this )?(${WEEKDAY}|today|tomorrow)|(${WEEKDAY}) week\\b`,
    ),
    read: (match, today) => weekAfter(match[1] ?? match[2]!, today),
  },
  { pattern: /\b(?:tomorrow|to morrow|tomorow|tommorow|tommorrow)\b/, read: (_, today) => on(today, 1) },
  {
    pattern: new RegExp(
      `\\b(?:next|following) week(?: on)?(?: the)? (${WEEKDAY})|(${WEEKDAY}) (?:of |in )?(?:the )?(?:next|following) week\\b`,
    ),
    read: (match, today) => ({ date: monday(today).add({ days: 7 + weekdayIndex(match[1] ?? match[2]!) }) }),
  },
  {
    pattern: new RegExp(`\\b(?:this coming|this|coming) (${WEEKDAY})`),
    read: (match, today) => ({ date: weekdayFrom(today, weekdayIndex(match[1]!)) }),
  },
  { pattern: /\b(?:today|tonight|this (?:morning|afternoon|evening))\b/, read: (_, today) => on(today, 0) },
  {
    pattern: new RegExp(
      `\\b(?:(\\d{1,2})(?:st|nd|rd|th)?(?: of)? (${MONTH})|(${MONTH})(?: the)? (\\d{1,2})(?:st|nd|rd|th)?)\\b(?: (20\\d\\d)\\b)?(?! ?(?:am|pm)\\b)`,
    ),
    // Rearranged, because chrono reads "november 25" as November 2025.
    read: ([, dayFirst, monthLast, monthFirst, dayLast, year], today) =>
      chronoDay(`${dayFirst ?? dayLast} ${monthLast ?? monthFirst} ${year ?? ""}`.trim(), today),
  },
  { pattern: /\b\d{1,2}\/\d{1,2}(?:\/\d{2,4})?\b/, read: (match, today) => chronoDay(match[0], today) },
  {
    pattern:
      /\b(?:in|after) (?:a|an|\d{1,2}) (?:days?|weeks?|months?)(?: time)?\b|\b(?:a|\d{1,2}) (?:days?|weeks?) from (?:now|today)\b/,
    read: (match, today) =>
      chronoDay(match[0].replace("after", "in").replace(/ from (?:now|today)/, " from now"), today),
  },
  { pattern: /\bin a fortnight\b/, read: (_, today) => on(today, 14) },
  {
    pattern: /\b(?:the )?(\d{1,2})(?:st|nd|rd|th)(?: of (next|this) month)?\b/,
    read: (match, today) => dayOfMonth(match, today),
  },
  {
    pattern: new RegExp(`(?:\\bnext )?(${WEEKDAY})`),
    read: (match, today) => ({ date: weekdayFrom(today.add({ days: 1 }), weekdayIndex(match[1]!)) }),
  },
  { pattern: /\bnext week\b/, read: (_, today) => range(monday(today).add({ days: 7 }), 6) },
  { pattern: /\bthis week\b/, read: (_, today) => range(today, 7 - today.dayOfWeek) },
  { pattern: /\bnext weekend\b/, read: (_, today) => range(monday(today).add({ days: 12 }), 1) },
  { pattern: /\b(?:this |the |at the )?weekend\b/, read: (_, today) => weekend(today) },
  {
    pattern: /\bnext month\b/,
    read: (_, today) => {
      const from = today.with({ day: 1 }).add({ months: 1 });
      return range(from, from.daysInMonth - 1);
    },
  },
];

/** The day `text` names, if any. `text` is normalised, its number words are digits. */
export function parseDay(text: string, today: Temporal.PlainDate): SpokenDay {
  for (const { pattern, read } of RULES) {
    const match = pattern.exec(text);
    const day = match ? read(match, today) : undefined;
    if (!match || !day) continue;
    const part = /\b(?:morning|afternoon|evening|tonight)$/.exec(match[0])?.[0] ?? "";
    return {
      ...day,
      rest: `${text.slice(0, match.index)} ${part} ${text.slice(match.index + match[0].length)}`
        .replace(/\s+/g, " ")
        .trim(),
    };
  }
  return { rest: text };
}

function on(today: Temporal.PlainDate, days: number) {
  return { date: today.add({ days }) };
}

function range(from: Temporal.PlainDate, days: number) {
  return { range: { from, to: from.add({ days }) } };
}

function weekend(today: Temporal.PlainDate) {
  if (today.dayOfWeek === 7) return range(today, 0);
  return range(weekdayFrom(today, 5), 1);
}

function monday(today: Temporal.PlainDate): Temporal.PlainDate {
  return today.subtract({ days: today.dayOfWeek - 1 });
}

/** 0 is Monday. */
function weekdayIndex(text: string): number {
  return WEEKDAY_WORDS.findIndex((word) => word.test(text));
}

function weekdayFrom(first: Temporal.PlainDate, index: number): Temporal.PlainDate {
  return first.add({ days: (index + 1 - first.dayOfWeek + 7) % 7 });
}

function weekAfter(base: string, today: Temporal.PlainDate) {
  if (base === "today") return on(today, 7);
  if (base === "tomorrow") return on(today, 8);
  return { date: weekdayFrom(today.add({ days: 1 }), weekdayIndex(base)).add({ days: 7 }) };
}

function dayOfMonth(match: RegExpExecArray, today: Temporal.PlainDate) {
  const day = Number(match[1]);
  if (day < 1 || day > 31) return undefined;
  let month = today.with({ day: 1 });
  if (match[2] === "next") month = month.add({ months: 1 });
  else if (day < today.day) month = month.add({ months: 1 });
  while (month.daysInMonth < day) month = month.add({ months: 1 });
  return { date: month.with({ day }) };
}

/** Day first: 5/12 is the 5th of December, as everywhere but in North America. */
function chronoDay(text: string, today: Temporal.PlainDate) {
  const reference = { instant: new Date(Date.UTC(today.year, today.month - 1, today.day, 12)), timezone: 0 };
  const start = chrono.en.GB.parse(text, reference, { forwardDate: true })[0]?.start;
  const year = start?.get("year");
  const month = start?.get("month");
  const day = start?.get("day");
  if (year == null || month == null || day == null) return undefined;
  return { date: Temporal.PlainDate.from({ year, month, day }) };
}
