/** Things said so that a plain English voice reads them right: no symbols, no 24 h clock, digits in groups. */
import type { AgentSettings, Hours } from "@sk-voice/api/contract/index.ts";
import { WEEKDAYS } from "@sk-voice/api/contract/index.ts";
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import { Temporal } from "temporal-polyfill";
import { minutesOf } from "./nlu/clock-time.ts";
import { ordinal } from "./nlu/numbers.ts";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const WEEKDAY_NAMES = WEEKDAYS.map((day) => day[0]!.toUpperCase() + day.slice(1));

/** `HH:MM` → "3 pm", "9:15 am", "12 noon". */
export function sayTime(time: string): string {
  const minutes = minutesOf(time);
  const hour = Math.floor(minutes / 60);
  const minute = minutes % 60;
  if (minutes === 12 * 60) return "12 noon";
  if (minutes === 0 || hour === 24) return "midnight";
  const clock = `${hour % 12 || 12}${minute === 0 ? "" : `:${String(minute).padStart(2, "0")}`}`;
  return `${clock} ${hour < 12 ? "am" : "pm"}`;
}

/** `YYYY-MM-DD` → "Tuesday the 24th of November". */
export function sayDate(date: string): string {
  const day = Temporal.PlainDate.from(date);
  return `${WEEKDAY_NAMES[day.dayOfWeek - 1]} the ${ordinal(day.day)} of ${MONTHS[day.month - 1]}`;
}

/** "today", "tomorrow" or the whole date. */
export function sayDay(date: string, today: string): string {
  const away = Temporal.PlainDate.from(today).until(Temporal.PlainDate.from(date)).days;
  if (away === 0) return "today";
  return away === 1 ? `tomorrow, ${sayDate(date)}` : `on ${sayDate(date)}`;
}

const CURRENCIES = new Map<string, readonly [unit: string, cent: string]>([
  ["INR", ["rupee", "paise"]],
  ["USD", ["dollar", "cents"]],
  ["AUD", ["dollar", "cents"]],
  ["CAD", ["dollar", "cents"]],
  ["SGD", ["dollar", "cents"]],
  ["EUR", ["euro", "cents"]],
  ["GBP", ["pound", "pence"]],
  ["AED", ["dirham", "fils"]],
]);

/** "500 rupees", "1 lakh 25 thousand rupees", "89 dollars and 50 cents". */
export function sayMoney({ amount, currency }: { amount: number; currency: string }): string {
  const whole = Math.floor(amount);
  const cents = Math.round((amount - whole) * 100);
  const [unit, cent] = CURRENCIES.get(currency) ?? [currency, "hundredths"];
  const plural = whole === 1 || !CURRENCIES.has(currency) ? unit : `${unit}s`;
  const main = `${currency === "INR" ? sayIndianNumber(whole) : sayNumber(whole)} ${plural}`;
  return cents === 0 ? main : `${main} and ${cents} ${cent}`;
}

/** Grouped in threes: 1,250. */
function sayNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Lakhs and crores as words: voices read "1,25,000" as three numbers. */
function sayIndianNumber(value: number): string {
  if (value < 100_000) return sayNumber(value);
  const groups: readonly [number, string][] = [
    [10_000_000, "crore"],
    [100_000, "lakh"],
    [1000, "thousand"],
  ];
  const parts: string[] = [];
  let rest = value;
  for (const [size, name] of groups) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${name}`);
    rest %= size;
  }
  return [...parts, ...(rest > 0 ? [String(rest)] : [])].join(" ");
}

/** "+919884012345" → "9 8 8 4 0, 1 2 3 4 5" at home, with "plus 9 1" elsewhere. Commas are the pauses. */
export function sayPhone(e164: string, country: string): string {
  const home: CountryCode = isSupportedCountry(country) ? country : "IN";
  const parsed = parsePhoneNumberFromString(e164);
  if (!parsed) return spaced(e164.replace(/\D/g, ""));
  const groups = grouped(parsed.country ?? "", parsed.nationalNumber, parsed.formatInternational());
  const said = groups.map(spaced).join(", ");
  return parsed.country === home ? said : `plus ${spaced(parsed.countryCallingCode)}, ${said}`;
}

function grouped(country: string, national: string, international: string): string[] {
  if (country === "IN" && national.length === 10) return [national.slice(0, 5), national.slice(5)];
  return international.split(/\D+/).filter(Boolean).slice(1);
}

function spaced(digits: string): string {
  return [...digits].join(" ");
}

/** "a, b or c" */
export function sayList(items: readonly string[], conjunction: "or" | "and"): string {
  if (items.length < 2) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} ${conjunction} ${items.at(-1)}`;
}

/** "We're open Monday to Friday from 9 am to 6 pm, and Saturday from 10 am to 2 pm. We're closed on Sunday." */
export function sayHours(hours: Hours): string {
  const runs = weekRuns(hours);
  const open = runs.filter(({ spans }) => spans !== "").map(({ days, spans }) => `${days} ${spans}`);
  const closed = runs.filter(({ spans }) => spans === "").map(({ days }) => days);
  if (open.length === 0) return "We're closed at the moment, all week.";
  const shut = closed.length > 0 ? ` We're closed on ${sayList(closed, "and")}.` : "";
  return `We're open ${sayList(open, "and")}.${shut}`;
}

/** Neighbouring days with the same hours, together. */
function weekRuns(hours: Hours): { days: string; spans: string }[] {
  const runs: { first: number; last: number; spans: string }[] = [];
  for (const [index, day] of WEEKDAYS.entries()) {
    const spans = saySpans(hours, day);
    const last = runs.at(-1);
    if (last && last.spans === spans) last.last = index;
    else runs.push({ first: index, last: index, spans });
  }
  return runs.map(({ first, last, spans }) => {
    const joint = last === first + 1 ? "and" : "to";
    const days = first === last ? WEEKDAY_NAMES[first]! : `${WEEKDAY_NAMES[first]} ${joint} ${WEEKDAY_NAMES[last]}`;
    return { days, spans };
  });
}

/** "from 9 am to 1 pm and from 2 pm to 6 pm"; empty when closed. */
function saySpans(hours: Hours, day: (typeof WEEKDAYS)[number]): string {
  return sayList(
    hours[day].map(({ from, to }) => `from ${sayTime(from)} to ${sayTime(to)}`),
    "and",
  );
}

/** "on Saturday from 10 am to 2 pm", "closed on Sunday" */
export function sayHoursOfDays(
  days: readonly (typeof WEEKDAYS)[number][],
  spans: readonly { readonly from: string; readonly to: string }[],
): string {
  const named = sayList(
    days.map((day) => WEEKDAY_NAMES[WEEKDAYS.indexOf(day)]!),
    "and",
  );
  const said = spans.map(({ from, to }) => `from ${sayTime(from)} to ${sayTime(to)}`);
  return said.length === 0 ? `closed on ${named}` : `on ${named} ${sayList(said, "and")}`;
}

/** Opening hours of one date: "We're open on Tuesday the … from 9 am to 6 pm." */
export function sayHoursOf(hours: Hours, date: string, today: string): string {
  const weekday = WEEKDAYS[Temporal.PlainDate.from(date).dayOfWeek - 1]!;
  const spans = saySpans(hours, weekday);
  return spans === "" ? `We're closed ${sayDay(date, today)}.` : `We're open ${sayDay(date, today)}, ${spans}.`;
}

/** "A haircut takes 30 minutes and costs 500 rupees." */
export function sayService(service: AgentSettings["services"][number]): string {
  const duration = `${service.duration_minutes} minutes`;
  return service.price === null
    ? `${service.name} takes ${duration}.`
    : `${service.name} takes ${duration} and costs ${sayMoney(service.price)}.`;
}
