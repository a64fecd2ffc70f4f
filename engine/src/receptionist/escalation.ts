/**
 * When a call goes to a human without the caller having asked: the owner's rules, and the caller's mood. In code, so that it holds whatever model thinks.
 */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import { type Friction, sentimentOf } from "@sk-voice/models/sentiment.ts";
import type { EscalationTrigger } from "./facts.ts";
import { contentWords } from "./knowledge/stems.ts";
import { localDate, openSpans, toEpochMs } from "./nlu/dates.ts";
import { normalise } from "./nlu/normalise.ts";

/** Failures in a row (not understood, not known, a tool that did not work) after which a human should take over. */
const MAX_FAILURES = 2;

export interface EscalationInput {
  readonly settings: AgentSettings;
  /** E.164, `null` when withheld. */
  readonly from: string | null;
  /** What the caller has said so far, the last turn last. */
  readonly said: readonly string[];
  readonly friction: Friction;
  readonly failures: number;
  readonly nowEpochMs: number;
}

export interface Escalating {
  readonly trigger: EscalationTrigger;
  /** For the human. */
  readonly reason: string;
}

/** Somebody is named who takes calls, and takes them now. */
export function mayEscalate({ escalation, hours, time_zone }: AgentSettings, nowEpochMs: number): boolean {
  if (escalation.transfer_to === null || escalation.hours === "never") return false;
  if (escalation.hours === "always") return true;
  const date = localDate(nowEpochMs, time_zone).toString();
  return openSpans(hours, date).some(
    ({ fromMinutes, toMinutes }) =>
      nowEpochMs >= toEpochMs(date, fromMinutes, time_zone) && nowEpochMs < toEpochMs(date, toMinutes, time_zone),
  );
}

/** `undefined`: she goes on herself. Asked once for each turn of the caller, before she thinks about it. */
export function escalationOf(input: EscalationInput): Escalating | undefined {
  const { settings, said, from } = input;
  const { escalation } = settings;
  if (!mayEscalate(settings, input.nowEpochMs)) return undefined;
  const last = said.at(-1) ?? "";
  const named = namedIn(last, escalation.keywords, escalation.topics);
  if (named !== undefined) return { trigger: "rule", reason: named };
  if (from !== null && escalation.vip_numbers.includes(from)) return { trigger: "rule", reason: "VIP caller" };
  if (input.failures >= MAX_FAILURES) {
    return { trigger: "rule", reason: `${input.failures} failures in a row, the last at: ${last.slice(0, 200)}` };
  }
  const { score } = sentimentOf(said, input.friction);
  if (escalation.sentiment_below === null || score > escalation.sentiment_below) return undefined;
  return { trigger: "sentiment", reason: `The caller is upset (${score}): ${last.slice(0, 200)}` };
}

/** A keyword is said as written, a topic in any of its forms ("refunds" for "refund"). */
function namedIn(text: string, keywords: readonly string[], topics: readonly string[]): string | undefined {
  const plain = ` ${normalise(text)} `;
  const keyword = keywords.find((each) => plain.includes(` ${normalise(each)} `));
  if (keyword !== undefined) return `keyword: ${keyword}`;
  const words = new Set(contentWords(text));
  const topic = topics.find((each) => {
    const wanted = contentWords(each);
    return wanted.length > 0 && wanted.every((word) => words.has(word));
  });
  return topic === undefined ? undefined : `topic: ${topic}`;
}
