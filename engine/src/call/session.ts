/**
 * One call on a media thread: the pipeline, the call core, ears, mind and voice, wired together. It owns no socket, timer or clock; `io/media-worker.ts` gives
 * it packets and ticks, `sim/world.ts` gives it virtual ones.
 */

import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import { TICKS_PER_MS } from "@sk-voice/media/units.ts";
import type { LlmPort, SttPort, SttSession, TtsPort, TurnModel, VadState } from "@sk-voice/models/ports.ts";
import { LiveTap } from "../observe/live-tap.ts";
import type { ReceptionistContext } from "../receptionist/policy/embedded.ts";
import type { systemPrompt } from "../receptionist/prompt.ts";
import type { ToolSet } from "../receptionist/tool.ts";
import { type ScreeningPort, SessionScreening } from "../screening/session-screening.ts";
import { hintsFor } from "../talk/capture.ts";
import { cleanConfidence, cleanWords } from "../talk/clean.ts";
import type { TurnOptions, TurnState } from "../talk/turn-events.ts";
import { Call } from "./call.ts";
import type { OpusFactory } from "./codecs.ts";
import { Dialogue } from "./dialogue.ts";
import { Ear, type HeardWindow } from "./ear.ts";
import type { CallInfo, CallInput, CallOutcome, CallOutput, LiveMoment } from "./events.ts";
import { CallPipeline, type PipelineRandom } from "./pipeline.ts";
import type { Recorder } from "./record.ts";

export type { Recorder } from "./record.ts";

import { type Bridged, type BridgeEnd, Relay } from "./relay.ts";
import { isHeld, type MediaTerms } from "./terms.ts";
import type { TransferOutcome } from "./transfer-types.ts";
import { TurnSound } from "./turn-sound.ts";
import { type StockPhrase, Voice } from "./voice.ts";

export interface SessionDeps {
  readonly now: () => number;
  readonly epochMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly stt: SttPort;
  readonly llm: LlmPort;
  readonly tts: TtsPort;
  /** Absent: words and silence tell when a turn is over. */
  readonly turnModel?: TurnModel;
  /** What she says without asking `tts`. */
  readonly stock: (text: string) => StockPhrase | undefined;
  readonly tools: ToolSet;
  readonly context: ReceptionistContext;
  readonly prompt: () => Parameters<typeof systemPrompt>[0];
  /** Keys that answer a question for a PIN: for the tool that checks it, and nobody else. */
  readonly secret: (keys: string) => void;
  readonly vocabulary: readonly string[];
  /** How turns are taken; default: as measured best. */
  readonly turns?: TurnOptions;
  readonly vadState: VadState;
  readonly vadWindowSamples: number;
  readonly recorder: Recorder | undefined;
  /** `undefined`: everybody is let through at once. */
  readonly screening: ScreeningPort | undefined;
  readonly random: PipelineRandom;
  readonly send: (packet: Uint8Array, port: number, address: string) => void;
  /** Absent where Opus is never negotiated. */
  readonly opus?: OpusFactory;
  /** From the RTCP port. */
  readonly sendRtcp?: (packet: Uint8Array, port: number, address: string) => void;
  readonly draft: (outcome: CallOutcome) => void;
  readonly report: (report: EngineReport) => void;
  readonly caption: (speaker: "caller" | "agent", text: string, isCut?: boolean) => void;
  /** For dashboards: what captions do not tell. */
  readonly live?: (event: LiveMoment) => void;
  /** For tests: every decision of the call, and every frame of hers. */
  readonly trace?: { output(output: CallOutput): void; played(item: number): void };
  /** She has said goodbye, or the call cannot go on. */
  readonly hangUp: () => void;
  /** A provider failed. */
  readonly failed: (error: unknown) => void;
}

/** Loud enough to go on with if it was a cough, quiet enough that the caller notices she has noticed. */
const DUCK_DB = -12;
/** No packet of the caller's for this long: the line is dead. Hold is not silence, and RTCP alone keeps a muted caller. */
const MEDIA_TIMEOUT_MS = 60_000;
type Transcribe = Extract<CallOutput, { type: "transcribe" }> & { readonly askedMs: number };
/** Audio after the voice's end that a recogniser should have; and how long the jitter buffer is waited for. */
const [AFTER_VOICE_MS, MAX_JITTER_WAIT_MS] = [40, 240];

export class CallSession implements BridgeEnd {
  readonly tap = new LiveTap();
  /** Holds the call's reports until it is known who calls; tells the likeliest sound. */
  readonly screening: SessionScreening;
  readonly #call: Call;
  readonly #pipeline: CallPipeline;
  readonly #dialogue: Dialogue;
  readonly #voice: Voice;
  readonly #ears: SttSession;
  readonly #ear: Ear;
  readonly #sound: TurnSound;
  /** End of the newest audio the recogniser has. */
  #pulledMs = 0;
  #hearing: AbortController | undefined;
  #held = false;
  /** Who is talking to the caller, after a hand-over. */
  #other: Bridged | undefined;
  readonly #relay: Relay;
  #pending: Transcribe | undefined;
  #toldTurns = 0;
  #closed = false;

  constructor(
    private readonly deps: SessionDeps,
    readonly info: CallInfo,
    terms: MediaTerms,
  ) {
    const listen: HeardWindow = (window, probability, endMs, received) =>
      this.screening.window(window, probability, endMs, received);
    this.#ear = new Ear(deps.vadState, deps.vadWindowSamples, (event) => this.#tell(event), listen);
    this.#pipeline = new CallPipeline(
      terms,
      deps.random,
      {
        onArrival: (samples, endMs, received) => {
          if (!this.#held && !this.#other) this.#ear.push(samples, endMs, received);
        },
        onAudio: this.#onAudio,
        onSent: (samples) => {
          this.#ear.sent(samples);
          deps.recorder?.agent(deps.now(), samples);
          this.tap.agent(samples);
        },
        onDigit: (digit) => {
          if (this.#other) this.#other.press(digit);
          else this.#tell({ type: "digit", digit });
        },
        onPlayed: (item, playedMs, finished) => {
          deps.trace?.played(item);
          if (this.screening.played(item, playedMs, finished)) return;
          if (!this.#other) this.#call.played(deps.now(), item, playedMs, finished);
        },
        send: deps.send,
        ...(deps.sendRtcp ? { sendRtcp: deps.sendRtcp } : {}),
      },
      deps.opus,
    );
    this.#relay = new Relay(this.#pipeline.playout);
    this.#held = isHeld(terms);
    this.#call = new Call(
      info,
      {
        figures: () => this.#pipeline.figures(),
        recording: () => deps.recorder?.figures() ?? null,
      },
      deps.turns,
    );
    this.#ears = deps.stt.open({ language: info.language });
    this.#sound = new TurnSound(deps.turnModel, this.#tell, deps.failed);
    this.#dialogue = new Dialogue({
      callId: info.callId,
      llm: deps.llm,
      tools: deps.tools,
      context: deps.context,
      prompt: deps.prompt,
      epochMs: deps.epochMs,
      sleep: deps.sleep,
      tell: this.#tell,
      failed: deps.failed,
    });
    this.#voice = new Voice({
      tts: deps.tts,
      stock: deps.stock,
      playout: this.#pipeline.playout,
      language: info.language,
      languages: info.languages ?? [],
      voice: info.voice,
      tell: this.#tell,
      failed: deps.failed,
    });
    this.screening = new SessionScreening(deps, {
      ears: this.#ears,
      record: this.#call.record,
      tell: this.#tell,
      speak: (item, text) => this.#voice.speak({ type: "speak", item, text, onInterrupt: "finish", place: "last" }),
      hangUp: () => this.#leave("agent"),
    });
    this.#tell({ type: "answered" });
    this.screening.answered();
  }

  get droppedPackets(): number {
    return this.#pipeline.droppedPackets;
  }

  receive(now: number, packet: Uint8Array, address: string, port: number): void {
    this.#pipeline.receive(now, packet, address, port);
  }

  /** A datagram from the RTCP port. */
  receiveRtcp(now: number, packet: Uint8Array, address: string, port: number): void {
    this.#pipeline.receiveRtcp(now, packet, address, port);
  }

  update(terms: MediaTerms): void {
    this.#pipeline.update(terms);
    this.#held = isHeld(terms);
    this.#tell({ type: "held", held: this.#held });
  }

  /** A tool hands the caller over; `transferred` says what came of it. */
  transferring(): void {
    this.#tell({ type: "transfer-start" });
  }

  transferred(outcome: TransferOutcome): void {
    this.#tell({ type: "transfer-result", outcome });
  }

  /** Says this now, whatever she was about to say. */
  say(text: string, hangUpAfter: boolean): void {
    this.#tell({ type: "say", text, hangUpAfter });
  }

  /** How this caller paused in earlier calls: where endpointing begins. */
  knowPauses(pausesMs: readonly number[]): void {
    this.#tell({ type: "known-pauses", pausesMs });
  }

  /** From now on the caller hears `other` and is heard by it; recording goes on. */
  bridge(other: Bridged): void {
    this.#other = other;
  }

  hear(samples: Int16Array): void {
    this.#relay.push(samples);
  }

  press(digit: string): void {
    this.#pipeline.press(digit);
  }

  /** Every 20 ms. */
  tick(now: number): void {
    this.#pipeline.tick(now);
    this.screening.tick(now, this.#call.turnState);
    if (this.#pending) this.#listenTo(this.#pending);
    if (this.#pipeline.silentMs(now) >= MEDIA_TIMEOUT_MS) return this.#leave("error");
    this.#drain();
    this.wake(now);
  }

  get turnState(): TurnState {
    return this.#call.turnState;
  }

  /** When it wants to be woken, on the clock of `deps.now`. */
  deadline(): number {
    return this.#closed ? Number.POSITIVE_INFINITY : this.#call.deadline();
  }

  wake(now: number): void {
    if (now >= this.deadline()) this.#tell({ type: "tick" });
  }

  #leave(by: "agent" | "error"): void {
    if (!this.#closed) this.deps.hangUp();
    this.stop(by);
  }

  /** Ends the call. The outcome has been reported when this returns. */
  stop(by: "caller" | "agent" | "error"): void {
    if (this.#closed) return;
    this.deps.recorder?.finish(this.deps.now());
    this.screening.hangUp();
    this.#tell({ type: "hangup", by });
    this.#pipeline.close(this.deps.now());
    this.#close();
  }

  get waitingWindows(): number {
    return this.#ear.waitingWindows;
  }

  get vadState(): VadState {
    return this.deps.vadState;
  }

  /** VAD windows given up because inference did not keep up. */
  get skippedWindows(): number {
    return this.#ear.skippedWindows;
  }

  takeWindow(into: Float32Array, offset: number): boolean {
    return this.#ear.takeWindow(into, offset);
  }

  speechProbability(probability: number): void {
    this.#ear.speechProbability(probability);
  }

  readonly #onAudio = (samples: Int16Array, heardMs: number, positionSamples: number): void => {
    this.deps.recorder?.caller(heardMs, positionSamples, samples);
    this.tap.caller(samples);
    if (this.#other) return this.#other.hear(samples);
    // Music on hold is nobody speaking.
    if (this.#held) return;
    this.#ears.push(samples);
    this.#sound.push(samples);
    this.#pulledMs = heardMs + samples.length / TICKS_PER_MS;
  };

  readonly #tell = (input: CallInput): void => {
    if (this.#closed || !this.screening.passes(input)) return;
    this.#call.handle(this.deps.now(), input);
    this.#drain();
  };

  #drain(): void {
    for (let output = this.#call.poll(); output; output = this.#call.poll()) this.#do(output);
    const { turns } = this.#call.record;
    for (; this.#toldTurns < turns.length; this.#toldTurns++) {
      this.deps.live?.({ type: "turn", latency: turns[this.#toldTurns]! });
    }
  }

  #do(output: CallOutput): void {
    this.deps.trace?.output(output);
    switch (output.type) {
      case "transcribe":
        return this.#listenTo({ ...output, askedMs: this.deps.now() });
      case "new-utterance":
        this.#sound.reset(output.keepMs);
        return this.#ears.reset(output.keepMs);
      case "think":
        return this.#dialogue.think(output.turn, output.messages);
      case "think-ahead":
        return this.#dialogue.thinkAhead(output.messages);
      case "forget-ahead":
        return this.#dialogue.forgetAhead();
      case "cancel-think":
        return this.#dialogue.cancel(output.turn);
      case "speak":
        return this.#voice.speak(output);
      case "duck":
        this.deps.live?.({ type: "barge_in", kind: "ducked" });
        return this.#pipeline.playout.duck(DUCK_DB);
      case "hold":
        return this.#pipeline.playout.hold();
      case "unduck":
        this.#pipeline.playout.resume();
        this.deps.live?.({ type: "barge_in", kind: "resumed" });
        return this.#pipeline.playout.unduck();
      case "interrupt":
        this.deps.live?.({ type: "barge_in", kind: "stopped" });
        return this.#voice.interrupt();
      case "secret":
        return this.deps.secret(output.keys);
      case "caption":
        if (output.speaker === "caller") this.screening.turn(output.text);
        return this.deps.caption(output.speaker, output.text, output.isCut);
      case "draft":
        return this.deps.draft(output.outcome);
      case "report":
        return this.screening.report(output.report);
      case "hang-up":
        this.#leave("agent");
    }
  }

  /** The recogniser's audio has been through the jitter buffer: it is asked when the end of the voice has come out of it. */
  #listenTo(request: Transcribe): void {
    this.#pending = undefined;
    const complete = this.#pulledMs >= request.untilMs + AFTER_VOICE_MS;
    if (complete || this.deps.now() >= request.askedMs + MAX_JITTER_WAIT_MS) void this.#transcribe(request);
    else this.#pending = request;
  }

  async #transcribe({ request, speechMs, expects }: Transcribe): Promise<void> {
    this.#hearing?.abort();
    const hearing = new AbortController();
    this.#hearing = hearing;
    void this.#sound.ask(request);
    try {
      const vocabulary = [...hintsFor(expects), ...this.deps.vocabulary];
      const hint = { expects, vocabulary, speechMs };
      const { text, confidence, language } = await this.#ears.transcribe(hint, hearing.signal);
      const [words, sure] = [cleanWords(text), cleanConfidence(confidence)];
      this.#tell({ type: "transcript", request, text: words, confidence: sure, language });
    } catch (error) {
      if (hearing.signal.aborted) return;
      this.deps.failed(error);
      this.#tell({ type: "transcript-failed", request });
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hearing?.abort();
    this.#sound.close();
    this.#voice.interrupt();
    this.#dialogue.close();
    this.#ears.close();
  }
}
