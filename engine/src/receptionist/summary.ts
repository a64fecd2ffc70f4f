/** What a call came to, said from its facts and its words alone: the same call always gives the same summary. */
import type { Outcome, Sentiment, TranscriptLine } from "@sk-voice/api/contract/index.ts";
import { type Friction, NO_FRICTION, sentimentOf } from "@sk-voice/models/sentiment.ts";
import type { ToolFact } from "./facts.ts";

export interface CallEvidence {
  readonly lines: readonly TranscriptLine[];
  readonly facts: readonly ToolFact[];
  /** Fields of the CRM session, as known to the call. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface CallSummary {
  readonly outcome: Outcome;
  /** At most 1,000 characters. */
  readonly summary: string;
  readonly sentiment: Sentiment;
}

const MAX_SUMMARY = 1000;
const MAX_QUOTE = 160;

export function summarise({ lines, facts, fields }: CallEvidence): CallSummary {
  const said = lines.filter(({ speaker, text }) => speaker === "caller" && text !== "").map(({ text }) => text);
  const outcome = outcomeOf(facts);
  const who = nameOf(facts, fields);
  const sentences = facts.map((fact) => sentence(fact, who)).filter((text) => text !== "");
  const told = sentences.length > 0 ? [...new Set(sentences)] : [withoutFacts(said, who)];
  return {
    outcome,
    summary: told.join(" ").slice(0, MAX_SUMMARY),
    sentiment: sentimentOf(said, frictionOf(lines, said)),
  };
}

/** Shorter answers ("yes please") are repeated in every call. */
const MIN_REPEATED_WORDS = 3;
const ASKED_AGAIN =
  /\b(?:didn't (?:quite )?(?:get|catch) that|not sure I understood|not very clear|having trouble understanding)\b/;

/** What the transcript shows of it: the same words twice, and every time she had to ask again. */
function frictionOf(lines: readonly TranscriptLine[], said: readonly string[]): Friction {
  const seen = new Set<string>();
  let repeats = 0;
  for (const text of said.map((line) =>
    line
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s]/gu, "")
      .trim(),
  )) {
    if (seen.has(text) && text.split(/\s+/).length >= MIN_REPEATED_WORDS) repeats++;
    seen.add(text);
  }
  const misunderstandings = lines.filter(({ speaker, text }) => speaker === "agent" && ASKED_AGAIN.test(text)).length;
  return { ...NO_FRICTION, repeats, misunderstandings };
}

/** The weightiest thing that happened. A sales call counts as a wrong number: nobody to sell to, nobody to call back. */
function outcomeOf(facts: readonly ToolFact[]): Outcome {
  const has = (type: ToolFact["type"]) => facts.some((fact) => fact.type === type);
  if (has("escalated")) return "escalated";
  if (has("owner-updated")) return "owner_update";
  if (has("booked")) return "booked";
  if (has("rescheduled")) return "rescheduled";
  if (has("cancelled")) return "cancelled";
  if (has("message-taken")) return "message_taken";
  // A goodbye that the caller talked over, and more came of it, was not the end.
  const last = facts.findLast((fact) => fact.type !== "field" && fact.type !== "interest");
  if (last?.type === "ended" && (last.reason === "wrong_number" || last.reason === "spam")) return "wrong_number";
  return has("answered") ? "answered" : "abandoned";
}

function nameOf(facts: readonly ToolFact[], fields: Readonly<Record<string, string>>): string {
  const told = facts.findLast((fact) => fact.type === "field" && fact.name === "name");
  return (told?.type === "field" ? told.value : fields["name"]) || "The caller";
}

function sentence(fact: ToolFact, who: string): string {
  switch (fact.type) {
    case "booked":
      return `${who} booked ${fact.service} for ${fact.says}.`;
    case "rescheduled":
      return `${who} moved ${fact.service} to ${fact.says}.`;
    case "cancelled":
      return `${who} cancelled ${fact.service} on ${fact.says}.`;
    case "escalated":
      return `${who} was put through to a human (${fact.reason}).`;
    case "owner-updated":
      return `The owner changed by voice (version ${fact.version}): ${fact.says}.`;
    case "message-taken":
      return `${who} left a message (${fact.message.subject}): ${quote(fact.message.body)}`;
    case "answered":
      return `${who} asked ${quote(fact.question)} and was answered.`;
    case "unanswered":
      return `${who} asked ${quote(fact.question)}, which she could not answer.`;
    case "ended":
      return fact.reason === "goodbye" ? "" : ENDINGS[fact.reason];
    case "interest":
    case "field":
      return "";
  }
}

const ENDINGS = {
  wrong_number: "It was a wrong number.",
  spam: "It was a sales call.",
  abuse: "She ended the call because of abusive language.",
  no_answer: "Nobody spoke any more.",
} as const;

function withoutFacts(said: readonly string[], who: string): string {
  const last = said.at(-1);
  if (last === undefined) return "The caller hung up without saying anything.";
  return `${who} left without booking or a message. Last words: ${quote(last)}`;
}

function quote(text: string): string {
  const short = text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE - 1)}…` : text;
  return `“${short}”`;
}
