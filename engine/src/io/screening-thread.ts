/** What the calls of one media thread share for screening: the models, the spectrum, the recordings known. */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import { openRobocallModels } from "@sk-voice/models/io/robocall.ts";
import { FINGERPRINT_KEPT_MS, FingerprintStore, type Print } from "@sk-voice/models/robocall/fingerprint-store.ts";
import { Spectrum } from "@sk-voice/models/robocall/spectrum.ts";
import type { CallInfo } from "../call/events.ts";
import type { Suite } from "../receptionist/suite.ts";
import { CallScreening, type HeardPrint, type ScreeningModels } from "../screening/call-screening.ts";
import { policyOf } from "../screening/policy.ts";
import type { ScreeningPort, SessionScreening } from "../screening/session-screening.ts";
import { signallingOf } from "../screening/signalling.ts";
import { epochMs } from "./clock.ts";
import type { Log } from "./log.ts";

/** A round of the thread's ticks: calls that ask on the same beat are answered by one run. */
const GATHER_MS = 20;

/** Screening of one call on its thread. */
export interface ScreenedCall {
  readonly port: ScreeningPort;
  /** Once, at the latest when the call ends: false for a robocall. */
  readonly admitted: Promise<boolean>;
  /** A contact is let through at once. Only read: a caller who is none yet leaves no trace before the verdict. */
  recognise(suite: Suite, screening: SessionScreening): Promise<void>;
}

export class ScreeningThread {
  readonly #prints = new FingerprintStore();
  readonly #spectrum = new Spectrum();

  private constructor(
    private readonly models: ScreeningModels,
    private readonly log: Log,
  ) {}

  /** Loads the models (about 10 ms). @throws Error when the weights do not fit this program. */
  static async open(prints: readonly Print[], log: Log): Promise<ScreeningThread> {
    const thread = new ScreeningThread(await openRobocallModels(undefined, "cpu", GATHER_MS), log);
    for (const print of prints) thread.add(print);
    return thread;
  }

  /** `tell`: a robocall's recording, for every thread. */
  call(agent: AgentSettings, info: CallInfo, tell: (print: Print) => void): ScreenedCall {
    const { callId, from } = info;
    const admitted = Promise.withResolvers<boolean>();
    return {
      admitted: admitted.promise,
      port: {
        open: this.#for(agent, info),
        decided: ({ verdict, reason, score, atMs, groups, shadowed }) => {
          admitted.resolve(verdict !== "robocall");
          this.log.info({ callId, verdict, reason, score, atMs: Math.round(atMs), groups, shadowed }, "caller judged");
        },
        remember: (heard) => tell(printOf(callId, heard)),
      },
      recognise: async (suite, screening) => {
        try {
          if (from !== null && (await suite.contactByPhone(from))) screening.knownContact();
        } catch (err) {
          this.log.warn({ callId, err }, "the CRM does not tell whether the caller is known");
        }
      },
    };
  }

  /** A recording another thread, or an earlier run, has heard. */
  add(print: Print): void {
    this.#prints.add(print, epochMs());
  }

  /** The owner has released these calls: they were no robocalls. */
  forget(callIds: readonly string[]): void {
    for (const callId of callIds) this.#prints.forget(callId);
  }

  #for(agent: AgentSettings, info: CallInfo): ScreeningPort["open"] {
    const policy = policyOf(agent.screening);
    // Whom she calls herself is no robocall.
    if (policy.mode === "off" || info.direction === "outbound") return undefined;
    const { from, carrier, callsLastHour = 0 } = info;
    const verified = carrier?.headers.verdict;
    const attestation = verified === "failed" || verified === "none" ? undefined : verified;
    const to = agent.numbers.find((number) => info.to.includes(number)) ?? agent.numbers[0] ?? "";
    const signalling = signallingOf({ from, to, attestation, callsLastHour, knownContact: false });
    const shared = { models: this.models, prints: this.#prints, spectrum: this.#spectrum };
    return (sinks) => new CallScreening({ policy, from, signalling, ...shared }, sinks);
  }
}

/** The print as it is kept and told to other threads. */
function printOf(callId: string, { words, valid, count }: HeardPrint): Print {
  return {
    id: callId,
    expiresEpochMs: epochMs() + FINGERPRINT_KEPT_MS,
    words: words.slice(0, count),
    valid: valid.slice(0, count),
  };
}
