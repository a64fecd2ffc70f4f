/**
 * Decides who is calling, and holds the call's events until then.
 *
 * | state   | tone, known recording, block list | groups agree | yields and answers | allow list, known contact | 12 s after answer            | hang-up   |
 * |---------|-----------------------------------|--------------|--------------------|---------------------------|------------------------------|-----------|
 * | waiting | robocall                          | robocall     | human              | human                     | nobody there: robocall; a question open: later; else undecided | undecided |
 *
 * Decided is final. In shadow mode a robocall is released as undecided, and says so. Until a verdict the gate asks for the models' scores
 * (`judge`) while they could decide something, three times for the first words (`peek`), and for interjections (`challenge`). Times: monotonic milliseconds.
 */
import { CallEvidence, type SoundFrame } from "@sk-voice/models/robocall/call-evidence.ts";
import type { EvidenceGroup, Signalling } from "@sk-voice/models/robocall/features.ts";
import type { ToneEvent } from "@sk-voice/models/robocall/tones.ts";
import type { VerdictScores } from "@sk-voice/models/robocall/verdict.ts";
import type { Core } from "../core.ts";
import { Challenge, type ChallengeKind, type Suspicion } from "./challenge.ts";
import {
  agreesOnRobocall,
  behavesLikePerson,
  isMachineTone,
  isOpen,
  MIN_FAILURES,
  nobodyThere,
  type ScoreThresholds,
  votesAgainst,
} from "./evidence.ts";
import { SCREENING_TIMES, type ScreeningAction, type ScreeningPolicy } from "./policy.ts";

export type CallerGateInput =
  | { readonly type: "answered" }
  /** VAD edges, back-dated as the segmenter tells them. */
  | { readonly type: "speech-start" | "speech-end"; readonly atMs: number }
  /** Her first sample of an utterance was sent; her last, or she was interrupted. */
  | { readonly type: "agent-start" | "agent-end" }
  /** The answer to `peek`: words so far of a turn that goes on; empty when nothing was understood or recognition failed. */
  | { readonly type: "words"; readonly text: string }
  /** A turn of the caller's words is complete. */
  | { readonly type: "turn"; readonly text: string }
  /** Once a second from the listener and the sound-class model. */
  | { readonly type: "sound"; readonly frame: SoundFrame }
  | { readonly type: "tone"; readonly event: ToneEvent }
  | { readonly type: "fingerprint"; readonly id: string; readonly strength: number }
  /** The answer to `judge`. */
  | { readonly type: "scores"; readonly scores: VerdictScores }
  /** The suite has answered who this number is. */
  | { readonly type: "known-contact" }
  | { readonly type: "hangup" }
  | { readonly type: "tick"; readonly heard?: Heard };

/** Without it the ears keep up with the clock. */
export interface Heard {
  /** End of the newest audio that was listened to, and of the newest in which the caller was speaking. */
  readonly heardMs: number;
  readonly voicedMs: number;
  /** And in which, while she spoke, somebody was as loud as the caller is. */
  readonly frontMs?: number;
}

/** What decided. */
export type VerdictReason =
  | {
      readonly by:
        | "allow-list"
        | "block-list"
        | "known-contact"
        | "policy-off"
        | "deadline"
        | "hang-up"
        | "interaction";
    }
  | { readonly by: "tone"; readonly tone: ToneEvent }
  | { readonly by: "fingerprint"; readonly id: string }
  | { readonly by: "agreement"; readonly groups: readonly EvidenceGroup[] };

export interface CallerVerdict {
  readonly type: "verdict";
  readonly verdict: "human" | "robocall" | "undecided";
  /** 0..1: probability of a robocall. */
  readonly score: number;
  /** Of each group alone, as far as known: shown to the owner. */
  readonly groups: VerdictScores["groups"];
  readonly reason: VerdictReason;
  /** Since answer. */
  readonly atMs: number;
  /** Robocalls only. */
  readonly action: ScreeningAction | undefined;
  /** In shadow mode: would have been a robocall. */
  readonly shadowed: boolean;
}

/** Of a caller nobody screens. */
export const UNSCREENED: CallerVerdict = {
  type: "verdict",
  verdict: "human",
  score: 0,
  groups: {},
  reason: { by: "policy-off" },
  atMs: 0,
  action: undefined,
  shadowed: false,
};

export type CallerGateOutput =
  | CallerVerdict
  /** Run the verdict model on these features and answer with `scores`. The array is reused: copy it before returning. */
  | { readonly type: "judge"; readonly features: Float32Array }
  /** Recognise what the caller has said so far of a turn that goes on, and answer with `words`. */
  | { readonly type: "peek" }
  /** Say something short that the caller's speech does not interrupt. */
  | { readonly type: "challenge"; readonly kind: ChallengeKind };

export interface CallerGateOptions {
  readonly policy: ScreeningPolicy;
  readonly listed: "allow" | "block" | undefined;
  readonly signalling: Signalling | undefined;
  readonly thresholds: ScoreThresholds;
  /** −3..3 (`textScore` of models with the weights' words). */
  readonly scoreText: (text: string) => number;
}

export const UNDECIDED_AFTER_MS = 12_000;
const JUDGE_EVERY_MS = 2000;
/** Once she has been ignored often enough, only another group's vote is missing. */
const JUDGE_SUSPECT_EVERY_MS = 500;
/** Edges are dealt with as they come; this only bounds how late time alone is noticed. */
const LOOK_EVERY_MS = 40;
/** A question that is open then is waited for this long at most: who waits out her greeting is asked the second time at 14 s. */
export const OPEN_UNTIL_MS = 17_000;
/** Speech that holds two words, four, eight: the more words, the surer. */
const PEEKS_AFTER_MS = [800, 1600, 3200] as const;
/** Log-odds of the first words from which a caller who has failed to stop once gets no longer to do so. */
const RECORDINGS_WORDS = 0.5;
/** Log-odds at or below which a caller is left to talk: nine of ten people, one of six robocalls by their first words. */
const LIKELY_PERSONS_WORDS = -0.5;
/** Before the time is over the last scores must be in. */
const LAST_JUDGE_MS = UNDECIDED_AFTER_MS - 300;
const NOBODY_AFTER_MS = UNDECIDED_AFTER_MS - 150;

export class CallerGate implements Core<CallerGateInput, CallerGateOutput> {
  readonly #evidence: CallEvidence;
  readonly #challenge: Challenge;
  readonly #out: CallerGateOutput[] = [];
  #decided = false;
  #answeredMs = Number.POSITIVE_INFINITY;
  #judgedMs = Number.NEGATIVE_INFINITY;
  /** The moment the last scores are of. */
  #scoredMs = Number.NEGATIVE_INFINITY;
  #nextLookMs = Number.POSITIVE_INFINITY;
  #lastJudged = false;
  #judgedFailures = 0;
  #peeks = 0;
  #peeksAnswered = 0;
  #scores: VerdictScores | undefined;
  #words = "";

  constructor(private readonly options: CallerGateOptions) {
    this.#evidence = new CallEvidence(options.signalling);
    this.#challenge = new Challenge(SCREENING_TIMES[options.policy.mode]);
  }

  get decided(): boolean {
    return this.#decided;
  }

  /** What is known so far. */
  get evidence(): CallEvidence {
    return this.#evidence;
  }

  /** How often she has interjected. */
  get challenges(): number {
    return this.#challenge.count;
  }

  poll(): CallerGateOutput | undefined {
    return this.#out.shift();
  }

  deadline(): number {
    return this.#decided ? Number.POSITIVE_INFINITY : this.#nextLookMs;
  }

  handle(now: number, input: CallerGateInput): void {
    if (this.#decided) return;
    switch (input.type) {
      case "answered":
        return this.#onAnswered(now);
      case "speech-start":
        this.#evidence.speechStart(input.atMs);
        break;
      case "speech-end":
        this.#evidence.speechEnd(input.atMs);
        break;
      case "agent-start":
        this.#evidence.interaction.agentStart(now);
        break;
      case "agent-end":
        this.#evidence.interaction.agentEnd(now);
        this.#challenge.agentEnded(now);
        break;
      case "words":
        this.#peeksAnswered++;
        this.#evidence.wordsAwaited = this.#peeksAnswered < this.#peeks;
        this.#onWords(`${this.#words} ${input.text}`.trim());
        break;
      case "turn":
        this.#words = `${this.#words} ${input.text}`.trim();
        this.#onWords(this.#words);
        break;
      case "sound":
        this.#evidence.sound(input.frame);
        break;
      case "tone":
        if (isMachineTone(input.event)) return this.#decide(now, "robocall", { by: "tone", tone: input.event });
        break;
      case "fingerprint":
        return this.#decide(now, "robocall", { by: "fingerprint", id: input.id });
      case "scores":
        return this.#onScores(now, input.scores);
      case "known-contact":
        if (this.options.policy.knownContactsPass) return this.#decide(now, "human", { by: "known-contact" });
        break;
      case "hangup":
        return this.#decide(now, "undecided", { by: "hang-up" });
      case "tick":
        if (input.heard) {
          this.#evidence.heardMs = input.heard.heardMs;
          this.#evidence.voicedMs = input.heard.voicedMs;
          this.#evidence.interaction.frontMs = input.heard.frontMs ?? Number.POSITIVE_INFINITY;
        }
        break;
    }
    this.#look(now);
  }

  #onAnswered(now: number): void {
    const { policy, listed, signalling } = this.options;
    this.#answeredMs = now;
    this.#nextLookMs = now + LOOK_EVERY_MS;
    if (policy.mode === "off") return this.#decide(now, "human", { by: "policy-off" });
    if (listed === "allow") return this.#decide(now, "human", { by: "allow-list" });
    if (listed === "block") return this.#decide(now, "robocall", { by: "block-list" });
    if (policy.knownContactsPass && signalling?.knownContact)
      return this.#decide(now, "human", { by: "known-contact" });
  }

  #onWords(words: string): void {
    if (words === "") return;
    this.#evidence.text(this.options.scoreText(words), words.split(" ").length);
  }

  #onScores(now: number, scores: VerdictScores): void {
    this.#scores = scores;
    this.#scoredMs = now;
    const against = votesAgainst(scores, this.options.thresholds, this.#evidence, now);
    const agreed = agreesOnRobocall(scores, against, this.options.thresholds);
    if (agreed) return this.#decide(now, "robocall", { by: "agreement", groups: against });
    this.#look(now);
  }

  /** What is due by time or became true by the last input. */
  #look(now: number): void {
    if (this.#answeredMs === Number.POSITIVE_INFINITY) return;
    this.#nextLookMs = now + LOOK_EVERY_MS;
    this.#evidence.tick(now);
    if (behavesLikePerson(this.#evidence) && this.#isJudged(now) && !this.#isAboveThreshold())
      return this.#decide(now, "human", { by: "interaction" });
    const sinceAnswerMs = now - this.#answeredMs;
    if (sinceAnswerMs >= NOBODY_AFTER_MS && nobodyThere(this.#evidence, now))
      return this.#decide(now, "robocall", { by: "agreement", groups: ["interaction", "sound"] });
    const isOver = sinceAnswerMs >= (isOpen(this.#evidence, now) ? OPEN_UNTIL_MS : UNDECIDED_AFTER_MS);
    if (isOver) return this.#decide(now, "undecided", { by: "deadline" });
    this.#askForWords(now);
    if (this.#mustJudge(now)) return void this.#out.push({ type: "judge", features: this.#evidence.write(now) });
    const { textScore, interaction } = this.#evidence;
    interaction.isSuspect = textScore !== undefined && textScore >= RECORDINGS_WORDS;
    const kind = this.#challenge.due(now, sinceAnswerMs, this.#evidence, suspicionOf(textScore));
    if (kind) this.#out.push({ type: "challenge", kind });
  }

  /** Only when scores could decide something: she has been ignored twice, or the caller has behaved like a person. And once for the owner to read. */
  #mustJudge(now: number): boolean {
    const { failures } = this.#evidence.interaction;
    const isSuspect = failures >= MIN_FAILURES;
    const failed = isSuspect && failures > this.#judgedFailures;
    const last = !this.#lastJudged && now - this.#answeredMs >= LAST_JUDGE_MS;
    const everyMs = isSuspect ? JUDGE_SUSPECT_EVERY_MS : JUDGE_EVERY_MS;
    const due = (isSuspect || behavesLikePerson(this.#evidence)) && now - this.#judgedMs >= everyMs;
    if (!failed && !last && !due) return false;
    this.#judgedFailures = failures;
    this.#lastJudged ||= last;
    this.#judgedMs = now;
    return true;
  }

  /** The models have been asked lately and have answered, or have had the time to. */
  #isJudged(now: number): boolean {
    const agoMs = now - this.#judgedMs;
    return agoMs <= JUDGE_EVERY_MS && (agoMs > 0 || this.#scoredMs === now);
  }

  #isAboveThreshold(): boolean {
    return this.#scores !== undefined && this.#scores.all >= this.options.thresholds.threshold;
  }

  #askForWords(now: number): void {
    if (this.#evidence.timing.spokenMs(now) < (PEEKS_AFTER_MS[this.#peeks] ?? Number.POSITIVE_INFINITY)) return;
    this.#peeks++;
    this.#evidence.wordsAwaited = true;
    this.#out.push({ type: "peek" });
  }

  #decide(now: number, verdict: CallerVerdict["verdict"], reason: VerdictReason): void {
    const { mode, action } = this.options.policy;
    const shadowed = verdict === "robocall" && mode === "shadow";
    this.#decided = true;
    this.#out.length = 0;
    this.#out.push({
      type: "verdict",
      verdict: shadowed ? "undecided" : verdict,
      score: this.#scoreOf(verdict, reason),
      groups: this.#scores?.groups ?? {},
      reason,
      atMs: Math.max(0, now - this.#answeredMs),
      action: verdict === "robocall" && !shadowed ? action : undefined,
      shadowed,
    });
  }

  #scoreOf(verdict: CallerVerdict["verdict"], { by }: VerdictReason): number {
    if (by === "agreement" || by === "deadline" || by === "hang-up" || by === "interaction")
      return this.#scores?.all ?? 0.5;
    return verdict === "robocall" ? 1 : 0;
  }
}

function suspicionOf(textScore: number | undefined): Suspicion {
  if (textScore === undefined) return "unknown";
  return textScore <= LIKELY_PERSONS_WORDS ? "person" : "recording";
}
