/** Drives a gate through a call on a virtual clock: answers `judge` with given scores, keeps what it says. */
import type { Signalling } from "@sk-voice/models/robocall/features.ts";
import type { VerdictScores } from "@sk-voice/models/robocall/verdict.ts";
import { CallerGate, type CallerGateInput, type CallerVerdict } from "../caller-gate.ts";
import type { ChallengeKind } from "../challenge.ts";
import { DEFAULT_SCREENING_POLICY, type ScreeningPolicy } from "../policy.ts";

export const THRESHOLDS = {
  threshold: 0.6,
  votes: { timing: 0.6, interaction: 0.6, level: 0.6, sound: 0.6, text: 0.6, signalling: 0.6, fingerprint: 0.6 },
} as const;

export interface DriveOptions {
  readonly policy?: Partial<ScreeningPolicy>;
  readonly listed?: "allow" | "block";
  readonly signalling?: Signalling;
  readonly scores?: VerdictScores;
  /** Log-odds of whatever is said. */
  readonly textScore?: number;
  /** The recogniser does not answer. */
  readonly busy?: boolean;
}

export class GateDrive {
  readonly gate: CallerGate;
  readonly challenges: ChallengeKind[] = [];
  verdict: CallerVerdict | undefined;
  peeks = 0;
  judged = 0;
  #now = 0;

  constructor(private readonly options: DriveOptions = {}) {
    this.gate = new CallerGate({
      policy: { ...DEFAULT_SCREENING_POLICY, ...options.policy },
      listed: options.listed,
      signalling: options.signalling,
      thresholds: THRESHOLDS,
      scoreText: () => options.textScore ?? 0,
    });
    this.tell({ type: "answered" });
  }

  /** What happens at `atMs` of the call; time passes until then. */
  at(atMs: number, ...inputs: readonly CallerGateInput[]): this {
    while (this.#now < atMs) {
      this.#now = Math.min(atMs, this.#now + 20);
      if (this.#now >= this.gate.deadline()) this.tell({ type: "tick" });
    }
    for (const input of inputs) this.tell(input);
    return this;
  }

  says(atMs: number): this {
    return this.at(atMs, { type: "speech-start", atMs });
  }

  stops(atMs: number): this {
    return this.at(atMs, { type: "speech-end", atMs });
  }

  /** She speaks from `fromMs` to `toMs`. */
  she(fromMs: number, toMs: number): this {
    return this.at(fromMs, { type: "agent-start" }).at(toMs, { type: "agent-end" });
  }

  /** A second's sound: probabilities of voice, music, tone, noise. */
  sound(...classes: readonly number[]): this {
    const frame = { floorDbfs: -60, speechDbfs: -24, zeroShare: 0, clippedShare: 0, speechMs: 0, soundMs: 0, classes };
    return this.at(this.#now, { type: "sound", frame });
  }

  tell(input: CallerGateInput): void {
    this.gate.handle(this.#now, input);
    for (let output = this.gate.poll(); output; output = this.gate.poll()) {
      if (output.type === "verdict") this.verdict = output;
      else if (output.type === "challenge") this.challenges.push(output.kind);
      else if (output.type === "peek") {
        this.peeks++;
        const { textScore, busy } = this.options;
        if (!busy) this.tell({ type: "words", text: textScore === undefined ? "" : "some words" });
      } else if (++this.judged && this.options.scores) this.tell({ type: "scores", scores: this.options.scores });
    }
  }
}
