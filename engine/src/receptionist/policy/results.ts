/** A tool's result to the rest of the reply. */
import { afterTask, onAvailability, onBooked } from "./booking.ts";
import { onChanged, onContact } from "./changing.ts";
import type { Dialogue, Reply, World } from "./dialogue.ts";
import { escalate, onHandedOver } from "./handing-over.ts";
import { onMessage } from "./message.ts";
import { ask } from "./next.ts";
import { onSaved, onVerified } from "./owner.ts";

/** `result` is what the tool's JSON said; anything that is not an object counts as a failure. */
export function onResult(d: Dialogue, tool: string, result: Readonly<Record<string, unknown>>, world: World): Reply {
  switch (tool) {
    case "check_availability":
    case "find_next_opening":
      return onAvailability(d, world, result);
    case "book_appointment":
      return onBooked(d, world, result);
    case "take_message":
      return onMessage(d, world, result);
    case "find_contact":
      return onContact(d, world, result);
    case "reschedule_appointment":
    case "cancel_appointment":
      return onChanged(d, world, result);
    case "verify_owner":
      return onVerified(d, world, result);
    case "change_knowledge":
      return onSaved(d, world, result);
    case "escalate":
      return onHandedOver(d, world, result);
    case "answer_from_knowledge":
      return onAnswer(d, world, result);
    default:
      return { state: d, say: [], calls: [] };
  }
}

function onAnswer(d: Dialogue, world: World, result: { found?: boolean; answer?: string }): Reply {
  const over = { ...d, failures: 0 };
  const found = result.found === true && typeof result.answer === "string";
  if (found) {
    // Back to where they were; without a task, what else there is.
    return d.task === "none"
      ? ask(afterTask(over), world, "anything-else", result.answer ?? "")
      : ask(over, world, d.ask, result.answer ?? "");
  }
  const failed = { ...d, failures: d.failures + 1 };
  const handingOver = escalate(failed, world);
  if (handingOver) return handingOver;
  return unknown(failed, world);
}

function unknown(d: Dialogue, world: World): Reply {
  const sorry = "I don't know that, I'm afraid.";
  if (d.task !== "none") return ask(d, world, d.ask, sorry);
  if (d.messageTaken) return ask(d, world, "anything-else", sorry);
  return ask(d, world, "offer-message", sorry);
}
