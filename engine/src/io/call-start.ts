/** What a media thread gives a call that begins, besides its socket and its models. */
import { randomInt } from "node:crypto";
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import { findSmartTurn, openSmartTurn } from "@sk-voice/models/io/smart-turn.ts";
import type { TurnModel } from "@sk-voice/models/ports.ts";
import type { CallInfo } from "../call/events.ts";
import type { PipelineRandom } from "../call/pipeline.ts";
import { CallSession, type SessionDeps } from "../call/session.ts";
import type { MediaTerms } from "../call/terms.ts";
import { TapedSession, type TapeSink } from "../replay/taped-session.ts";
import type { Log } from "./log.ts";

/** The end-of-turn model that was added; without one, or when it cannot be loaded, words and silence decide. */
export async function openTurnModel(folder: string, log: Log): Promise<{ turnModel?: TurnModel }> {
  try {
    const config = findSmartTurn(folder);
    if (!config) return {};
    const turnModel = openSmartTurn(config);
    await turnModel.warm();
    log.info({ model: turnModel.name }, "turns are heard to end");
    return { turnModel };
  } catch (err) {
    log.error({ err }, "the end-of-turn model cannot be used; words and silence decide");
    return {};
  }
}

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
