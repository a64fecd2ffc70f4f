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
 * Beside it run a hand-over to a human (its table is in `handover.ts`) and her patience with providers (`talk/patience.ts`).
 */

import type { AnswerKind } from "@sk-voice/models/ports.ts";
import type { Core } from "../core.ts";
import type { ToolFact } from "../receptionist/facts.ts";
import { isKeys, PIN_TYPED } from "../receptionist/pin-pad.ts";
import { cleanText, isSayable } from "../talk/clean.ts";
import { Patience } from "../talk/patience.ts";
import { Fillers, PHRASES } from "../talk/phrases.ts";
import { Setbacks } from "../talk/setbacks.ts";
import { Silences } from "../talk/silences.ts";
import { TurnTaking } from "../talk/turn.ts";
import { DEFAULT_TURN_OPTIONS, type TurnOptions, type TurnOutput, type TurnState } from "../talk/turn-events.ts";
import { Ahead } from "./ahead.ts";
import { Clarity } from "./clarity.ts";
import type { CallInfo, CallInput, CallOutput } from "./events.ts";
import { Handover } from "./handover.ts";
import { Memory } from "./memory.ts";
import { CallRecord, type MediaSource } from "./record.ts";
import { Reply } from "./reply.ts";
import type { TransferOutcome } from "./transfer-types.ts";

type Phase = "new" | "talking" | "leaving" | "ended";

export class Call implements Core<CallInput, CallOutput> {
  readonly record: CallRecord;
  #phase: Phase = "new";
  readonly #turns: TurnTaking;
  readonly #reply = new Reply();
  readonly #patience = new Patience();
  readonly #setbacks = new Setbacks();
  readonly #memory = new Memory();
  readonly #silences = new Silences();
  readonly #fillers = new Fillers();
  readonly #clarity = new Clarity();
  readonly #handover = new Handover();
  readonly #out: CallOutput[] = [];
  readonly #ahead = new Ahead(this.#out);
  /** Her current reply. Old numbers are late answers. */
  #turn = 0;
  #thinking = false;
  /** Nobody asked: she breaks a silence. */
  #prompting = false;
  #endAfterReply = false;

  constructor(
    private readonly info: CallInfo,
    media: MediaSource,
    turns: TurnOptions = DEFAULT_TURN_OPTIONS,
  ) {
    this.#turns = new TurnTaking(turns);
    this.record = new CallRecord(info, media, this.#turns.pauses);
  }

  get turnState(): TurnState {
    return this.#turns.state;
  }

  poll(): CallOutput | undefined {
    return this.#out.shift();
  }

  deadline(): number {
    if (this.#handover.isGone) return Number.POSITIVE_INFINITY;
    return Math.min(this.#turns.deadline(), this.#patience.deadline(), this.#handover.deadline());
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
      case "sound":
      case "not-voice":
      case "end-of-turn":
      case "transcript":
      case "transcript-failed":
        this.#turns.handle(now, input);
        if (input.type === "speech-start") this.#ahead.forget();
        else if (input.type === "speech-end") this.#reply.latency.vadStopped(now);
        else if (input.type === "transcript")
          this.#ahead.heard(this.#turns, this.#memory, input.text, input.confidence);
        break;
      case "digit":
        this.#turns.handle(now, { type: "keys", digits: input.digit });
        break;
      case "known-pauses":
        this.#turns.pauses.before(input.pausesMs);
        break;
      case "held":
        this.#silences.held = input.held;
        break;
      case "reply-messages":
        this.#memory.add(...input.messages);
        break;
      case "fact":
        this.#onFact(now, input.fact);
        break;
      case "tool":
        this.record.tool(now, input.turn, input.record);
        break;
      case "transfer-start":
        this.#handover.start(now);
        this.#patience.suspend();
        break;
      case "transfer-result":
        this.#onTransferResult(now, input.outcome);
        break;
      case "voice-start":
      case "voice-words":
        this.#reply.voice(now, input);
        break;
      case "voice-failed":
        if (this.#reply.has(input.item)) this.#goMute(now);
        break;
      case "voice-refused":
        this.played(now, input.item, 0, true);
        break;
      case "say":
        if (this.#thinking || this.#reply.isSpeaking) this.#interrupt(now);
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
    const ended = this.#reply.played(now, item, playedMs, finished);
    if (playedMs > 0) this.#patience.heard(now, this.#reply.isSpeaking);
    if (!this.#thinking && this.#reply.isLast(item)) this.#turns.handle(now, { type: "last-sentence" });
    if (!ended) return;
    this.#maybeEndReply(now);
    this.#drain(now);
  }

  #onAnswered(now: number): void {
    this.#phase = "talking";
    this.record.answered(now);
    this.#beginReply(now, "open");
    for (const sentence of this.info.greeting) this.#speak(now, sentence);
    this.#draft(now);
  }

  #onReply(now: number, input: Extract<CallInput, { turn: number }>): void {
    switch (input.type) {
      case "reply-text":
        this.#reply.latency.token(now);
        for (const sentence of this.#reply.push(cleanText(input.text))) this.#speak(now, sentence);
        if (this.#reply.isTooLong) this.#endThinking(now);
        return;
      case "reply-expects":
        return this.#turns.handle(now, { type: "expects", expects: input.expects });
      case "reply-end":
        this.#thinking = false;
        this.#leaveIf(input.endCall);
        return this.#endThinking(now);
      case "reply-failed":
        return this.#apologise(now);
    }
  }

  #onTick(now: number): void {
    for (let due = this.#patience.step(now); due; due = this.#patience.step(now)) {
      if (due === "mute") this.#goMute(now);
      else if (due === "filler") this.#fill(now);
      else this.#apologise(now);
    }
    if (this.#handover.isWordDue(now)) this.#speak(now, PHRASES.connecting);
    this.#turns.handle(now, { type: "tick" });
  }

  #onHangup(now: number, by: "caller" | "agent" | "error"): void {
    this.#closeReply(now, true);
    this.#turns.handle(now, { type: "hangup" });
    this.#drain(now);
    this.#stopThinking();
    this.#patience.end();
    this.#phase = "ended";
    this.#out.push({ type: "report", report: this.record.outcome(now, by) });
  }

  /** The caller talks to somebody else: only the end of the call counts, and what tools still tell. */
  #handleGone(now: number, input: CallInput): void {
    if (input.type === "hangup") return this.#onHangup(now, input.by);
    if (input.type === "fact") this.#onFact(now, input.fact);
    if (input.type === "tool") this.record.tool(now, input.turn, input.record);
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
    else if (this.#thinking) this.#patience.think(now, now);
    else this.#say(now, PHRASES.nobodyAvailable);
  }

  /** Moves what the turn-taking decided to the outside. */
  #drain(now: number): void {
    for (let output = this.#turns.poll(); output; output = this.#turns.poll()) this.#onTurnOutput(now, output);
  }

  #onTurnOutput(now: number, output: TurnOutput): void {
    switch (output.type) {
      case "transcribe":
        this.#out.push({ ...output, expects: this.#turns.expects });
        return;
      case "interrupt":
        if (!this.#handover.isTrying) this.#interrupt(now);
        return;
      case "missed":
        if (!this.#handover.isTrying) this.#say(now, ...this.#setbacks.missed());
        return;
      case "silence":
        return this.#onSilence(now, output.count);
      case "commit":
        return this.#onCommit(now, this.#withoutPin(output));
      default:
        this.#out.push(output);
    }
  }

  /** Keys that answer a question for a PIN go past the conversation. */
  #withoutPin(turn: Extract<TurnOutput, { type: "commit" }>): Extract<TurnOutput, { type: "commit" }> {
    if (this.#turns.expects !== "pin" || !isKeys(turn.text)) return turn;
    this.#out.push({ type: "secret", keys: turn.text });
    return { ...turn, text: PIN_TYPED };
  }

  #onCommit(now: number, turn: Extract<TurnOutput, { type: "commit" }>): void {
    this.record.caller(turn);
    this.#out.push({ type: "caption", speaker: "caller", text: turn.text });
    this.#silences.spoken();
    this.#setbacks.understood();
    this.#reply.latency.committed(turn.speechEndMs, turn.endpointMs, now);
    const unclear = this.#clarity.asks(turn.text, turn.confidence, this.#turns.expects);
    if (this.#handover.isTrying) return this.#speak(now, PHRASES.connecting);
    if (unclear) return this.#say(now, PHRASES.unclear);
    this.#think(now, turn.text, turn.speechEndMs);
    this.#draft(now);
  }

  #onSilence(now: number, count: number): void {
    const move = this.#silences.next(count);
    if (move === "goodbye") this.#say(now, PHRASES.nobodyThere, true);
    else if (move === "still-there") this.#say(now, PHRASES.stillThere);
    else if (move === "ask") this.#think(now, "", now);
  }

  #think(now: number, text: string, voiceEndMs: number): void {
    this.#ahead.committed();
    this.#beginReply(now, this.#turns.expects);
    this.#memory.caller(text);
    this.#thinking = true;
    this.#prompting = text === "";
    this.#patience.think(now, voiceEndMs);
    this.#out.push({ type: "think", turn: this.#turn, messages: this.#memory.messages });
  }

  /** Says a sentence of her own without thinking. */
  #say(now: number, text: string, leave = false): void {
    this.#beginReply(now, this.#turns.expects);
    this.#speak(now, text);
    this.#leaveIf(leave);
  }

  #leaveIf(leave: boolean): void {
    this.#endAfterReply = leave;
    if (leave) this.#phase = "leaving";
  }

  #apologise(now: number): void {
    this.#stopThinking();
    const [text, leave] = this.#setbacks.failed();
    this.#speak(now, text);
    this.#leaveIf(leave);
  }

  /** It takes long: a word that needs no provider. */
  #fill(now: number): void {
    if (this.#prompting) {
      this.#stopThinking();
      return this.#say(now, PHRASES.stillThere);
    }
    const text = this.#fillers.next();
    const item = this.#reply.addFiller(text);
    this.#out.push({ type: "speak", item, text, onInterrupt: "drop", place: "next" });
  }

  /** The voice brings nothing: what it should have said is given up, and a stock phrase says so. */
  #goMute(now: number): void {
    const [text, leave] = this.#setbacks.failed();
    const leaving = leave || this.#phase === "leaving";
    this.#interrupt(now);
    this.#say(now, leaving ? PHRASES.giveUp : text, leaving);
  }

  /** The reply before it is over by now: ended, or closed by an interruption. */
  #beginReply(now: number, expects: AnswerKind): void {
    this.#turn++;
    this.#thinking = this.#prompting = false;
    this.#endAfterReply = false;
    this.#fillers.newReply();
    this.#patience.end();
    this.#reply.begin();
    this.#turns.handle(now, { type: "reply-start", expects });
  }

  #speak(now: number, text: string): void {
    if (!isSayable(text)) return;
    const item = this.#reply.add(now, text);
    this.#patience.sentence(now);
    this.#out.push({ type: "speak", item, text, onInterrupt: "drop", place: "last" });
  }

  #endThinking(now: number): void {
    for (const sentence of this.#reply.flush()) this.#speak(now, sentence);
    if (this.#reply.isEmpty && !this.#endAfterReply) return this.#apologise(now);
    this.#stopThinking();
    this.#maybeEndReply(now);
  }

  /** The model has said all it is to say: what it still sends is not wanted. */
  #stopThinking(): void {
    if (this.#thinking) this.#out.push({ type: "cancel-think", turn: this.#turn });
    this.#thinking = this.#prompting = false;
    this.#patience.thought();
  }

  #maybeEndReply(now: number): void {
    if (this.#thinking || this.#reply.isSpeaking) return;
    this.#closeReply(now, false);
    this.#turns.handle(now, { type: "reply-end" });
    if (this.#endAfterReply && this.#phase === "leaving") this.#out.push({ type: "hang-up" });
  }

  #interrupt(now: number): void {
    this.#stopThinking();
    this.#out.push({ type: "interrupt" });
    this.#closeReply(now, true);
    this.#turn++;
    this.#patience.end();
    this.#endAfterReply = false;
    if (this.#phase === "leaving") this.#phase = "talking";
  }

  /** Writes down what was heard of the current reply and forgets the rest. */
  #closeReply(now: number, interrupted: boolean): void {
    const heard = this.#reply.take();
    const latency = this.#reply.latency.take(this.record.answeredAtMs);
    if (latency) this.record.turns.push({ turn: this.#turn, ...latency });
    const text = this.record.agent(now, heard, interrupted);
    if (text === undefined) return;
    this.#memory.add({ role: "assistant", content: text });
    const isCut = this.record.lines.at(-1)?.interrupted === true;
    this.#out.push({ type: "caption", speaker: "agent", text, isCut });
    this.#draft(now);
  }

  #draft(now: number): void {
    this.#out.push({ type: "draft", outcome: this.record.outcome(now, "engine_restart") });
  }
}
