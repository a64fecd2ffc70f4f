/** Booking: what the calendar answered, and which of its offers the caller takes. */
import { localDate, mergeWhen, type When } from "../nlu/dates.ts";
import { sayDate, sayDay, sayList, sayTime } from "../speak.ts";
import type { Opening } from "../tools/slot-memory.ts";
import { callTool, type Dialogue, type Reply, reply, vary, type World } from "./dialogue.ts";
import { ask, next } from "./next.ts";
import { inSentence } from "./questions.ts";
import { saysWhen, type Understanding } from "./understand.ts";

/** Answer of `check_availability`, as far as it is needed. */
interface Availability {
  readonly exact?: Opening | null;
  readonly openings?: readonly Opening[];
  readonly next?: Opening | null;
  readonly closed?: boolean;
  readonly outside_hours?: boolean;
  readonly error?: string;
}

export function onAvailability(d: Dialogue, world: World, result: Availability): Reply {
  if (result.error !== undefined) return calendarDown(d, world);
  if (result.exact) {
    const found = { ...d, slot: result.exact, offers: [] };
    const quiet = next(found, world);
    // The read-back that follows says the same.
    return quiet.state.ask === "confirm" ? quiet : next(found, world, `${result.exact.says} is free.`);
  }
  const openings = result.openings ?? [];
  return openings.length > 0
    ? offerSeveral(d, world, openings, result.outside_hours === true)
    : offerNext(d, world, result);
}

function offerSeveral(d: Dialogue, world: World, openings: readonly Opening[], outside: boolean): Reply {
  const first = openings[0]!;
  const state = { ...d, offers: openings, when: { ...d.when, date: first.date } };
  const missed = d.when.time === undefined ? "" : missedTime(d.when.time, outside);
  const times = sayList(
    openings.map(({ time }) => sayTime(time)),
    "or",
  );
  const where = missed === "" ? `${capitalise(day(first, world))}, I have ${times}.` : `I have ${times} that day.`;
  const say = missed === "" ? [where] : [missed, where];
  if (openings.length === 1)
    return reply(state, "offer", ...say, vary(d, "Would that work?", "Shall I take that one?"));
  return reply(state, "choice", ...say, vary(d, "Which would you like?", "Which one suits you?"));
}

function missedTime(time: string, outside: boolean): string {
  return outside ? `I'm afraid we're closed at ${sayTime(time)}.` : `I'm afraid ${sayTime(time)} is not free.`;
}

export function offerNext(d: Dialogue, world: World, { next: opening, closed }: Availability): Reply {
  if (!opening) {
    const none = "I can't find a free time in the next weeks, I'm sorry.";
    return ask(forMessage(d), world, "offer-message", none);
  }
  const asked = d.when.date;
  const why =
    d.when.earliest || asked === undefined
      ? ""
      : closed
        ? `We're closed on ${sayDate(asked)}.`
        : `I'm afraid there is nothing free ${sayDay(asked, today(world))}.`;
  const state = { ...d, offers: [opening] };
  const say = `The next opening is ${day(opening, world)} at ${sayTime(opening.time)}.`;
  return reply(state, "offer", ...(why === "" ? [] : [why]), say, vary(d, "Would that work?", "Would that suit you?"));
}

/** "the first one please"; in longer answers a number more likely belongs to a date. */
const MAX_CHOICE_WORDS = 5;

/** Which offer the words pick; `undefined` when they ask for something else or say nothing about it. */
export function pickOffer({ offers, when }: Dialogue, u: Understanding): Opening | undefined {
  if (u.ordinal !== undefined && u.plain.split(" ").length <= MAX_CHOICE_WORDS) return offers.at(u.ordinal);
  const sameDay = u.when.date === undefined || u.when.date === when.date || u.when.date === offers[0]?.date;
  if (u.when.time !== undefined) {
    return sameDay ? offers.find(({ time }) => time === u.when.time) : undefined;
  }
  if (u.when.date !== undefined && !sameDay) return undefined;
  if (u.yesNo === "no") return undefined;
  if (/\b(?:either|any|whichever|doesn't matter|both)\b/.test(u.plain)) return offers[0];
  return u.yesNo === "yes" && offers.length === 1 && !changes(u.when) ? offers[0] : undefined;
}

function changes(when: When): boolean {
  return when.window !== undefined || when.part !== undefined || when.range !== undefined || when.earliest === true;
}

/** New wishes replace the old ones they speak about; the slot has to be found anew. */
export function applyWhen(d: Dialogue, u: Understanding): Dialogue {
  if (!saysWhen(u)) return d;
  // The day on offer is the day meant by "then five o'clock".
  const offered = d.slot?.date ?? d.offers[0]?.date;
  const base = d.when.date === undefined && offered !== undefined ? { ...d.when, date: offered } : d.when;
  return { ...d, when: mergeWhen(base, u.when), slot: undefined, offers: [] };
}

export function book(d: Dialogue): Reply {
  const { slot, name, phone } = d;
  const request = {
    name: "book_appointment",
    arguments: {
      slot_id: slot?.slot_id ?? "",
      name: name ?? "",
      ...(phone === undefined || !phone.startsWith("+") ? {} : { phone }),
      ...(phone === undefined || phone.startsWith("+") ? {} : { note: `number given: ${phone}` }),
    },
  };
  return callTool(d, request, vary(d, "One moment.", "I'm booking it now."));
}

interface Booked {
  readonly service?: string;
  readonly says?: string;
  readonly status?: string;
  readonly next?: Opening | null;
  readonly error?: string;
}

export function onBooked(d: Dialogue, world: World, result: Booked): Reply {
  if (result.status === "booked") {
    const done = `You're booked: ${inSentence(result.service ?? "appointment")}, ${result.says ?? ""}.`;
    return ask(afterTask(d), world, "anything-else", done);
  }
  if (result.status === "slot_taken") {
    const again = offerNext({ ...d, slot: undefined, when: { earliest: true } }, world, { next: result.next ?? null });
    return { ...again, say: ["Oh, that one was taken just now, I'm sorry.", ...again.say] };
  }
  if (result.error === "unknown_slot") return next({ ...d, slot: undefined }, world);
  if (result.error === "phone_needed" || result.error === "invalid_phone") {
    return ask({ ...d, phone: undefined, digits: "" }, world, "phone", "I still need a phone number for the booking.");
  }
  return calendarDown(d, world);
}

/** What stays known when a task is over: who is calling. */
export function afterTask(d: Dialogue): Dialogue {
  return {
    ...d,
    task: "none",
    service: undefined,
    serviceChoices: [],
    when: {},
    offers: [],
    slot: undefined,
    draft: undefined,
    appointments: [],
    held: undefined,
    lookedUp: false,
    ownerChange: undefined,
  };
}

export function calendarDown(d: Dialogue, world: World): Reply {
  return ask(forMessage(d), world, "offer-message", "I'm sorry, I can't reach the calendar at the moment.");
}

/** Turns the wish into a message for somebody who can book it. */
function forMessage(d: Dialogue): Dialogue {
  const { time, date } = d.when;
  const wish = d.slot?.says ?? [date && sayDate(date), time && `at ${sayTime(time)}`].filter(Boolean).join(" ");
  // Moving and cancelling began with the caller's own words for it.
  if (d.task !== "booking" && d.draft) return { ...afterTask(d), draft: d.draft };
  const body = `Would like to book: ${d.service?.name ?? "an appointment"}${wish === "" ? "" : `, ${wish}`}.`;
  return { ...afterTask(d), draft: { subject: "Booking request", body, urgency: "normal" } };
}

function day(opening: Opening, world: World): string {
  return sayDay(opening.date, today(world));
}

function today({ nowEpochMs, settings }: World): string {
  return localDate(nowEpochMs, settings.time_zone).toString();
}

function capitalise(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
