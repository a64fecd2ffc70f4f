/** Messages: why one is taken, and what is said around it. */

import { afterTask } from "./booking.ts";
import type { Dialogue, Draft, Reply, World } from "./dialogue.ts";
import { ask, next } from "./next.ts";
import { type Understanding, withCallerSaid } from "./understand.ts";

type Reason = "cancel" | "reschedule" | "human" | "message";

/** Fewer are an answer that was not understood, not a part of the message. */
const FEWEST_WORDS = 5;

const SUBJECTS: Readonly<Record<Reason, string>> = {
  cancel: "Cancel an appointment",
  reschedule: "Move an appointment",
  human: "Call back requested",
  message: "Message from a caller",
};
const OPENINGS: Readonly<Record<Reason, string>> = {
  cancel: "I can't cancel it myself, but I'll pass it on right away.",
  reschedule: "I can't move it myself, but I'll pass it on right away.",
  human: "Nobody is free to take your call right now, but I can take a message.",
  message: "Of course, I'll take a message.",
};

export function startMessage(d: Dialogue, world: World, reason: Reason, u: Understanding | undefined): Reply {
  if (d.messageTaken) return ask(afterTask(d), world, "anything-else", "I've already passed on your message.");
  const selfExplaining = reason === "cancel" || reason === "reschedule";
  const draft: Draft = {
    subject: SUBJECTS[reason],
    body: bodyOf(d, selfExplaining, u),
    urgency: u?.intents.has("urgent") ? "high" : "normal",
  };
  const known = u ? withCallerSaid(afterTask(d), u) : afterTask(d);
  return next({ ...known, task: "message", draft }, world, OPENINGS[reason]);
}

function bodyOf(d: Dialogue, selfExplaining: boolean, u: Understanding | undefined): string {
  if (!u) return selfExplaining ? (d.draft?.body ?? "") : "";
  return selfExplaining ? u.text.trim() : messageInside(u.text);
}

/** "Tell him that the parcel is here": the message is in the request. */
function messageInside(text: string): string {
  return (
    /\b(?:tell|inform|let) (?:the |dr\.? |doctor |mr\.? |ms\.? |mrs\.? )?\w+ (?:know )?(?:that )?(.{12,})/i
      .exec(text)?.[1]
      ?.trim() ?? ""
  );
}

/** Accepts an offered message; what it is about may be known from what failed. */
export function acceptMessage(d: Dialogue, world: World): Reply {
  if (d.messageTaken) return ask(afterTask(d), world, "anything-else", "I've already passed on your message.");
  const draft = d.draft ?? { subject: SUBJECTS.message, body: "", urgency: "normal" };
  return next({ ...d, task: "message", draft }, world, "All right.");
}

/** Instead of an answer the caller goes on telling: it belongs to the message, and the question is asked again. */
export function addToMessage(d: Dialogue, draft: Draft, u: Understanding, world: World): Reply | undefined {
  if (u.plain.split(" ").length < FEWEST_WORDS) return undefined;
  const body = [draft.body, u.text.trim()].filter(Boolean).join(" ");
  return next({ ...d, draft: { ...draft, body } }, world, "I've added that.");
}

export function onMessage(d: Dialogue, world: World, result: { status?: string; error?: string }): Reply {
  const over = { ...afterTask(d), messageTaken: true };
  if (result.status === "taken" || result.error === "already_taken") {
    return ask(over, world, "anything-else", "Thank you, I've passed it on, and somebody will get back to you.");
  }
  if (result.error === "invalid_phone") return ask({ ...d, phone: undefined, digits: "" }, world, "phone");
  return ask(afterTask(d), world, "anything-else", "I'm sorry, I could not save the message. Please call again later.");
}
