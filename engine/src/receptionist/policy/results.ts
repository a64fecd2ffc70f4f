/** A tool's result to the rest of the reply. */
import { afterTask, onAvailability, onBooked } from "./booking.ts";
import type { Dialogue, Reply, World } from "./dialogue.ts";
import { onMessage } from "./message.ts";
import { ask } from "./next.ts";

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
    case "answer_from_knowledge":
      return onAnswer(d, world, result);
    default:
      return { state: d, say: [], calls: [] };
  }
}

function onAnswer(d: Dialogue, world: World, result: { found?: boolean; answer?: string }): Reply {
  const found = result.found === true && typeof result.answer === "string";
  if (found) {
    // Back to where they were; without a task, what else there is.
    return d.task === "none"
      ? ask(afterTask(d), world, "anything-else", result.answer ?? "")
      : ask(d, world, d.ask, result.answer ?? "");
  }
  const unknown = "I don't know that, I'm afraid.";
  if (d.task !== "none") return ask(d, world, d.ask, unknown);
  if (d.messageTaken) return ask(d, world, "anything-else", unknown);
  return ask(d, world, "offer-message", unknown);
}
