/** What an owner says should change: opening hours, a price, a notice. Nothing is guessed: what does not parse is asked again. */
import { type OwnerChange, type Service, WEEKDAYS, type Weekday } from "@sk-voice/api/contract/index.ts";
import { hhmm } from "./clock-time.ts";
import { normalise } from "./normalise.ts";
import { digitsForNumberWords } from "./numbers.ts";
import { findServices } from "./services.ts";

const NOTICE =
  /\b(?:(?:add|save|leave|make|put up) (?:a |the )?(?:notice|announcement)(?: that| saying)?|(?:tell|inform|let) (?:the )?(?:callers?|customers?|everyone|everybody|people|them)(?: know)?(?: that)?|(?:notice|announcement)(?: is| that))[:,]? +(.{3,})/i;

export function parseOwnerChange(text: string, services: readonly Service[]): OwnerChange | undefined {
  const notice = NOTICE.exec(text)?.[1]?.trim();
  if (notice !== undefined) return { type: "notice", text: sentence(notice) };
  const plain = digitsForNumberWords(normalise(text).split(" ")).join(" ");
  return parsePrice(text, plain, services) ?? parseHours(plain);
}

function sentence(text: string): string {
  const capital = text[0]!.toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

const PRICE = /\b(?:price|costs?|charge|fee|rate|rupees|rs|dollars?|euros?|pounds?)\b/;

function parsePrice(text: string, plain: string, services: readonly Service[]): OwnerChange | undefined {
  if (!PRICE.test(plain)) return undefined;
  const found = findServices(text, services);
  const amounts = [...plain.matchAll(/\b(\d+(?:[.:]\d{1,2})?)\b/g)].map((match) => Number(match[1]!.replace(":", ".")));
  const service = found.length === 1 ? found[0] : undefined;
  // "From 500 to 600": the last amount is the new one.
  const amount = amounts.at(-1);
  return service && amount !== undefined ? { type: "price", service_id: service.id, amount } : undefined;
}

const DAY = `(?:${WEEKDAYS.join("|")})s?`;
const RANGE = new RegExp(`\\b(${DAY}) (?:to|till|until|through) (${DAY})\\b`, "g");

function parseDays(plain: string): Weekday[] {
  if (/\b(?:every day|daily|all week|7 days)\b/.test(plain)) return [...WEEKDAYS];
  const days = new Set<Weekday>();
  if (/\bweekdays?\b/.test(plain)) for (const day of WEEKDAYS.slice(0, 5)) days.add(day);
  if (/\bweekends?\b/.test(plain)) for (const day of WEEKDAYS.slice(5)) days.add(day);
  for (const [, from, to] of plain.matchAll(RANGE)) {
    const [first, last] = [indexOf(from!), indexOf(to!)];
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(WEEKDAYS[day]!);
      if (day === last) break;
    }
  }
  for (const [day] of plain.matchAll(new RegExp(`\\b${DAY}\\b`, "g"))) days.add(WEEKDAYS[indexOf(day)]!);
  return WEEKDAYS.filter((day) => days.has(day));
}

function indexOf(day: string): number {
  return WEEKDAYS.findIndex((each) => day.startsWith(each));
}

const CLOCK =
  /\b(?:(\d{1,2}):(\d{2})|half past (\d{1,2})|(\d{1,2})(?: ([0-5]\d))?)(?: ?oclock)? ?(am|pm)?(?! (?:of|th|st|nd|rd))\b/g;

interface Spoken {
  readonly minutes: number;
  readonly meridiem: boolean;
}

function parseHours(plain: string): OwnerChange | undefined {
  const days = parseDays(plain);
  if (days.length === 0) return undefined;
  const times = [...plain.replace(/\b(?:12 )?noon\b/g, "12 pm").matchAll(CLOCK)].flatMap(readClock);
  if (times.length === 0) {
    return /\b(?:closed|close|shut|holiday|off)\b/.test(plain) ? { type: "hours", days, hours: [] } : undefined;
  }
  if (times.length % 2 !== 0 || times.length > 4) return undefined;
  const hours: { from: string; to: string }[] = [];
  for (let at = 0; at < times.length; at += 2) {
    const from = opening(times[at]!);
    const to = closing(times[at + 1]!, from);
    if (to === undefined) return undefined;
    hours.push({ from: hhmm(from), to: hhmm(to) });
  }
  return { type: "hours", days, hours };
}

function readClock(match: RegExpMatchArray): Spoken[] {
  const hour = Number(match[1] ?? match[3] ?? match[4]);
  const minute = match[3] === undefined ? Number(match[2] ?? match[5] ?? 0) : 30;
  if (hour > 24 || minute > 59) return [];
  const meridiem = match[6];
  const day = meridiem === undefined ? hour : (hour % 12) + (meridiem === "pm" ? 12 : 0);
  return [{ minutes: day * 60 + minute, meridiem: meridiem !== undefined }];
}

const HALF_DAY = 12 * 60;
const EARLIEST_OPENING = 6 * 60;

/** "From five to nine": businesses open in the morning or in the afternoon, not before six. */
function opening({ minutes, meridiem }: Spoken): number {
  return !meridiem && minutes < EARLIEST_OPENING ? minutes + HALF_DAY : minutes;
}

function closing({ minutes, meridiem }: Spoken, from: number): number | undefined {
  const at = !meridiem && minutes <= from ? minutes + HALF_DAY : minutes;
  return at > from && at <= 24 * 60 ? at : undefined;
}
