/** The task's next step: the first thing missing, by the table in `dialogue.ts`. */

import { hhmm } from "../nlu/clock-time.ts";
import type { When } from "../nlu/dates.ts";
import { defaultService } from "../nlu/services.ts";
import {
  type Ask,
  callTool,
  type Dialogue,
  type Reply,
  reply,
  type ToolRequest,
  vary,
  type World,
} from "./dialogue.ts";
import { question } from "./questions.ts";

/** `say` comes first: what was just learned. */
export function next(d: Dialogue, world: World, ...say: readonly string[]): Reply {
  if (d.task === "booking") return nextOfBooking(d, world, say);
  if (d.task === "message") return nextOfMessage(d, world, say);
  if (d.task === "moving" || d.task === "cancelling") return nextOfChange(d, world, say);
  return ask(d, world, d.ask === "help" && d.turn <= 1 ? "help" : "anything-else", ...say);
}

export function ask(d: Dialogue, world: World, what: Ask, ...say: readonly string[]): Reply {
  return reply(d, what, ...say, question({ ...d, ask: what }, what, world));
}

function nextOfBooking(d: Dialogue, world: World, say: readonly string[]): Reply {
  const service = d.service ?? (d.serviceChoices.length > 0 ? undefined : defaultService(world.settings.services));
  if (!service) return ask(d, world, "service", ...say);
  const known = { ...d, service };
  if (!known.slot) return findSlot(known, world, say);
  const who = missingCaller(known, world, say);
  return who ?? ask(withCaller(known, world), world, "confirm", ...say);
}

function nextOfChange(d: Dialogue, world: World, say: readonly string[]): Reply {
  if (d.appointments.length === 0) return findAppointments(d, world, say);
  if (!d.held) return ask(d, world, "which", ...say);
  return d.task === "moving" && !d.slot ? findSlot(d, world, say) : ask(d, world, "confirm", ...say);
}

/** By the calling number first; then by name and number told, the name because a number alone could be anybody's. */
function findAppointments(d: Dialogue, world: World, say: readonly string[]): Reply {
  const { caller } = world;
  const look = vary(d, "Let me look.", "One moment, let me look.");
  if (!d.lookedUp && caller.phone !== null) return callTool(d, { name: "find_contact", arguments: {} }, ...say, look);
  if (d.name === undefined) return ask(d, world, "name", ...say);
  if (d.phoneToCheck) return ask(d, world, "phone-check", ...say);
  if (d.phone === undefined) return ask({ ...d, lookedUp: true }, world, "phone", ...say);
  const request = { name: "find_contact", arguments: { name: d.name, phone: d.phone } };
  return callTool({ ...d, lookedUp: true }, request, ...say, look);
}

function findSlot(d: Dialogue, world: World, say: readonly string[]): Reply {
  const request = availabilityRequest(d);
  if (!request) return ask(d, world, "day", ...say);
  return callTool(d, request, ...say, vary(d, "Let me check.", "One moment, let me look.", "Let me see."));
}

function availabilityRequest({ service, when }: Dialogue): ToolRequest | undefined {
  const about = { service: service?.name ?? "", ...timeArguments(when) };
  if (when.date !== undefined) return { name: "check_availability", arguments: { ...about, date: when.date } };
  if (when.range) return { name: "check_availability", arguments: { ...about, ...when.range } };
  if (!when.earliest) return undefined;
  const part = when.part === undefined ? {} : { part_of_day: when.part };
  return { name: "find_next_opening", arguments: { service: about.service, ...part } };
}

const END_OF_DAY = 24 * 60;

function timeArguments({ time, window, part }: When): Record<string, string> {
  return {
    ...(time === undefined ? {} : { time }),
    ...(window && window.fromMinutes > 0 ? { after: hhmm(window.fromMinutes) } : {}),
    ...(window && window.toMinutes < END_OF_DAY ? { before: hhmm(window.toMinutes) } : {}),
    ...(part === undefined ? {} : { part_of_day: part }),
  };
}

/** Name and number, which both tasks need. */
function missingCaller(d: Dialogue, world: World, say: readonly string[]): Reply | undefined {
  const { caller } = world;
  if (d.name === undefined && caller.name === null) return ask(d, world, "name", ...say);
  if (d.phoneToCheck) return ask(d, world, "phone-check", ...say);
  // A known caller's number is on file.
  if (d.phone !== undefined || (caller.name !== null && caller.phone !== null)) return undefined;
  return ask(d, world, caller.phone === null || d.digits !== "" ? "phone" : "phone-offer", ...say);
}

function withCaller(d: Dialogue, { caller }: World): Dialogue {
  return { ...d, name: d.name ?? caller.name ?? undefined };
}

function nextOfMessage(d: Dialogue, world: World, say: readonly string[]): Reply {
  if (!d.draft || d.draft.body === "") return ask(d, world, "body", ...say);
  const who = missingCaller(d, world, say);
  if (who) return who;
  const { name, phone } = withCaller(d, world);
  const { subject, body, urgency } = d.draft;
  const checked = phone === undefined || phone.startsWith("+");
  const request = {
    name: "take_message",
    arguments: {
      ...(name === undefined ? {} : { name }),
      ...(phone !== undefined && checked ? { phone } : {}),
      subject,
      // A number that could not be checked is still worth passing on.
      body: checked ? body : `${body} (number given: ${phone})`,
      urgency,
    },
  };
  return callTool(d, request, ...say);
}

/** What was hardly heard. It counts as a miss, so that nobody hears it three times. */
export function sayAgain(d: Dialogue): Reply {
  return reply({ ...d, misses: d.misses + 1 }, d.ask, d.prompt);
}
