/** When she interjects to see whether anybody is listening. */
import type { CallEvidence } from "@sk-voice/models/robocall/call-evidence.ts";
import type { ScreeningTimes } from "./policy.ts";

export type ChallengeKind =
  /** Over the caller's speech: "Sorry, may I ask who is calling?" */
  | "who-is-calling"
  /** Into silence: "Hello, is anyone there?" */
  | "anyone-there";

/** More would be rude to a person and change nothing for a machine. */
const MAX_CHALLENGES = 3;
/** Between two interjections, after the first one ended. */
const AGAIN_AFTER_MS = 250;
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

  /** The challenge due now; counted as made. `suspicious`: the rhythm alone looks like a recording. */
  due(now: number, evidence: CallEvidence, suspicious: boolean): ChallengeKind | undefined {
    const { interaction } = evidence;
    if (this.#asked >= MAX_CHALLENGES || interaction.agentSpeaking || interaction.contested) return undefined;
    const kind = this.#kind(now, evidence, suspicious);
    if (!kind) return undefined;
    this.#asked++;
    this.#spokenAtLastMs = evidence.timing.spokenMs(now);
    return kind;
  }

  #kind(now: number, { timing, interaction }: CallEvidence, suspicious: boolean): ChallengeKind | undefined {
    if (this.times.challengeAfterMs === Number.POSITIVE_INFINITY) return undefined;
    if (!timing.speaking)
      return this.#answerless(now, timing.runs, interaction.waitingMs(now)) ? "anyone-there" : undefined;
    if (timing.currentRunMs(now) < MIN_RUN_MS) return undefined;
    // Once failed, the second time follows at once: until then nobody knows.
    if (interaction.failures > 0) return now - this.#quietFromMs >= AGAIN_AFTER_MS ? "who-is-calling" : undefined;
    const spokenMs = timing.spokenMs(now) - this.#spokenAtLastMs;
    const afterMs = suspicious ? this.times.suspectAfterMs : this.times.challengeAfterMs;
    return spokenMs >= afterMs ? "who-is-calling" : undefined;
  }

  #answerless(now: number, runs: number, waitingMs: number): boolean {
    return waitingMs >= SILENCE_MS && (runs === 0 || now - this.#quietFromMs >= 2 * SILENCE_MS);
  }
}
