/** The words of her questions. Short, one question at a time. */
import { sayList, sayPhone, sayTime } from "../speak.ts";
import type { Ask, Dialogue, World } from "./dialogue.ts";
import { vary } from "./dialogue.ts";

/** More names than this are forgotten before the sentence ends. */
const MAX_NAMES = 5;

/** A service's name inside a sentence: "Hair colour" → "hair colour", "IPL" stays. */
export function inSentence(name: string): string {
  return /^[A-Z][a-z]/.test(name) ? name[0]!.toLowerCase() + name.slice(1) : name;
}

/** The question that `ask` stands for, as the state has it. */
export function question(d: Dialogue, ask: Ask, { settings, caller }: World): string {
  switch (ask) {
    case "help":
      return vary(d, "How can I help you?", "What can I do for you?");
    case "service":
      return serviceQuestion(
        d,
        settings.services.map(({ name }) => name),
      );
    case "day":
      return dayQuestion(d);
    case "choice":
      return choiceQuestion(d);
    case "offer":
      return vary(d, "Would that work for you?", "Shall I take that one?");
    case "name":
      if (d.task === "moving" || d.task === "cancelling") return "What name is the booking under?";
      return vary(d, "What name shall I put down?", "May I have your name, please?");
    case "phone-offer":
      return "Can we reach you on the number you are calling from?";
    case "phone":
      if (d.task === "moving" || d.task === "cancelling") return "Which phone number is the booking under?";
      return d.digits === ""
        ? vary(d, "What number can we reach you on?", "Which phone number can we reach you on?")
        : "And the rest of the number?";
    case "phone-check":
      return `That's ${sayPhone(d.phone ?? caller.phone ?? "", settings.country)}. Is that right?`;
    case "which":
      return whichQuestion(d);
    case "pin":
      return "Please type your PIN on the keypad, then the hash key.";
    case "owner-change":
      return vary(d, "What would you like to change: opening hours, a price or a notice?", "What else shall I change?");
    case "owner-confirm":
      return "Shall I save it?";
    case "confirm":
      return confirmQuestion(d);
    case "change":
      return d.task === "moving"
        ? "When would suit you instead?"
        : "What should I change: the service, the day, the time or the name?";
    case "body":
      return vary(d, "What is it about?", "What would you like me to pass on?");
    case "offer-message":
      return "Shall I take a message so that somebody calls you back?";
    case "anything-else":
      return vary(d, "Is there anything else I can help you with?", "Can I help you with anything else?");
  }
}

function dayQuestion(d: Dialogue): string {
  const { date, time, window, part } = d.when;
  if (date !== undefined) return vary(d, "What time would suit you?", "And at what time?");
  if (time !== undefined || window || part) return vary(d, "On which day?", "And which day would that be?");
  return vary(d, "What day and time would suit you?", "When would you like to come?");
}

function serviceQuestion(d: Dialogue, names: readonly string[]): string {
  const choices = d.serviceChoices.length > 0 ? d.serviceChoices.map(({ name }) => name) : names;
  const said = choices.slice(0, MAX_NAMES).map((name) => name.toLowerCase());
  const more = choices.length > MAX_NAMES ? ", among others" : "";
  if (said.length === 0) return "What would you like to come in for?";
  return `Which service would you like? We have ${sayList(said, d.serviceChoices.length > 0 ? "or" : "and")}${more}.`;
}

function choiceQuestion(d: Dialogue): string {
  const times = d.offers.map(({ time }) => sayTime(time));
  return `I have ${sayList(times, "or")}. Which would you like?`;
}

function whichQuestion({ appointments }: Dialogue): string {
  const all = appointments.map(({ service, says }) => `${inSentence(service)} on ${says}`);
  return `You have ${sayList(all, "and")}. Which one is it?`;
}

function confirmQuestion(d: Dialogue): string {
  const held = inSentence(d.held?.service ?? "appointment");
  if (d.task === "cancelling") return `Shall I cancel your ${held} on ${d.held?.says ?? ""}?`;
  if (d.task === "moving") return `So, your ${held} moves to ${d.slot?.says ?? ""}. Is that right?`;
  return `So, ${inSentence(d.service?.name ?? "appointment")}, ${d.slot?.says ?? ""}, for ${d.name ?? ""}. Shall I book it?`;
}
