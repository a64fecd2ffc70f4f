/**
 * The owner on the line: PIN by keys, then one change after the other, each read back and confirmed. The tables are in `dialogue.ts`; every question here is of
 * the task `owner`.
 */
import type { OwnerChange } from "@sk-voice/api/contract/index.ts";
import { parseOwnerChange } from "../nlu/owner-change.ts";
import { PIN_TYPED } from "../pin-pad.ts";
import { sayChange } from "../tools/owner.ts";
import { afterTask } from "./booking.ts";
import { callTool, type Dialogue, goodbye, type Reply, vary, type World } from "./dialogue.ts";
import { farewell } from "./farewell.ts";
import { ask } from "./next.ts";
import type { Understanding } from "./understand.ts";

const WANTS_OWNER =
  /\b(?:i am|i'm|this is) (?:the |your )?(?:owner|boss|manager)\b|\bowner (?:access|mode|menu|login)\b|\b(?:change|update|edit) (?:our|my|the) (?:opening hours|hours|timings?|prices?|price list|notices?)\b/;

/** Only from a number: without one nobody can be verified. */
export function ownerCalls(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (d.task === "owner" || !WANTS_OWNER.test(u.plain)) return undefined;
  if (world.caller.phone === null) {
    return ask(d, world, "anything-else", "For that you have to call from your registered number.");
  }
  if (d.ownerVerified) return ask({ ...afterTask(d), task: "owner" }, world, "owner-change");
  return ask({ ...afterTask(d), task: "owner" }, world, "pin", vary(d, "Sure.", "Of course."));
}

/** Before everything else while the owner is on the line: "Monday nine to six" is no booking. */
export function ownerSays(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (d.task !== "owner") return undefined;
  // Who is asked for a PIN and asks something else may not be the owner.
  if (d.ask === "pin" && (u.wantsBooking || (u.intents.has("question") && world.knows(u.text)))) return undefined;
  if (d.ask === "pin") return onPin(d, u, world);
  if (d.ask === "owner-confirm" && d.ownerChange) return onConfirm(d, d.ownerChange, u, world);
  const change = parseOwnerChange(u.text, world.settings.services);
  if (change) return readBack(d, change, world);
  if (u.intents.has("goodbye") || u.intents.has("never-mind") || (u.yesNo === "no" && u.plain.split(" ").length <= 6)) {
    return goodbye(afterTask(d), "goodbye", ...farewell(d, world));
  }
  const hint =
    "For example: on Saturday from ten to two. Or: a haircut costs six hundred rupees. Or: tell callers that.";
  return ask({ ...d, misses: d.misses + 1 }, world, "owner-change", ...(u.yesNo === "yes" ? [] : [hint]));
}

function onPin(d: Dialogue, u: Understanding, world: World): Reply {
  if (u.text === PIN_TYPED) return callTool(d, { name: "verify_owner", arguments: {} }, "One moment.");
  if (u.yesNo === "no" || u.intents.has("never-mind")) return ask(afterTask(d), world, "anything-else", "No problem.");
  return ask({ ...d, misses: d.misses + 1 }, world, "pin", "I can't take it by voice.");
}

function readBack(d: Dialogue, change: OwnerChange, world: World): Reply {
  return ask({ ...d, ownerChange: change }, world, "owner-confirm", `So: ${sayChange(change, world.settings)}.`);
}

function onConfirm(d: Dialogue, change: OwnerChange, u: Understanding, world: World): Reply {
  const other = parseOwnerChange(u.text, world.settings.services);
  if (other) return readBack(d, other, world);
  if (u.yesNo === "yes") return callTool(d, { name: "change_knowledge", arguments: { change } });
  if (u.yesNo === "no")
    return ask({ ...d, ownerChange: undefined }, world, "owner-change", "All right, I won't save it.");
  return ask({ ...d, misses: d.misses + 1 }, world, "owner-confirm", `So: ${sayChange(change, world.settings)}.`);
}

export function onVerified(
  d: Dialogue,
  world: World,
  result: { verified?: boolean; attempts_left?: number; error?: string },
): Reply {
  if (result.verified === true) return ask({ ...d, ownerVerified: true }, world, "owner-change", "Thank you.");
  if (result.error === "no_pin") return ask(d, world, "pin");
  if (result.error !== undefined)
    return ask(afterTask(d), world, "anything-else", "I can't check that at the moment, I'm sorry.");
  if ((result.attempts_left ?? 0) > 0) return ask(d, world, "pin", "That is not right.");
  return ask(afterTask(d), world, "anything-else", "That is not right. For your safety this is locked for a while.");
}

export function onSaved(d: Dialogue, world: World, result: { status?: string }): Reply {
  const done = { ...d, ownerChange: undefined };
  if (result.status === "saved") return ask(done, world, "owner-change", "Saved.");
  return ask(done, world, "owner-change", "I could not save that, I'm sorry.");
}
