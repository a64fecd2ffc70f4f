/** Everything one utterance says, read once. What was asked decides how bare numbers and bare words are read. */
import type { Service } from "@sk-voice/api/contract/index.ts";
import { hearWeekdays } from "../nlu/correction.ts";
import { parseWhen, type When } from "../nlu/dates.ts";
import { type Intent, parseIntents, parseOrdinalChoice, parseYesNo } from "../nlu/intent.ts";
import { parseName } from "../nlu/names.ts";
import { normalise } from "../nlu/normalise.ts";
import { parsePhone, type SpokenPhone } from "../nlu/phone.ts";
import { findServices } from "../nlu/services.ts";
import type { Ask, Dialogue, World } from "./dialogue.ts";

export interface Understanding {
  readonly text: string;
  readonly plain: string;
  readonly intents: ReadonlySet<Intent>;
  readonly yesNo: "yes" | "no" | undefined;
  readonly when: When;
  readonly services: readonly Service[];
  readonly name: string | undefined;
  readonly phone: SpokenPhone | undefined;
  readonly ordinal: number | undefined;
  /** Asks for a booking in so many words, not about bookings. */
  readonly wantsBooking: boolean;
}

const ASKS_FOR_TIME: ReadonlySet<Ask> = new Set(["day", "choice", "offer", "change"]);
const ASKS_FOR_PHONE: ReadonlySet<Ask> = new Set(["phone", "phone-check", "phone-offer"]);
const NUMBER_FOLLOWS = /\b(?:(?:my|phone|mobile|contact|the) number|reach me (?:on|at)|call me (?:on|at)|number is)\b/i;

const WANTS_BOOKING =
  /\b(?:book|booking|schedule|reserve|make (?:an? |my )?(?:appointment|booking|reservation)|(?:like|want|need|get|have|take|set up|arrange|looking for) (?:to (?:make|get|have|set up|arrange) )?(?:an?|my|the|some) (?:\w+ )?(?:appointment|slot|booking|session)|come in|fit me in|see (?:the|a) (?:doctor|dentist)|(?:anything|something|any (?:slots?|times?|openings?|appointments?)|(?:a )?slots?|openings?) (?:free|available|open|on|for|tomorrow|today|this|next)|are you free|availability|(?:is|are) .* (?:available|free)\b)/;
const ABOUT_BOOKING = /^(?:do|does|must|should|can) (?:i|we|one) (?:need|have to|walk)\b|\bwithout an? appointment\b/;

export function understand(heard: string, { ask, when }: Dialogue, { settings, nowEpochMs }: World): Understanding {
  const text = hearWeekdays(heard);
  const plain = normalise(text);
  const asksPhone = ASKS_FOR_PHONE.has(ask);
  const phone = parsePhone(text, settings.country, asksPhone);
  const timed = phone ? (asksPhone ? "" : text.split(NUMBER_FOLLOWS)[0]!) : text;
  return {
    text,
    plain,
    intents: parseIntents(text),
    yesNo: parseYesNo(text),
    when: parseWhen(timed, { nowEpochMs, settings, date: when.date, range: when.range, bare: ASKS_FOR_TIME.has(ask) }),
    services: findServices(text, settings.services),
    name: parseName(text, ask === "name"),
    phone,
    ordinal: parseOrdinalChoice(text),
    wantsBooking: WANTS_BOOKING.test(plain) && !ABOUT_BOOKING.test(plain),
  };
}

export function saysWhen({ when }: Understanding): boolean {
  return Object.keys(when).length > 0;
}

/** Name and number told in passing. */
export function withCallerSaid(d: Dialogue, u: Understanding): Dialogue {
  const named = { ...d, name: u.name ?? d.name };
  return u.phone?.e164 === undefined ? named : { ...named, phone: u.phone.e164, phoneToCheck: true };
}
