/**
 * Screening between a call session and its core: what is heard and said goes in; what is decided reaches the caller and the reports. Her
 * questions over the caller's speech are no turn of hers: the core goes on listening and never hears of them.
 */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import type { SttSession } from "@sk-voice/models/ports.ts";
import type { CallInput } from "../call/events.ts";
import type { CallRecord } from "../call/record.ts";
import type { SessionDeps } from "../call/session.ts";
import { PHRASES } from "../talk/phrases.ts";
import type { TurnState } from "../talk/turn-events.ts";
import type { CallScreening, HeardPrint, ScreeningSinks } from "./call-screening.ts";
import { type CallerVerdict, UNSCREENED } from "./caller-gate.ts";
import { HeldReports } from "./held-reports.ts";
import { HoldMusic } from "./hold-music.ts";

/** What a session needs of a `CallScreening`. */
export type Screener = Pick<
  CallScreening,
  "soundClass" | "answered" | "window" | "tick" | "words" | "knownContact" | "hangUp"
>;

export interface ScreeningPort {
  /** `undefined`: everybody is let through at once. */
  readonly open: ((sinks: ScreeningSinks) => Screener) | undefined;
  /** Who calls, as soon as it is known; at the latest when the call ends. */
  readonly decided: (verdict: CallerVerdict) => void;
  /** A robocall's recording, to recognise it by. */
  readonly remember: (print: HeardPrint) => void;
}

export interface ScreeningHands {
  readonly ears: SttSession;
  readonly record: CallRecord;
  /** To the call core. */
  readonly tell: (input: CallInput) => void;
  /** Says `text` to its end, as playout item `item`. */
  readonly speak: (item: number, text: string) => void;
  readonly hangUp: () => void;
}

/** Speech there is at least when the first words are asked for. */
const PEEK_SPEECH_MS = 900;
/** A robocall kept on the line in silence costs a channel: a minute is enough. */
const TARPIT_MS = 60_000;
/** The sound of the last two seconds turned into voice somewhere in them: the words since then are kept. */
const SINCE_MUSIC_MS = 1500;
const VOICED = 0.5;
/** What the core takes for the caller's voice. */
const OF_VOICE: ReadonlySet<CallInput["type"]> = new Set([
  "onset",
  "onset-lost",
  "speech-start",
  "speech-end",
  "sound",
  "transcript",
  "transcript-failed",
]);
/** Items of its own; the core's are counted from 1. */
const FIRST_ITEM = 1_000_000;

export class SessionScreening {
  readonly #reports: HeldReports;
  readonly #screening: Screener | undefined;
  readonly #closed = new AbortController();
  #questions = 0;
  /** The question that is being asked. */
  #asking: { readonly item: number; readonly text: string; startedAtMs: number | undefined } | undefined;
  #turnState: TurnState = "listening";
  #audible = false;
  #deaf = false;
  readonly #music = new HoldMusic();
  #voiced = false;

  constructor(
    private readonly deps: SessionDeps,
    private readonly hands: ScreeningHands,
  ) {
    this.#reports = new HeldReports(deps.report);
    this.#screening = deps.screening?.open?.({
      verdict: (verdict) => this.#decided(verdict),
      challenge: (kind) => this.#challenge(kind === "who-is-calling"),
      peek: () => void this.#peek(),
      print: (print) => deps.screening?.remember(print),
      failed: deps.failed,
    });
  }

  /** The likeliest sound of the last two seconds: voice, music, tone, noise. `undefined` where nobody is screened. */
  get soundClass(): CallScreening["soundClass"] {
    return this.#screening?.soundClass;
  }

  answered(): void {
    if (this.#screening) this.#screening.answered(this.deps.now());
    else this.#decided(UNSCREENED);
  }

  /** Tells of the call, once it is known that the caller is no robocall. */
  report(report: EngineReport): void {
    this.#reports.report(report);
  }

  /** The suite knows the caller's number. */
  knownContact(): void {
    this.#screening?.knownContact(this.deps.now());
  }

  /** Whether the core shall hear of it: not of questions asked here, and of nothing a robocall says. */
  passes(input: CallInput): boolean {
    if ("item" in input) return input.item < FIRST_ITEM;
    if (this.#music.playing && OF_VOICE.has(input.type)) return false;
    return !this.#deaf || input.type === "hangup" || input.type === "tick";
  }

  /** 20 ms of hers were sent. True when they belong to a question asked here. */
  played(item: number, playedMs: number, finished: boolean): boolean {
    this.#audible ||= playedMs > 0;
    if (item < FIRST_ITEM) return false;
    const asking = this.#asking;
    if (asking?.item !== item) return true;
    asking.startedAtMs ??= this.deps.now();
    if (finished) this.#asked(asking.text, asking.startedAtMs, playedMs);
    return true;
  }

  /** Every 20 ms. */
  tick(now: number, turnState: TurnState): void {
    this.#turnState = turnState;
    const replying = turnState === "replying" || turnState === "noticed" || turnState === "overlap";
    this.#audible &&= replying || this.#asking !== undefined;
    this.#screening?.tick(now, this.#audible);
    if (this.#music.step(now, this.soundClass)) this.#onHold(now, this.#music.playing);
  }

  /** Music of the other side's begins, or ends: what is voice from now on is the caller's again. */
  #onHold(now: number, playing: boolean): void {
    this.hands.tell({ type: "held", held: playing });
    if (playing) this.hands.tell({ type: "not-voice" });
    else if (this.#voiced) this.hands.tell({ type: "speech-start", atMs: now - SINCE_MUSIC_MS });
  }

  /** A window of the VAD's with its answer. */
  window(samples: Float32Array, probability: number, endMs: number, received: boolean): void {
    this.#voiced = probability > VOICED;
    this.#screening?.window(samples, probability, endMs, received);
  }

  /** A turn of the caller's. */
  turn(text: string): void {
    this.#screening?.words(this.deps.now(), text, true);
  }

  hangUp(): void {
    this.#screening?.hangUp(this.deps.now());
    this.#closed.abort();
  }

  #decided(verdict: CallerVerdict): void {
    const { record } = this.hands;
    if (verdict.verdict === "robocall") this.#shutOut(verdict);
    else this.report(record.started(verdict.verdict, verdict.score));
    this.deps.screening?.decided(verdict);
  }

  /** Whatever she was doing is dropped; from now on the call is told as quarantined. */
  #shutOut(verdict: CallerVerdict): void {
    const { record, tell, hangUp } = this.hands;
    const isPolite = verdict.action === "polite-message";
    record.robocall = verdict;
    tell({ type: "say", text: isPolite ? PHRASES.noAutomatedCalls : "", hangUpAfter: isPolite });
    this.#deaf = true;
    if (verdict.action === "tarpit") void this.#tarpit();
    else if (!isPolite) hangUp();
  }

  async #tarpit(): Promise<void> {
    await this.deps.sleep(TARPIT_MS, this.#closed.signal);
    if (!this.#closed.signal.aborted) this.hands.hangUp();
  }

  #challenge(over: boolean): void {
    if (this.#audible || this.#asking || this.#deaf) return;
    if (!over) {
      if (this.#turnState !== "replying")
        this.hands.tell({ type: "say", text: PHRASES.anyoneThere, hangUpAfter: false });
      return;
    }
    const text = this.#questions++ === 0 ? PHRASES.whoIsCalling : PHRASES.whoIsCallingAgain;
    const item = FIRST_ITEM + this.#questions;
    this.#asking = { item, text, startedAtMs: undefined };
    this.hands.speak(item, text);
  }

  /** A question has been heard to its end. */
  #asked(text: string, startedAtMs: number, playedMs: number): void {
    this.#asking = undefined;
    this.hands.record.agent(
      this.deps.now(),
      [{ text, startedAtMs, playedMs, complete: true, wordStartsMs: [] }],
      false,
    );
    this.deps.caption("agent", text);
  }

  /** The first words, while the caller is still speaking. */
  async #peek(): Promise<void> {
    const hint = { expects: "open", vocabulary: this.deps.vocabulary, speechMs: PEEK_SPEECH_MS } as const;
    try {
      const { text } = await this.hands.ears.transcribe(hint, this.#closed.signal);
      this.#screening?.words(this.deps.now(), text, false);
    } catch {
      // The utterance ended, or the recogniser failed: then the turn's own transcript tells.
      this.#screening?.words(this.deps.now(), "", false);
    }
  }
}
