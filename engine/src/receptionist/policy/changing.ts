/** Moving and cancelling: which appointment, where to, and what came of it. */
import type { When } from "../nlu/dates.ts";
import type { Held } from "../tools/appointment-memory.ts";
import type { Opening } from "../tools/slot-memory.ts";
import { afterTask, applyWhen, calendarDown, offerNext } from "./booking.ts";
import { callTool, type Dialogue, type Reply, vary, type World } from "./dialogue.ts";
import { startMessage } from "./message.ts";
import { ask, next } from "./next.ts";
import { inSentence } from "./questions.ts";
import { saysWhen, type Understanding, understand, withCallerSaid } from "./understand.ts";

export function startChange(d: Dialogue, world: World, task: "moving" | "cancelling", u: Understanding): Reply {
  const subject = task === "moving" ? "Move an appointment" : "Cancel an appointment";
  const fresh = { ...withCallerSaid(afterTask(d), u), task };
  const draft = { subject, body: u.text.trim(), urgency: "normal" } as const;
  const timed = applyWhen({ ...fresh, draft }, task === "moving" ? movedTo(u, fresh, world) : u);
  return next(timed, world, vary(d, "Sure.", "Of course."));
}

/** "My Tuesday appointment to Friday": what follows the last "to" is the new time. */
function movedTo(u: Understanding, d: Dialogue, world: World): Understanding {
  const target = /\bto\b(?!.*\bto\b)(.+)$/i.exec(u.text)?.[1];
  const read = target === undefined ? u : understand(target, { ...d, ask: "day" }, world);
  return saysWhen(read) ? read : u;
}

interface Found {
  readonly found?: boolean;
  readonly appointments?: readonly Held[];
  readonly error?: string;
}

export function onContact(d: Dialogue, world: World, result: Found): Reply {
  if (result.error === "invalid_phone") return ask({ ...d, phone: undefined, digits: "" }, world, "phone");
  if (result.error !== undefined) return calendarDown(d, world);
  const appointments = result.appointments ?? [];
  if (appointments.length === 0) return notFound(d, world);
  const fits = appointments.filter((each) => meant(each, d.when));
  const one = fits.length === 1 ? fits[0] : appointments.length === 1 ? appointments[0] : undefined;
  return one ? holding({ ...d, appointments }, one, world) : ask({ ...d, appointments }, world, "which");
}

/** Under another number perhaps; after that a human has to look. */
function notFound(d: Dialogue, world: World): Reply {
  if (d.lookedUp) {
    const sorry = "I can't find that appointment, I'm sorry.";
    return ask({ ...afterTask(d), draft: d.draft }, world, "offer-message", sorry);
  }
  const asking = { ...d, lookedUp: true, phone: undefined, phoneToCheck: false, digits: "" };
  return next(asking, world, "I don't see an appointment under the number you are calling from.");
}

/** "My Tuesday appointment": the time said is the one it has. */
function meant({ date, time }: Held, when: When): boolean {
  if (when.date === undefined && when.time === undefined) return false;
  return (when.date ?? date) === date && (when.time ?? time) === time;
}

export function holding(d: Dialogue, held: Held, world: World): Reply {
  const service = world.settings.services.find(({ name }) => name === held.service);
  if (!service && d.task === "moving") return startMessage(d, world, "reschedule", undefined);
  const when = meant(held, d.when) ? {} : d.when;
  const known = { ...d, held, service, when };
  const have = `You have ${inSentence(held.service)} on ${held.says}.`;
  return next(known, world, ...(d.task === "moving" ? [have] : []));
}

export function onWhich(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  const byWhen = d.appointments.filter((each) => meant(each, u.when));
  const byService = d.appointments.filter(({ service }) => u.services.some(({ name }) => name === service));
  const ordinal = u.ordinal === undefined ? undefined : d.appointments.at(u.ordinal);
  const one = byWhen.length === 1 ? byWhen[0] : byService.length === 1 ? byService[0] : ordinal;
  return one && holding(d, one, world);
}

export function change(d: Dialogue): Reply {
  const appointment_id = d.held?.appointment_id ?? "";
  if (d.task === "cancelling") return callTool(d, { name: "cancel_appointment", arguments: { appointment_id } });
  const request = { name: "reschedule_appointment", arguments: { appointment_id, slot_id: d.slot?.slot_id ?? "" } };
  return callTool(d, request, vary(d, "One moment.", "I'm moving it now."));
}

interface Changed {
  readonly status?: string;
  readonly service?: string;
  readonly says?: string;
  readonly next?: Opening | null;
  readonly error?: string;
}

export function onChanged(d: Dialogue, world: World, result: Changed): Reply {
  const what = inSentence(result.service ?? "appointment");
  if (result.status === "rescheduled") {
    return ask(afterTask(d), world, "anything-else", `Done: your ${what} is now on ${result.says ?? ""}.`);
  }
  if (result.status === "cancelled") {
    return ask(afterTask(d), world, "anything-else", `Your ${what} on ${result.says ?? ""} is cancelled.`);
  }
  if (result.status === "slot_taken") {
    const again = offerNext({ ...d, slot: undefined, when: { earliest: true } }, world, { next: result.next ?? null });
    return { ...again, say: ["Oh, that one was taken just now, I'm sorry.", ...again.say] };
  }
  if (result.error === "unknown_slot") return next({ ...d, slot: undefined }, world);
  return calendarDown(d, world);
}
