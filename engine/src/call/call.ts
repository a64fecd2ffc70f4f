/**
 * One call: greeting, turns, replies, goodbye, and what is told about it. Everything slow is a command out and an answer in; each
 * reply carries its `turn`, so an answer that comes after an interruption is dropped by comparison.
 *
 * | phase   | answered          | reply that ends the call | she has nothing left to say | caller interrupts | hangup        |
 * |---------|-------------------|--------------------------|-----------------------------|-------------------|---------------|
 * | new     | talking, greeting | –                        | –                           | –                 | ended, report |
 * | talking | –                 | leaving                  | her turn is over            | reply dropped     | ended, report |
 * | leaving | –                 | –                        | asks to be hung up          | talking           | ended, report |
 *
 * A hand-over to a human runs beside it: its table is in `handover.ts`.
 */

import { SentenceSplitter } from "@sk-voice/models/llm/sentences.ts";
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import type { Core } from "../core.ts";
import type { ToolFact } from "../receptionist/facts.ts";
import { ScreeningGate } from "../screening/gate.ts";
import { HeardLedger } from "../talk/heard.ts";
import { PHRASES } from "../talk/phrases.ts";
import { TurnTaking } from "../talk/turn.ts";
import { DEFAULT_TURN_OPTIONS, type TurnOutput, type TurnState } from "../talk/turn-events.ts";
import { isUnclear } from "./clarity.ts";
import type { CallInfo, CallInput, CallOutput } from "./events.ts";
import { Handover } from "./handover.ts";
import { LatencyMeter } from "./latency.ts";
import { Memory } from "./memory.ts";
import { CallRecord, type MediaSource } from "./record.ts";
import type { TransferOutcome } from "./transfer-types.ts";

type Phase = "new" | "talking" | "leaving" | "ended";

/** Nothing to say after this long: she apologises instead of staying silent. */
const THINK_TIMEOUT_MS = 8000;
/** Silences in a row after which she says goodbye. */
const MAX_SILENCES = 3;

export class Call implements Core<CallInput, CallOutput> {
  readonly record: CallRecord;
  #phase: Phase = "new";
  readonly #turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  readonly #gate = new ScreeningGate();
  readonly #ledger = new HeardLedger();
  readonly #latency = new LatencyMeter();
  readonly #handover = new Handover();
  readonly #memory = new Memory();
  readonly #out: CallOutput[] = [];
  #sentences = new SentenceSplitter();
  /** Her current reply. Old numbers are late answers. */
  #turn = 0;
  #thinking = false;
  #thinkDeadlineMs = Number.POSITIVE_INFINITY;
  #endAfterReply = false;
  #wasUnclear = false;
  #held = false;
  /** Silences in a row that hold explains. */
  #heldSilences = 0;
  /** A reply was begun for words that are not committed yet. */
  #ahead = false;
  #item = 0;
  /** Items of the current reply in order; those not yet finished keep her turn open. */
  #items: number[] = [];
  readonly #unfinished = new Set<number>();

  constructor(
    private readonly info: CallInfo,
    media: MediaSource,
  ) {
    this.record = new CallRecord(info, media);
  }

  get turnState(): TurnState {
    return this.#turns.state;
  }

  poll(): CallOutput | undefined {
    return this.#out.shift();
  }

  deadline(): number {
    if (this.#handover.isGone) return this.#gate.deadline();
    return Math.min(this.#turns.deadline(), this.#gate.deadline(), this.#thinkDeadlineMs, this.#handover.deadline());
  }

  handle(now: number, input: CallInput): void {
    if (this.#phase === "ended") return;
    if (this.#handover.isGone) return this.#handleGone(now, input);
    switch (input.type) {
      case "answered":
        this.#onAnswered(now);
        break;
      case "onset":
      case "onset-lost":
      case "speech-start":
      case "speech-end":
        this.#turns.handle(now, input);
        if (input.type === "speech-start") this.#forgetAhead();
        else this.#latency.vadStopped(now);
        break;
      case "digit":
        this.#turns.handle(now, { type: "keys", digits: input.digit });
        break;
      case "held":
        this.#held = input.held;
        break;
      case "transcript":
      case "transcript-failed":
        this.#turns.handle(now, input);
        if (input.type === "transcript") this.#thinkAhead(input.text, input.confidence);
        break;
      case "reply-messages":
        this.#memory.add(...input.messages);
        break;
      case "fact":
        this.#onFact(now, input.fact);
        break;
      case "transfer-start":
        this.#handover.start(now);
        this.#thinkDeadlineMs = Number.POSITIVE_INFINITY;
        break;
      case "transfer-result":
        this.#onTransferResult(now, input.outcome);
        break;
      case "voice-start":
        this.#latency.voiceStarted(now);
        break;
      case "voice-words":
        this.#ledger.words(input.item, input.words);
        break;
      case "voice-refused":
        this.played(now, input.item, 0, true);
        break;
      case "say":
        if (this.#thinking || this.#unfinished.size > 0) this.#interrupt(now);
        this.#say(now, input.text, input.hangUpAfter);
        break;
      case "hangup":
        return this.#onHangup(now, input.by);
      case "tick":
        this.#onTick(now);
        break;
      default:
        if (input.turn === this.#turn) this.#onReply(now, input);
    }
    this.#drain(now);
  }

  /** `playedMs` of `item` have been sent, `finished` with its last sample. A method, not an input: it is called every 20 ms of her speech. */
  played(now: number, item: number, playedMs: number, finished: boolean): void {
    if (playedMs > 0) this.#latency.heard(now);
    this.#ledger.played(now, item, playedMs, finished && playedMs > 0);
    if (!this.#thinking && item === this.#items.at(-1)) this.#turns.handle(now, { type: "last-sentence" });
    if (!finished || !this.#unfinished.delete(item)) return;
    this.#maybeEndReply(now);
    this.#drain(now);
  }

  #onAnswered(now: number): void {
    this.#phase = "talking";
    this.record.answered(now);
    this.#gate.handle(now, { type: "answered" });
    this.#beginReply(now, "open");
    for (const sentence of this.info.greeting) this.#speak(now, sentence);
    this.#thinking = false;
    this.#draft(now);
  }

  #onReply(now: number, input: Extract<CallInput, { turn: number }>): void {
    switch (input.type) {
      case "reply-text":
        this.#latency.token(now);
        for (const sentence of this.#sentences.push(input.text)) this.#speak(now, sentence);
        return;
      case "reply-expects":
        return this.#turns.handle(now, { type: "expects", expects: input.expects });
      case "reply-end":
        this.#endAfterReply = input.endCall;
        if (input.endCall) this.#phase = "leaving";
        return this.#endThinking(now);
      case "reply-failed":
        return this.#apologise(now);
    }
  }

  #onTick(now: number): void {
    if (now >= this.#thinkDeadlineMs) {
      this.#out.push({ type: "cancel-think", turn: this.#turn });
      this.#apologise(now);
    }
    if (this.#handover.isWordDue(now)) this.#speak(now, PHRASES.connecting);
    this.#turns.handle(now, { type: "tick" });
    this.#gate.handle(now, { type: "tick" });
  }

  #onHangup(now: number, by: "caller" | "agent" | "error"): void {
    this.#closeReply(now, true);
    this.#turns.handle(now, { type: "hangup" });
    this.#gate.handle(now, { type: "hangup" });
    this.#drain(now);
    if (this.#thinking) this.#out.push({ type: "cancel-think", turn: this.#turn });
    this.#phase = "ended";
    this.#thinkDeadlineMs = Number.POSITIVE_INFINITY;
    this.#out.push({ type: "report", report: this.record.completed(now, by) });
  }

  /** The caller talks to somebody else: only the end of the call counts, and what tools still tell. */
  #handleGone(now: number, input: CallInput): void {
    if (input.type === "hangup") return this.#onHangup(now, input.by);
    if (input.type === "fact") this.#onFact(now, input.fact);
    else if (input.type === "tick") this.#gate.handle(now, input);
    this.#drain(now);
  }

  #onFact(now: number, fact: ToolFact): void {
    this.record.facts.push(fact);
    if (fact.type === "escalated") this.#out.push({ type: "report", report: this.record.escalated(now, fact) });
    this.#draft(now);
  }

  #onTransferResult(now: number, outcome: TransferOutcome): void {
    this.#handover.end(outcome);
    if (this.#handover.isGone) this.#interrupt(now);
    else if (this.#thinking) this.#thinkDeadlineMs = now + THINK_TIMEOUT_MS;
    else this.#say(now, PHRASES.nobodyAvailable);
  }

  /** Moves what the inner cores decided to the outside. */
  #drain(now: number): void {
    for (let output = this.#turns.poll(); output; output = this.#turns.poll()) this.#onTurnOutput(now, output);
    const verdict = this.#gate.poll();
    if (verdict) this.#out.push({ type: "report", report: this.record.started(verdict) });
  }

  #onTurnOutput(now: number, output: TurnOutput): void {
    switch (output.type) {
      case "transcribe":
        this.#out.push({ ...output, expects: this.#turns.expects });
        return;
      case "new-utterance":
      case "duck":
      case "hold":
      case "unduck":
        this.#out.push(output);
        return;
      case "interrupt":
        if (!this.#handover.isTrying) this.#interrupt(now);
        return;
      case "missed":
        if (!this.#handover.isTrying) this.#say(now, PHRASES.missed);
        return;
      case "silence":
        if (this.#held) this.#heldSilences = output.count;
        else this.#onSilence(now, output.count - this.#heldSilences);
        return;
      case "commit":
        return this.#onCommit(now, output);
    }
  }

  #onCommit(now: number, turn: Extract<TurnOutput, { type: "commit" }>): void {
    this.record.lines.push({
      speaker: "caller",
      text: turn.text,
      start_ms: this.record.sinceAnswer(turn.speechStartMs),
      end_ms: this.record.sinceAnswer(turn.speechEndMs),
      ...(turn.confidence === undefined ? {} : { confidence: turn.confidence }),
    });
    this.#out.push({ type: "caption", speaker: "caller", text: turn.text });
    this.#heldSilences = 0;
    this.#gate.handle(now, { type: "answered-turn" });
    this.#latency.committed(turn.speechEndMs, turn.endpointMs, now);
    const unclear = !this.#wasUnclear && isUnclear(turn.text, turn.confidence, this.#turns.expects);
    this.#wasUnclear = unclear;
    if (this.#handover.isTrying) return this.#speak(now, PHRASES.connecting);
    if (unclear) return this.#say(now, PHRASES.unclear);
    this.#think(now, turn.text);
    this.#draft(now);
  }

  #onSilence(now: number, count: number): void {
    if (count >= MAX_SILENCES) this.#say(now, PHRASES.nobodyThere, true);
    else if (count > 1) this.#say(now, PHRASES.stillThere);
    else this.#think(now, "");
  }

  #think(now: number, text: string): void {
    this.#ahead = false;
    this.#beginReply(now, this.#turns.expects);
    this.#memory.caller(text);
    this.#thinking = true;
    this.#thinkDeadlineMs = now + THINK_TIMEOUT_MS;
    this.#out.push({ type: "think", turn: this.#turn, messages: this.#memory.messages });
  }

  /** The words are there, the silence is not yet long enough: the model may begin. */
  #thinkAhead(text: string, confidence: number | undefined): void {
    const words = text.trim();
    if (this.#turns.state !== "settling" || words === "" || isUnclear(words, confidence, this.#turns.expects)) return;
    this.#ahead = true;
    this.#out.push({ type: "think-ahead", messages: this.#memory.withCaller(words) });
  }

  #forgetAhead(): void {
    if (this.#ahead) this.#out.push({ type: "forget-ahead" });
    this.#ahead = false;
  }

  /** Says a sentence of her own without thinking. */
  #say(now: number, text: string, hangUpAfter = false): void {
    this.#beginReply(now, this.#turns.expects);
    this.#speak(now, text);
    this.#endAfterReply = hangUpAfter;
    if (hangUpAfter) this.#phase = "leaving";
  }

  #apologise(now: number): void {
    this.#thinking = false;
    this.#thinkDeadlineMs = Number.POSITIVE_INFINITY;
    this.#speak(now, PHRASES.apology);
  }

  /** The reply before it is over by now: ended, or closed by an interruption. */
  #beginReply(now: number, expects: AnswerKind): void {
    this.#turn++;
    this.#endAfterReply = false;
    this.#sentences = new SentenceSplitter();
    this.#turns.handle(now, { type: "reply-start", expects });
  }

  #speak(now: number, text: string): void {
    const item = ++this.#item;
    this.#items.push(item);
    this.#unfinished.add(item);
    this.#ledger.begin(item, text);
    this.#latency.sentence(now);
    this.#out.push({ type: "speak", item, text, onInterrupt: "drop" });
  }

  #endThinking(now: number): void {
    for (const sentence of this.#sentences.flush()) this.#speak(now, sentence);
    if (this.#items.length === 0 && !this.#endAfterReply) return this.#apologise(now);
    this.#thinking = false;
    this.#thinkDeadlineMs = Number.POSITIVE_INFINITY;
    this.#maybeEndReply(now);
  }

  #maybeEndReply(now: number): void {
    if (this.#thinking || this.#unfinished.size > 0) return;
    this.#closeReply(now, false);
    this.#turns.handle(now, { type: "reply-end" });
    if (this.#endAfterReply && this.#phase === "leaving") this.#out.push({ type: "hang-up" });
  }

  #interrupt(now: number): void {
    if (this.#thinking) this.#out.push({ type: "cancel-think", turn: this.#turn });
    this.#out.push({ type: "interrupt" });
    this.#closeReply(now, true);
    this.#turn++;
    this.#thinking = false;
    this.#thinkDeadlineMs = Number.POSITIVE_INFINITY;
    this.#endAfterReply = false;
    if (this.#phase === "leaving") this.#phase = "talking";
  }

  /** Writes down what was heard of the current reply and forgets the rest. */
  #closeReply(now: number, interrupted: boolean): void {
    const heard = this.#items.map((item) => this.#ledger.take(item)).filter(({ text }) => text !== "");
    this.#items = [];
    this.#unfinished.clear();
    const latency = this.#latency.take(this.record.answeredAtMs);
    if (latency) this.record.turns.push({ turn: this.#turn, ...latency });
    const first = heard[0];
    if (!first) return;
    const text = heard.map((part) => part.text).join(" ");
    const cut = interrupted && heard.some((part) => !part.complete);
    this.record.lines.push({
      speaker: "agent",
      text,
      start_ms: this.record.sinceAnswer(first.startedAtMs ?? now),
      end_ms: this.record.sinceAnswer(now),
      ...(cut ? { interrupted: true } : {}),
    });
    this.#memory.add({ role: "assistant", content: text });
    this.#out.push({ type: "caption", speaker: "agent", text });
    this.#draft(now);
  }

  #draft(now: number): void {
    this.#out.push({ type: "draft", outcome: this.record.completed(now, "engine_restart") });
  }
}
