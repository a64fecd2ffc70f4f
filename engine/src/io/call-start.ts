/** What a media thread gives a call that begins, besides its socket and its models. */
import { randomInt } from "node:crypto";
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import type { CallInfo } from "../call/events.ts";
import type { PipelineRandom } from "../call/pipeline.ts";
import { CallSession, type SessionDeps } from "../call/session.ts";
import type { MediaTerms } from "../call/terms.ts";
import { TapedSession, type TapeSink } from "../replay/taped-session.ts";

/** What callers of every business say, and the recogniser mishears on a phone line ("go and buy"). */
const EVERYDAY_PHRASES = ["goodbye", "no, thank you", "yes, please", "appointment", "tomorrow"];

export function vocabularyOf(agent: AgentSettings): readonly string[] {
  return [...agent.services.flatMap((service) => [service.name, ...service.aliases]), ...EVERYDAY_PHRASES];
}

/** RFC 3550 section 5.1: these begin anywhere. */
export function rtpRandom(): PipelineRandom {
  return { ssrc: randomInt(2 ** 32), firstSequence: randomInt(2 ** 15), firstTimestampTicks: randomInt(2 ** 32) };
}

export function openSession(
  deps: SessionDeps,
  info: CallInfo,
  terms: MediaTerms,
  tape: TapeSink | undefined,
): CallSession {
  return tape ? TapedSession.open(deps, info, terms, tape) : new CallSession(deps, info, terms);
}
