/** When she interjects to see whether anybody is listening. */
import type { CallEvidence } from "@sk-voice/models/robocall/call-evidence.ts";
import type { Interaction } from "@sk-voice/models/robocall/interaction.ts";
import { isMusic } from "./evidence.ts";
import type { ScreeningTimes } from "./policy.ts";

export type ChallengeKind =
  /** Over the caller's speech: "Sorry, who is calling please?" */
  | "who-is-calling"
  /** Into silence: "Hello, is anyone there?" */
  | "anyone-there";

/** By the first words: `recording` is whatever is no person's. */
export type Suspicion = "recording" | "person" | "unknown";

/** More would be rude to a person and change nothing for a machine. */
const MAX_CHALLENGES = 5;
/** Between two interjections, after the first one ended. */
const AGAIN_AFTER_MS = 150;
/** Speech after a question that proved nothing, before the next. */
const PROVED_NOTHING_MS = 500;
/** The caller must be well inside a sentence: at its end, stopping proves nothing. */
const MIN_RUN_MS = 250;
/** Silence after the greeting, or after her question, before she asks again. */
const SILENCE_MS = 2300;

export class Challenge {
  #asked = 0;
  #spokenAtLastMs = 0;
  #quietFromMs = Number.POSITIVE_INFINITY;

  constructor(private readonly times: ScreeningTimes) {}

  /** How often she has interjected. */
  get count(): number {
    return this.#asked;
  }

  agentEnded(atMs: number): void {
    this.#quietFromMs = atMs;
  }

  /** The challenge due now, `sinceAnswerMs` into the call; counted as made. */
  due(now: number, sinceAnswerMs: number, evidence: CallEvidence, suspicion: Suspicion): ChallengeKind | undefined {
    const { interaction } = evidence;
    if (this.times.unknownAfterMs === Number.POSITIVE_INFINITY) return undefined;
    if (this.#asked >= MAX_CHALLENGES || interaction.agentSpeaking || interaction.contested) return undefined;
    const kind = this.#kind(now, sinceAnswerMs, evidence, suspicion);
    if (!kind) return undefined;
    this.#asked++;
    this.#spokenAtLastMs = evidence.timing.spokenMs(now);
    return kind;
  }

  #kind(now: number, sinceAnswerMs: number, evidence: CallEvidence, suspicion: Suspicion): ChallengeKind | undefined {
    const { timing, interaction } = evidence;
    // Music may look like speech that never ends.
    if (isMusic(evidence)) return now - this.#quietFromMs >= SILENCE_MS ? "anyone-there" : undefined;
    if (!timing.speaking)
      return this.#answerless(now, timing.runs, interaction.waitingMs(now)) ? "anyone-there" : undefined;
    if (timing.currentRunMs(now) < MIN_RUN_MS || hasListened(interaction)) return undefined;
    // Once failed, the second time follows at once: until then nobody knows.
    if (interaction.failures > 0) return now - this.#quietFromMs >= AGAIN_AFTER_MS ? "who-is-calling" : undefined;
    const spokenMs = timing.spokenMs(now) - this.#spokenAtLastMs;
    return spokenMs >= this.#patienceMs(sinceAnswerMs, suspicion, evidence.wordsAwaited) ? "who-is-calling" : undefined;
  }

  #patienceMs(sinceAnswerMs: number, suspicion: Suspicion, wordsAwaited: boolean): number {
    const { unknownAfterMs, suspectAfterMs, personAfterMs, lastChanceMs, lastChanceAfterMs } = this.times;
    if (suspicion === "person") return personAfterMs;
    const asAfterMs = suspicion === "recording" ? suspectAfterMs : unknownAfterMs;
    const patienceMs = this.#asked > 0 ? PROVED_NOTHING_MS : asAfterMs;
    // A busy recogniser must not have a person interrupted in the middle of the first wish.
    const isLast = sinceAnswerMs >= lastChanceMs && !wordsAwaited;
    return isLast ? Math.min(patienceMs, lastChanceAfterMs) : patienceMs;
  }

  #answerless(now: number, runs: number, waitingMs: number): boolean {
    return waitingMs >= SILENCE_MS && (runs === 0 || now - this.#quietFromMs >= 2 * SILENCE_MS);
  }
}

/** Whoever has stopped for her or answered her is not asked again: nothing could shut this caller out any more. */
function hasListened({ yields, answers }: Interaction): boolean {
  return yields > 0 || answers > 0;
}
