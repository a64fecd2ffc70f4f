/** The real gate in a simulated call, with the real models. */
import type { RobocallModels } from "@sk-voice/models/io/robocall.ts";
import { type CallEvidence, soundFrame } from "@sk-voice/models/robocall/call-evidence.ts";
import { EVIDENCE_GROUPS, type EvidenceGroup } from "@sk-voice/models/robocall/features.ts";
import type { FingerprintMatch, FingerprintStore } from "@sk-voice/models/robocall/fingerprint-store.ts";
import type { CallerEdge, RobocallListener } from "@sk-voice/models/robocall/listener.ts";
import { SOUND_FEATURES, type SoundClass, soundClassOf } from "@sk-voice/models/robocall/sound.ts";
import type { ToneEvent } from "@sk-voice/models/robocall/tones.ts";
import type { VerdictScores } from "@sk-voice/models/robocall/verdict.ts";
import { type Assumed, scoreOf, wordsIn } from "@sk-voice/models/train/rehearsal.ts";
import type { Screen } from "@sk-voice/models/train/simulate.ts";
import { isWorthRemembering } from "../call-screening.ts";
import { CallerGate, type CallerVerdict } from "../caller-gate.ts";
import { DEFAULT_SCREENING_POLICY, type ScreeningMode } from "../policy.ts";

/** Until the recogniser has answered. */
const RECOGNITION_MS = 400;

export interface GateScreenOptions {
  readonly models: RobocallModels;
  readonly mode: ScreeningMode;
  readonly assumed: Assumed;
  /** Evidence taken away, tones and known recordings apart. */
  readonly without: EvidenceGroup | undefined;
  /** Learns the recordings of robocalls, under this id. */
  readonly learn: { readonly store: FingerprintStore; readonly id: string } | undefined;
}

export class GateScreen implements Screen {
  verdict: CallerVerdict | undefined;
  /** First sound of speech, since answer. */
  onsetMs: number | undefined;
  /** Her questions over the caller's speech. */
  interruptions = 0;
  readonly scores: number[] = [];
  readonly #gate: CallerGate;
  readonly #sound = new Float32Array(SOUND_FEATURES);
  readonly #asked: Promise<void>[] = [];
  #nextSecondMs = 1000;
  #challenge = false;
  #lastScores: VerdictScores | undefined;
  #soundClass: SoundClass | undefined;
  #wordsMs = Number.POSITIVE_INFINITY;

  constructor(private readonly options: GateScreenOptions) {
    const { models, assumed, mode } = options;
    this.#gate = new CallerGate({
      policy: { ...DEFAULT_SCREENING_POLICY, mode },
      listed: undefined,
      signalling: assumed.signalling && { ...assumed.signalling, knownContact: false },
      thresholds: models,
      scoreText: (text) => scoreOf(assumed.textScore ?? { first: 0, later: 0 }, text.split(" ").length),
    });
    this.#gate.handle(0, { type: "answered" });
  }

  get evidence(): CallEvidence {
    return this.#gate.evidence;
  }

  get lastScores(): VerdictScores | undefined {
    return this.#lastScores;
  }

  get challenges(): number {
    return this.#gate.challenges;
  }

  edge(edge: CallerEdge, now: number): void {
    this.onsetMs ??= edge.atMs;
    this.#gate.handle(now, edge);
  }

  agentStart(atMs: number): void {
    this.#gate.handle(atMs, { type: "agent-start" });
  }

  agentEnd(atMs: number): void {
    this.#gate.handle(atMs, { type: "agent-end" });
  }

  turn(atMs: number): void {
    if (this.options.assumed.textScore !== undefined) this.#gate.handle(atMs, { type: "turn", text: this.#text(atMs) });
    this.#wordsMs = Number.POSITIVE_INFINITY;
  }

  tone(event: ToneEvent, atMs: number): void {
    this.#gate.handle(atMs, { type: "tone", event });
  }

  fingerprint({ id, strength }: FingerprintMatch, atMs: number): void {
    this.#gate.handle(atMs, { type: "fingerprint", id, strength });
  }

  tick(now: number, listener: RobocallListener): "interject" | "over" | undefined {
    if (now >= this.#nextSecondMs) this.#second(now, listener);
    if (now >= this.#wordsMs) {
      this.#wordsMs = Number.POSITIVE_INFINITY;
      this.#gate.handle(now, { type: "words", text: this.#text(now - RECOGNITION_MS) });
    }
    this.#gate.handle(now, {
      type: "tick",
      heard: { heardMs: now, voicedMs: listener.voicedMs, frontMs: listener.frontMs },
    });
    this.#drain(now);
    if (this.verdict) {
      const { learn } = this.options;
      if (learn && isWorthRemembering(this.verdict, this.#soundClass))
        learn.store.remember(learn.id, listener.print, 0);
      return "over";
    }
    const interject = this.#challenge;
    this.#challenge = false;
    return interject ? "interject" : undefined;
  }

  /** As many words as have been spoken. */
  #text(now: number): string {
    if (this.options.assumed.textScore === undefined) return "";
    return Array(wordsIn(this.#gate.evidence.timing.spokenMs(now)))
      .fill("word")
      .join(" ");
  }

  settle(): Promise<void> | undefined {
    return this.#asked.length === 0 ? undefined : Promise.all(this.#asked.splice(0)).then(() => undefined);
  }

  /** The gate asks only when it matters; the reliability curve needs every moment. */
  async #score(features: Float32Array): Promise<void> {
    this.scores.push((await this.options.models.judge(features)).all);
  }

  #second(now: number, listener: RobocallListener): void {
    this.#nextSecondMs += 1000;
    if (this.#nextSecondMs % 2000 === 0) this.#asked.push(this.#score(this.evidence.write(now)));
    listener.soundFeatures(this.#sound);
    const classified = this.options.models.classify(this.#sound).then((classes) => {
      this.#soundClass = soundClassOf(classes);
      this.#gate.handle(now, { type: "sound", frame: soundFrame(listener, classes) });
    });
    this.#asked.push(classified);
  }

  #drain(now: number): void {
    for (let output = this.#gate.poll(); output; output = this.#gate.poll()) {
      if (output.type === "verdict") this.verdict = output;
      else if (output.type === "challenge") {
        this.#challenge = true;
        if (output.kind === "who-is-calling") this.interruptions++;
      } else if (output.type === "peek") {
        this.#wordsMs = now + RECOGNITION_MS;
      } else this.#asked.push(this.#judge(now, output.features));
    }
  }

  async #judge(now: number, features: Float32Array): Promise<void> {
    const scores = await this.options.models.judge(features);
    this.#lastScores = scores;
    this.#gate.handle(now, { type: "scores", scores: this.#ablated(scores) });
  }

  #ablated(scores: VerdictScores): VerdictScores {
    const { without } = this.options;
    if (!without) return scores;
    const groups = Object.fromEntries(EVIDENCE_GROUPS.flatMap((g) => (g === without ? [] : [[g, scores.groups[g]]])));
    return { all: scores.all, groups };
  }
}
