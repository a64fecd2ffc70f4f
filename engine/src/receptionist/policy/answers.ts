/** The caller's answer to the open question. `undefined`: the words are about something else. */
import { parseName } from "../nlu/names.ts";
import { toE164 } from "../nlu/phone.ts";
import { afterTask, applyWhen, book, pickOffer } from "./booking.ts";
import { change, onWhich } from "./changing.ts";
import { type Ask, type Dialogue, goodbye, type Reply, reply, vary, type World } from "./dialogue.ts";
import { farewell } from "./farewell.ts";
import { acceptMessage, addToMessage } from "./message.ts";
import { ask, next, sayAgain } from "./next.ts";
import { saysWhen, type Understanding } from "./understand.ts";

type Answer = (d: Dialogue, u: Understanding, world: World) => Reply | undefined;

/** A dictated number with fewer digits than this is waiting for its next group. */
const WHOLE_NUMBER = 10;
/** Then it is taken as dictated. */
const MAX_PHONE_MISSES = 2;
/** Nobody agrees to a read-back of which less was heard. */
const READ_SHARE = 0.5;

const ANSWERS: Readonly<Partial<Record<Ask, Answer>>> = {
  choice: onOffers,
  offer: onOffers,
  name: onName,
  "phone-offer": onPhoneOffer,
  phone: onPhone,
  "phone-check": onPhoneCheck,
  which: onWhich,
  confirm: onConfirm,
  change: onChange,
  body: onBody,
  "offer-message": (d, u, world) => {
    if (u.yesNo === "yes") return acceptMessage(d, world);
    return u.yesNo === "no" && bare(u) ? ask(afterTask(d), world, "anything-else", "All right.") : undefined;
  },
  "anything-else": onAnythingElse,
  help: onAnythingElse,
};

export function answerToAsk(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  return ANSWERS[d.ask]?.(d, u, world);
}

/** Nothing in it but the yes or no. */
function bare(u: Understanding): boolean {
  return !saysWhen(u) && u.services.length === 0 && u.phone === undefined && u.plain.split(" ").length <= 6;
}

function onOffers(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  const picked = pickOffer(d, u);
  if (picked)
    return next({ ...d, slot: picked, offers: [], when: { date: picked.date, time: picked.time } }, world, "Good.");
  if (saysWhen(u) || u.services.length > 0) return undefined;
  if (u.yesNo === "yes") return ask(d, world, "choice");
  if (u.yesNo !== "no") return undefined;
  return reply({ ...d, when: {}, offers: [] }, "day", "No problem.", "What other day and time would suit you?");
}

function onName(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (u.name === undefined || u.intents.has("question") || u.intents.has("human") || u.wantsBooking) return undefined;
  return next({ ...d, name: u.name }, world, vary(d, "Thank you.", "Thanks."));
}

const SAME_NUMBER = /\b(?:this (?:one|number)|same|calling from|this is my (?:\w+ )?number)\b/;

/** "Yes, but how much is it?": the question comes first. */
function asksToo(u: Understanding, world: World): boolean {
  return u.intents.has("question") && u.plain.split(" ").length > 3 && !u.wantsBooking && world.knows(u.text);
}

function onPhoneOffer(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (u.phone) return onPhone(d, u, world);
  if (asksToo(u, world)) return undefined;
  if (u.yesNo === "yes" || SAME_NUMBER.test(u.plain))
    return next({ ...d, phone: world.caller.phone ?? undefined }, world);
  if (u.yesNo === "no" && bare(u)) return ask(d, world, "phone");
  return d.draft && u.intents.size === 0 ? addToMessage(d, d.draft, u, world) : undefined;
}

function onPhone(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (!u.phone) {
    return SAME_NUMBER.test(u.plain) && world.caller.phone !== null
      ? next({ ...d, phone: world.caller.phone }, world)
      : undefined;
  }
  const whole = u.phone.e164 ?? toE164(d.digits + u.phone.digits, world.settings.country);
  if (whole !== undefined) return ask({ ...d, phone: whole, phoneToCheck: true, digits: "" }, world, "phone-check");
  const digits = d.digits + u.phone.digits;
  if (digits.length < WHOLE_NUMBER) return ask({ ...d, digits }, world, "phone");
  const misses = d.misses + 1;
  if (misses >= MAX_PHONE_MISSES) return next({ ...d, misses: 0, phone: digits, digits: "" }, world, "Thank you.");
  const wrong = "Sorry, that doesn't seem to be a whole number.";
  return reply({ ...d, misses, digits: "" }, "phone", wrong, "Could you say it once more, digit by digit?");
}

function onPhoneCheck(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (u.phone?.e164) return onPhone({ ...d, digits: "" }, u, world);
  if (u.yesNo === "yes") return next({ ...d, phoneToCheck: false }, world);
  if (u.yesNo !== "no") return undefined;
  const again = { ...d, phone: undefined, phoneToCheck: false, digits: "" };
  return reply(again, "phone", "Sorry about that.", "Could you say the number again, digit by digit?");
}

function onConfirm(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  const unheard = world.heardShare < READ_SHARE && d.misses === 0;
  if (unheard && u.yesNo === "yes" && bare(u) && !u.wantsBooking) return sayAgain(d);
  if (d.task === "cancelling") return onConfirmCancel(d, u, world);
  const changed = correct(d, u, world);
  if (changed) return next(changed, world, vary(d, "All right.", "Okay."));
  if (asksToo(u, world)) return undefined;
  if (u.yesNo === "yes" || u.wantsBooking) return d.task === "moving" ? change(d) : book(d);
  return u.yesNo === "no" ? ask(d, world, "change", "Sorry about that.") : undefined;
}

function onConfirmCancel(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (u.intents.has("reschedule") || (saysWhen(u) && u.yesNo === "no")) {
    return next(applyWhen({ ...d, task: "moving" }, u), world, "All right, I'll move it instead.");
  }
  if (u.yesNo === "yes" || u.intents.has("cancel")) return change(d);
  if (u.yesNo !== "no") return undefined;
  return ask(afterTask(d), world, "anything-else", "All right, it stays as it is.");
}

/** The dialogue with what the caller corrects; `undefined` when the words correct nothing. */
function correct(d: Dialogue, u: Understanding, world: World): Dialogue | undefined {
  const repeatsSlot =
    (u.when.date === undefined || u.when.date === d.slot?.date) &&
    (u.when.time === undefined || u.when.time === d.slot?.time);
  const timed = saysWhen(u) && !(repeatsSlot && u.yesNo !== "no") ? applyWhen(d, u) : d;
  const service = u.services.length === 1 ? u.services[0] : undefined;
  const served =
    service && service.id !== timed.service?.id ? { ...timed, service, slot: undefined, offers: [] } : timed;
  const name = u.name ?? (/\bname\b/.test(u.plain) ? parseName(u.text, true) : undefined);
  const named = name === undefined || name === served.name ? served : { ...served, name };
  const phone = u.phone?.e164;
  const changed = phone === undefined ? named : { ...named, phone, phoneToCheck: true };
  return changed === d || world.settings.services.length === 0 ? undefined : changed;
}

function onChange(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  const changed = correct(d, u, world);
  if (changed) return next(changed, world, "All right.");
  if (/\bname\b/.test(u.plain)) return ask({ ...d, name: undefined }, world, "name");
  if (/\b(?:phone|number)\b/.test(u.plain)) return ask({ ...d, phone: undefined }, world, "phone");
  const { date, time } = d.slot ?? {};
  const open = { ...d, slot: undefined };
  if (/\b(?:time|hour)\b/.test(u.plain)) return ask({ ...open, when: date ? { date } : {} }, world, "day");
  if (/\b(?:day|date|when)\b/.test(u.plain)) return ask({ ...open, when: time ? { time } : {} }, world, "day");
  if (/\bservice\b/.test(u.plain)) return ask({ ...d, service: undefined, slot: undefined }, world, "service");
  if (u.yesNo === undefined) return undefined;
  if (u.yesNo === "yes") return ask(d, world, "change");
  const left = d.task === "moving" ? "All right, it stays as it is." : "All right, I won't book it.";
  return ask(afterTask(d), world, "anything-else", left);
}

function onBody(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (u.plain.length < 3 || (u.yesNo !== undefined && u.plain.split(" ").length < 3)) return undefined;
  const { draft } = d;
  const urgency = u.intents.has("urgent") ? "high" : (draft?.urgency ?? "normal");
  const subject = draft?.subject ?? "Message from a caller";
  const learned = { ...d, name: d.name ?? u.name, draft: { subject, body: u.text.trim(), urgency } as const };
  return next(learned, world, vary(d, "I've noted that.", "All right."));
}

function onAnythingElse(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (!bare(u) || u.wantsBooking || u.intents.has("question")) return undefined;
  const done = u.yesNo === "no" || (u.intents.has("thanks") && u.name === undefined);
  if (!done && u.yesNo === "yes" && d.ask === "anything-else" && u.plain.split(" ").length <= 3) {
    return reply(d, "help", "Sure.", "What can I do for you?");
  }
  return done && (d.ask === "anything-else" || d.turn > 1) ? goodbye(d, "goodbye", ...farewell(d, world)) : undefined;
}
