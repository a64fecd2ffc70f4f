/** Answers a question from what the owner wrote, the opening hours and the price list, and from nothing else. */
import type { AgentSettings, Service } from "@sk-voice/api/contract/index.ts";
import { localDate, parseWhen } from "../nlu/dates.ts";
import { normalise } from "../nlu/normalise.ts";
import { findServices } from "../nlu/services.ts";
import { sayHours, sayHoursOf, sayList, sayMoney, sayService } from "../speak.ts";
import type { KnowledgeIndex } from "./retrieve.ts";

export interface Answer {
  readonly text: string;
  /** `null` when it came from hours, prices or services. */
  readonly knowledgeId: string | null;
  /** Services it was about. */
  readonly serviceIds: readonly string[];
}

/** The owner's own words win over what is built in only when they match this well. */
const SURE = 0.7;

const HOURS = /\b(?:open|opening|close|closes|closing|closed|hours|timings?|working days?|what time do you)\b/;
const PRICE = /\b(?:price|prices|pricing|cost|costs|how much|charge|charges|fee|fees|rates?|expensive)\b/;
const SERVICES = /\b(?:services|what do you (?:do|offer)|do you (?:do|offer)|menu|treatments)\b/;
const DURATION = /\b(?:how long|duration|how many (?:minutes|hours)|take long)\b/;
const IDENTITY =
  /\b(?:who(?:'s| is| am i) (?:this|speaking|talking|calling|you)|who are you|your name|am i (?:speaking|talking) (?:to|with)|are you (?:a |an )?(?:robot|bot|human|real|machine|computer|ai|person)|is this (?:a |an )?(?:robot|bot|recording|machine|ai|real person))\b/;

/** `undefined`: she does not know. */
export function answerQuestion(
  question: string,
  settings: AgentSettings,
  index: KnowledgeIndex,
  nowEpochMs: number,
): Answer | undefined {
  const match = index.find(question);
  const owners: Answer | undefined = match && { text: match.entry.answer, knowledgeId: match.entry.id, serviceIds: [] };
  if (owners && match && match.score >= SURE) return owners;
  return builtIn(question, settings, nowEpochMs) ?? owners;
}

function builtIn(question: string, settings: AgentSettings, nowEpochMs: number): Answer | undefined {
  const plain = normalise(question);
  if (IDENTITY.test(plain)) {
    return plainAnswer(`I'm ${settings.agent_name}, an AI assistant answering for ${settings.business_name}.`);
  }
  const services = findServices(question, settings.services);
  if (PRICE.test(plain)) return priceAnswer(services, settings);
  if (DURATION.test(plain) && services.length > 0) return plainAnswer(services.map(sayService).join(" "), services);
  if (HOURS.test(plain)) return plainAnswer(hoursAnswer(question, settings, nowEpochMs));
  if (SERVICES.test(plain) && settings.services.length > 0) {
    const known = services.length > 0 ? services : undefined;
    const names = sayList(
      (known ?? settings.services).slice(0, 6).map(({ name }) => name.toLowerCase()),
      "and",
    );
    return plainAnswer(`${known ? "Yes, we" : "We"} offer ${names}.`, services);
  }
  return undefined;
}

function plainAnswer(text: string, services: readonly { id: string }[] = []): Answer {
  return { text, knowledgeId: null, serviceIds: services.map(({ id }) => id) };
}

function priceAnswer(asked: readonly Service[], settings: AgentSettings): Answer | undefined {
  const priced = (asked.length > 0 ? asked : settings.services).filter(({ price }) => price !== null);
  if (priced.length === 0) return undefined;
  const said = priced.slice(0, 4).map(({ name, price }) => `${name} is ${price ? sayMoney(price) : ""}`);
  return plainAnswer(`${sayList(said, "and")}.`, asked);
}

function hoursAnswer(question: string, settings: AgentSettings, nowEpochMs: number): string {
  const { date } = parseWhen(question, { nowEpochMs, settings, bare: false });
  if (date === undefined) return sayHours(settings.hours);
  return sayHoursOf(settings.hours, date, localDate(nowEpochMs, settings.time_zone).toString());
}
