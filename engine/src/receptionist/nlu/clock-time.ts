/** Spoken times of day. Works on normalised text whose number words are digits already. */

export type PartOfDay = "morning" | "afternoon" | "evening";

/** Minutes since midnight. */
export interface Span {
  readonly fromMinutes: number;
  readonly toMinutes: number;
}

export interface SpokenTime {
  /** `HH:MM`, 24 h. */
  readonly time?: string;
  /** "after 3", "between 2 and 4". */
  readonly window?: Span;
  readonly part?: PartOfDay;
}

export const PARTS: Readonly<Record<PartOfDay, Span>> = {
  morning: { fromMinutes: 0, toMinutes: 12 * 60 },
  afternoon: { fromMinutes: 12 * 60, toMinutes: 17 * 60 },
  evening: { fromMinutes: 17 * 60, toMinutes: 24 * 60 },
};

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly meridiem: string | undefined;
}

const MERIDIEM = "(?: ?(am|pm))?(?: (?:in the |this |tomorrow )?(morning|afternoon|evening)| at (night))?";
const HOUR = String.raw`(\d{1,2})(?!\d|st|nd|rd|th|:|/)`;
const CLOCK = String.raw`\b(?:(\d{1,2}):(\d{2})|${HOUR}(?: (?:oclock|sharp))?(?: ((?:oh|o|0) ?\d|[0-5]\d)(?!\d|st|nd|rd|th|:|/))?)${MERIDIEM}\b`;

/** Strongest first: each takes the groups of its own expression. */
const RULES: readonly {
  readonly pattern: RegExp;
  readonly read: (groups: readonly (string | undefined)[]) => Clock;
}[] = [
  rule(String.raw`\bhalf past ${HOUR}${MERIDIEM}\b`, (g) => clock(g[1], "30", g[2] ?? g[3] ?? g[4])),
  rule(String.raw`\bhalf ${HOUR}${MERIDIEM}\b(?! hour)`, (g) => clock(g[1], "30", g[2] ?? g[3] ?? g[4])),
  rule(String.raw`\b(?:a )?quarter (?:past|after) ${HOUR}${MERIDIEM}\b`, (g) =>
    clock(g[1], "15", g[2] ?? g[3] ?? g[4]),
  ),
  rule(String.raw`\b(?:a )?quarter (?:to|before|of|till|til) ${HOUR}${MERIDIEM}\b`, (g) =>
    before(g[1], 15, g[2] ?? g[3] ?? g[4]),
  ),
  rule(String.raw`\b(\d{1,2}) (?:minutes? )?past ${HOUR}${MERIDIEM}\b`, (g) => clock(g[2], g[1], g[3] ?? g[4] ?? g[5])),
  rule(String.raw`\b(5|10|20|25) (?:minutes? )?(?:to|till|til) ${HOUR}${MERIDIEM}\b`, (g) =>
    before(g[2], Number(g[1]), g[3] ?? g[4] ?? g[5]),
  ),
];

/** A number counts as a time by itself only next to one of these. */
const STRONG = "(?:am|pm)|oclock|sharp|morning|afternoon|evening|night";
const LEAD = String.raw`\b(?:at|around|about|approximately|by|for|say|maybe|from|after|before|until|till|past|make it|to)(?: about| around)? $`;
const UNIT_AFTER =
  /^ ?(?:days?|weeks?|months?|minutes?|mins?|hours?|hrs?|people|persons?|of us|years?|rupees|dollars|percent|times|slots?|seats?|more|kids|children|adults|january|february|march|april|june|july|august|september|october|november|december)\b/;

function rule(source: string, read: (groups: readonly (string | undefined)[]) => Clock) {
  return { pattern: new RegExp(source), read };
}

function clock(hour: string | undefined, minute: string | undefined, meridiem: string | undefined): Clock {
  return { hour: Number(hour), minute: Number((minute ?? "0").replace(/^(?:oh|o) ?/, "").replace(" ", "")), meridiem };
}

function before(hour: string | undefined, minutes: number, meridiem: string | undefined): Clock {
  const previous = Number(hour) - 1;
  return { hour: previous < 1 ? previous + 12 : previous, minute: 60 - minutes, meridiem };
}

/**
 * The first time of day in `text`. `open` are the opening spans of the day meant; without "am" or "pm" the reading within them wins.
 * `bare`: a time was asked for, so a number by itself is one.
 */
export function parseTime(text: string, open: readonly Span[], bare: boolean): SpokenTime {
  const part = partOfDay(text);
  const window = parseWindow(text, open, part);
  if (window) return { window, ...(part ? { part } : {}) };
  const time = parsePoint(text, open, part, bare);
  return { ...(time === undefined ? {} : { time: hhmm(time) }), ...(part ? { part } : {}) };
}

function parsePoint(
  text: string,
  open: readonly Span[],
  part: PartOfDay | undefined,
  bare: boolean,
): number | undefined {
  for (const { pattern, read } of RULES) {
    const match = pattern.exec(text);
    const minutes = match ? toMinutes(read(match), open, part) : undefined;
    if (minutes !== undefined) return minutes;
  }
  if (/\b(?:noon|midday)\b/.test(text)) return 12 * 60;
  if (/\bmidnight\b/.test(text)) return 0;
  return readClocks(text, open, part, bare);
}

function readClocks(
  text: string,
  open: readonly Span[],
  part: PartOfDay | undefined,
  bare: boolean,
): number | undefined {
  const lead = new RegExp(LEAD);
  const strong = new RegExp(String.raw`\b(?:${STRONG})\b`);
  let weak: number | undefined;
  for (const match of text.matchAll(new RegExp(CLOCK, "g"))) {
    const read = readClock(match);
    const minutes = toMinutes(read, open, part);
    if (minutes === undefined || UNIT_AFTER.test(text.slice(match.index + match[0].length))) continue;
    const explicit = match[1] !== undefined || match[4] !== undefined || strong.test(match[0]);
    if (explicit || lead.test(text.slice(0, match.index))) return minutes;
    weak ??= minutes;
  }
  return bare ? weak : undefined;
}

function readClock(match: readonly (string | undefined)[]): Clock {
  const meridiem = match[5] ?? match[6] ?? match[7];
  return match[1] !== undefined ? clock(match[1], match[2], meridiem) : clock(match[3], match[4], meridiem);
}

function parseWindow(text: string, open: readonly Span[], part: PartOfDay | undefined): Span | undefined {
  const at = (source: string | undefined): number | undefined =>
    source === undefined ? undefined : parsePoint(source, open, part, true);
  const point = String.raw`((?:(?:half|quarter|\d+) (?:past|to) )?(?:\d{1,2}(?::\d{2}| \d{2})?(?: oclock)?(?: ?[ap]m)?|noon|midday))`;
  const between = new RegExp(String.raw`\b(?:between|from) ${point} (?:and|to|till|until) ${point}\b`).exec(text);
  if (between) {
    // "between 2 and 4 pm": the meridiem belongs to both.
    const meridiem = /[ap]m$/.exec(between[2]!)?.[0];
    const first = meridiem && !/[ap]m$/.test(between[1]!) ? `${between[1]} ${meridiem}` : between[1]!;
    const from = at(first);
    const to = at(between[2]);
    if (from !== undefined && to !== undefined && from < to) return { fromMinutes: from, toMinutes: to };
  }
  const after = new RegExp(
    String.raw`\b(?:after|past|from|not before|later than|any ?time after)(?: about)? ${point}\b`,
  ).exec(text);
  const from = /\b(?:half|quarter|\d+) (?:past|after)\b/.test(text) ? undefined : at(after?.[1]);
  if (from !== undefined) return { fromMinutes: from, toMinutes: 24 * 60 };
  const until = new RegExp(
    String.raw`\b(?:before|by|until|till|earlier than|no later than)(?: about)? ${point}\b`,
  ).exec(text);
  const to = at(until?.[1]);
  return to === undefined ? undefined : { fromMinutes: 0, toMinutes: to };
}

export function partOfDay(text: string): PartOfDay | undefined {
  if (/\b(?:morning|am|before lunch|first thing)\b/.test(text.replace(/\bi am\b/g, ""))) {
    return /\bgood morning\b/.test(text) ? undefined : "morning";
  }
  if (/\b(?:afternoon|after lunch|lunch ?time)\b/.test(text))
    return /\bgood afternoon\b/.test(text) ? undefined : "afternoon";
  if (/\b(?:evening|tonight|after work|end of the day)\b/.test(text))
    return /\bgood evening\b/.test(text) ? undefined : "evening";
  return undefined;
}

/** Without "am" or "pm": the part of the day decides, then the opening hours, then custom (7 to 11 in the morning, 12 to 6 after noon). */
function toMinutes(
  { hour, minute, meridiem }: Clock,
  open: readonly Span[],
  part: PartOfDay | undefined,
): number | undefined {
  if (!(hour <= 23) || !(minute <= 59)) return undefined;
  const half = halfOfDay(meridiem) ?? (part === undefined ? undefined : part === "morning" ? "am" : "pm");
  if (hour > 12) return half === "am" ? undefined : hour * 60 + minute;
  if (hour === 0) return half === "pm" ? undefined : minute;
  const am = (hour % 12) * 60 + minute;
  const pm = am + 12 * 60;
  if (half !== undefined) return half === "am" ? am : pm;
  const isOpen = (at: number) => open.some(({ fromMinutes, toMinutes: to }) => at >= fromMinutes && at < to);
  if (isOpen(am) !== isOpen(pm)) return isOpen(am) ? am : pm;
  return hour >= 7 && hour < 12 ? am : pm;
}

function halfOfDay(word: string | undefined): "am" | "pm" | undefined {
  if (word === undefined) return undefined;
  return word === "am" || word === "morning" ? "am" : "pm";
}

/** `HH:MM` of minutes since midnight. */
export function hhmm(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** Minutes since midnight of `HH:MM`. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
