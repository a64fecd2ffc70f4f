/**
 * Screening of one call: hears every window, asks the models, drives the gate, and tells what it decides. It goes on listening afterwards
 * for the sound class alone (hold music).
 */
import { soundFrame } from "@sk-voice/models/robocall/call-evidence.ts";
import type { Signalling } from "@sk-voice/models/robocall/features.ts";
import type { FingerprintStore } from "@sk-voice/models/robocall/fingerprint-store.ts";
import { RobocallListener } from "@sk-voice/models/robocall/listener.ts";
import { SOUND_FEATURES, type SoundClass, soundClassOf } from "@sk-voice/models/robocall/sound.ts";
import type { Spectrum } from "@sk-voice/models/robocall/spectrum.ts";
import { type TextWeights, textScore } from "@sk-voice/models/robocall/text-score.ts";
import type { VerdictScores } from "@sk-voice/models/robocall/verdict.ts";
import { CallerGate, type CallerGateInput, type CallerVerdict, type Heard } from "./caller-gate.ts";
import type { ChallengeKind } from "./challenge.ts";
import type { ScoreThresholds } from "./evidence.ts";
import { listed, type ScreeningPolicy } from "./policy.ts";

/** `RobocallModels` of `models/io/robocall`. */
export interface ScreeningModels extends ScoreThresholds {
  readonly text: TextWeights;
  classify(features: Float32Array): Promise<Float32Array>;
  judge(features: Float32Array): Promise<VerdictScores>;
}

/** The first 12 s of a call, as `FingerprintStore.remember` takes them. */
export interface HeardPrint {
  readonly words: Uint16Array;
  readonly valid: Uint8Array;
  readonly count: number;
}

export interface CallScreeningOptions {
  readonly policy: ScreeningPolicy;
  /** E.164; `null` when withheld. */
  readonly from: string | null;
  readonly signalling: Signalling | undefined;
  readonly models: ScreeningModels;
  readonly prints: FingerprintStore | undefined;
  /** One for all calls of a thread. */
  readonly spectrum: Spectrum;
}

export interface ScreeningSinks {
  verdict(verdict: CallerVerdict): void;
  challenge(kind: ChallengeKind): void;
  /** Recognise what has been said so far and answer with `words`. */
  peek(): void;
  /** A recording worth remembering. */
  print(print: HeardPrint): void;
  failed(error: unknown): void;
}

const SOUND_EVERY_MS = 1000;
/** Calls of a thread ask on the same beat, so that one run of the model answers many. */
const BEAT_MS = 250;

/** What a tone or a print proved needs no remembering; music on hold is played to people too. */
export function isWorthRemembering({ verdict, reason }: CallerVerdict, sound: SoundClass | undefined): boolean {
  return verdict === "robocall" && reason.by === "agreement" && sound === "voice";
}

export class CallScreening {
  /** Of the last two seconds; `undefined` in the first one. */
  soundClass: SoundClass | undefined;
  readonly #gate: CallerGate;
  readonly #listener: RobocallListener;
  readonly #sound = new Float32Array(SOUND_FEATURES);
  #agentSpeaking = false;
  #nextSoundMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(
    private readonly options: CallScreeningOptions,
    private readonly sinks: ScreeningSinks,
  ) {
    const { models, prints, spectrum, policy, from, signalling } = options;
    this.#gate = new CallerGate({
      policy,
      listed: listed(policy, from),
      signalling,
      thresholds: models,
      scoreText: (text) => textScore(text, models.text),
    });
    this.#listener = new RobocallListener(
      {
        onEdge: (edge, atMs) => this.#tell(atMs, edge),
        onTone: (event, atMs) => this.#tell(atMs, { type: "tone", event }),
        onFingerprint: ({ id, strength }, atMs) => this.#tell(atMs, { type: "fingerprint", id, strength }),
      },
      prints,
      spectrum,
    );
  }

  get decided(): boolean {
    return this.#gate.decided;
  }

  answered(now: number): void {
    this.#nextSoundMs = Math.ceil((now + SOUND_EVERY_MS) / BEAT_MS) * BEAT_MS;
    this.#tell(now, { type: "answered" });
  }

  /** One window of the VAD's with its answer, that ended at `endMs`; `received`: or it only fills a hole. */
  window(samples: Float32Array, probability: number, endMs: number, received: boolean): void {
    if (received) this.#listener.window(samples, probability, endMs, this.#agentSpeaking);
    else this.#listener.missing(samples, probability, endMs, this.#agentSpeaking);
  }

  /** Every 20 ms. `agentSpeaking`: a sentence of hers is being sent, or the next one of the same reply is awaited. */
  tick(now: number, agentSpeaking: boolean): void {
    if (this.#closed) return;
    if (agentSpeaking !== this.#agentSpeaking) {
      this.#agentSpeaking = agentSpeaking;
      this.#tell(now, { type: agentSpeaking ? "agent-start" : "agent-end" });
    }
    if (now >= this.#nextSoundMs) this.#classify(now);
    if (now >= this.#gate.deadline()) this.#tell(now, { type: "tick", ...this.#heard });
  }

  get #heard(): { readonly heard?: Heard } {
    const { heardMs, voicedMs, frontMs } = this.#listener;
    return heardMs === undefined ? {} : { heard: { heardMs, voicedMs, frontMs } };
  }

  /** The caller's words: of a turn that is complete, or the answer to `peek`. */
  words(now: number, text: string, complete: boolean): void {
    this.#tell(now, { type: complete ? "turn" : "words", text });
  }

  knownContact(now: number): void {
    this.#tell(now, { type: "known-contact" });
  }

  hangUp(now: number): void {
    this.#tell(now, { type: "hangup" });
    this.#closed = true;
  }

  #tell(now: number, input: CallerGateInput): void {
    if (this.#closed || this.#gate.decided) return;
    this.#gate.handle(now, input);
    for (let output = this.#gate.poll(); output; output = this.#gate.poll()) {
      if (output.type === "judge") void this.#judge(now, output.features);
      else if (output.type === "peek") this.sinks.peek();
      else if (output.type === "challenge") this.sinks.challenge(output.kind);
      else this.#decided(output);
    }
  }

  #decided(verdict: CallerVerdict): void {
    if (isWorthRemembering(verdict, this.soundClass)) this.sinks.print(this.#listener.print);
    this.sinks.verdict(verdict);
  }

  #classify(now: number): void {
    this.#nextSoundMs += this.#gate.decided ? 2 * SOUND_EVERY_MS : SOUND_EVERY_MS;
    this.#listener.soundFeatures(this.#sound);
    this.options.models.classify(this.#sound).then((classes) => {
      this.soundClass = soundClassOf(classes);
      this.#tell(now, { type: "sound", frame: soundFrame(this.#listener, classes) });
    }, this.sinks.failed);
  }

  /** Without an answer nobody is suppressed. */
  async #judge(now: number, features: Float32Array): Promise<void> {
    try {
      const scores = await this.options.models.judge(features);
      this.#tell(now, { type: "scores", scores });
    } catch (error) {
      this.sinks.failed(error);
    }
  }
}
