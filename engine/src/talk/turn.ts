/**
 * Turn-taking: when the caller has finished, when she must stop, when silence asks for a word.
 *
 * | state     | caller starts        | caller stops           | deadline                    | transcript          | she starts | she ends  |
 * |-----------|----------------------|------------------------|-----------------------------|---------------------|------------|-----------|
 * | listening | hearing (new)        | –                      | → silence, listening        | of a sound the VAD  | replying   | –         |
 * |           |                      |                        |                             | missed: settling    |            |           |
 * | hearing   | –                    | settling, transcribe   | → transcribe, awaiting      | kept                | –          | –         |
 * | settling  | hearing (same)       | –                      | text in: commit, replying   | kept, delay changes | –          | –         |
 * |           |                      |                        | else awaiting               |                     |            |           |
 * | awaiting  | hearing (same)       | –                      | → missed, replying          | commit, replying    | –          | –         |
 * | replying  | onset: duck, noticed | –                      | –                           | a short "no!":      | –          | listening |
 * |           |                      |                        |                             | interrupt, settling |            |           |
 * | noticed   | overlap              | onset lost: unduck,    | unduck, replying            | –                   | replying   | listening |
 * |           |                      | replying               |                             |                     |            |           |
 * | overlap   | –                    | transcribe             | hold, transcribe, or decide: unduck, replying;    | –          | hearing,  |
 * |           |                      |                        | or interrupt, hearing, settling or awaiting       |            | settling  |
 *
 * What is decided in `overlap`, and when, is the table of interruption.ts. `ended` is reached from every state by `hangup` and left by
 * nothing. Times are monotonic milliseconds.
 */
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import type { Core } from "../core.ts";
import { fuse } from "./capture.ts";
import { endpointDelayMs } from "./endpoint.ts";
import { Interruption, isLateTalk, isTalk } from "./interruption.ts";
import { Keypad } from "./keypad.ts";
import { CallerPauses } from "./pauses.ts";
import { KEY_GAP_MS, type TurnInput, type TurnOptions, type TurnOutput, type TurnState } from "./turn-events.ts";

/** Voice shorter than this in which no word was found was a cough or a door. */
const WORDLESS_MS = 500;
/** Words later than this after the voice are not waited for: a stock phrase takes another 100 ms to be heard. */
const MAX_WAIT_MS = 2700;
/** An "s" is louder than silence 110 ms before the VAD calls it voice, and believed 40 ms later. */
const NOTICED_MS = 200;

export class TurnTaking implements Core<TurnInput, TurnOutput> {
  #state: TurnState = "listening";
  #deadlineMs = Number.POSITIVE_INFINITY;
  #expects: AnswerKind = "open";
  #utteranceStartMs = 0;
  #speechStartMs = 0;
  #speechEndMs = 0;
  #speechMs = 0;
  #endpointedAtMs = 0;
  #request = 0;
  #text: string | undefined;
  #confidence: number | undefined;
  readonly #keypad = new Keypad();
  /** This caller's. */
  readonly pauses = new CallerPauses();
  /** By its sound, the turn is over: the audio model's answer to the newest request. */
  #overProbability: number | undefined;
  #silences = 0;
  #interruption: Interruption | undefined;
  /** She has asked what `expects` says. */
  #asked = false;
  readonly #out: TurnOutput[] = [];

  constructor(private readonly options: TurnOptions) {}

  get state(): TurnState {
    return this.#state;
  }

  /** What the last question expects: the recogniser's hint. */
  get expects(): AnswerKind {
    return this.#expects;
  }

  deadline(): number {
    return this.#deadlineMs;
  }

  poll(): TurnOutput | undefined {
    return this.#out.shift();
  }

  handle(now: number, input: TurnInput): void {
    if (this.#state === "ended") return;
    switch (input.type) {
      case "onset":
        if (this.#state !== "replying") return;
        this.#out.push({ type: "duck" });
        return this.#enter("noticed", now + NOTICED_MS);
      case "onset-lost":
        if (this.#state === "noticed") this.#goOn();
        return;
      case "speech-start":
        return this.#onSpeechStart(now, input.atMs);
      case "speech-end":
        return this.#onSpeechEnd(now, input.atMs);
      case "sound":
        return this.#onSound(input.startMs, input.endMs);
      case "not-voice":
        return this.#onNoVoice(now);
      case "end-of-turn":
        if (input.request !== this.#request) return;
        this.#overProbability = input.probability;
        return this.#state === "settling" ? this.#settle(now) : undefined;
      case "transcript":
        return this.#onTranscript(now, input.request, input.text, input.confidence);
      case "transcript-failed":
        return this.#onFailed(now, input.request);
      case "reply-start":
        return this.#onReplyStart(input.expects);
      case "expects":
        this.#expects = input.expects;
        return;
      case "last-sentence":
        this.#asked = true;
        return;
      case "reply-end":
        return this.#onReplyEnd(now);
      case "keys":
        return this.#onKeys(now, input.digits);
      case "hangup":
        return this.#enter("ended", Number.POSITIVE_INFINITY);
      case "tick":
        if (now >= this.#deadlineMs) this.#onDeadline(now);
        return;
    }
  }

  #onSpeechStart(now: number, atMs: number): void {
    switch (this.#state) {
      case "listening":
        this.#newUtterance(now, atMs);
        return this.#enter("hearing", atMs + this.options.maxUtteranceMs);
      case "settling":
      case "awaiting":
        this.pauses.add(atMs - this.#speechEndMs);
        this.#speechStartMs = atMs;
        this.#text = undefined;
        return this.#enter("hearing", this.#utteranceStartMs + this.options.maxUtteranceMs);
      case "replying":
      case "noticed":
        if (this.#state === "replying") this.#out.push({ type: "duck" });
        return this.#overlap(now, atMs);
      case "overlap":
        this.#interruption?.started();
        return this.#decide(now);
    }
  }

  #onSpeechEnd(now: number, atMs: number): void {
    if (this.#state === "overlap") {
      this.#interruption?.ended(atMs);
      this.#speechMs = 0;
      this.#endOfVoice(atMs);
      return this.#decide(now);
    }
    if (this.#state !== "hearing") return;
    this.#endOfVoice(atMs);
    this.#settle(now);
  }

  /** The voice since `#speechStartMs` is over: its words, please. */
  #endOfVoice(atMs: number): void {
    this.#speechMs += Math.max(0, atMs - this.#speechStartMs);
    this.#speechEndMs = atMs;
    this.#transcribe(atMs);
  }

  /** No voice for the VAD: perhaps it is deaf. The recogniser may hear words. */
  #onSound(startMs: number, endMs: number): void {
    if (this.#state !== "listening") return;
    this.#utteranceStartMs = this.#speechStartMs = startMs;
    this.#speechEndMs = endMs;
    this.#speechMs = 0;
    this.#transcribe(endMs);
  }

  #onNoVoice(now: number): void {
    this.#request++;
    if (this.#state === "overlap" || this.#state === "noticed") this.#goOn();
    else if (this.#state !== "replying") this.#listen(now);
  }

  /** A recogniser that failed has not heard that there were no words. */
  #onFailed(now: number, request: number): void {
    if (request !== this.#request) return;
    if (this.#state === "settling" || this.#state === "awaiting") return this.#miss(now);
    this.#onTranscript(now, request, "", undefined);
  }

  #onTranscript(now: number, request: number, text: string, confidence: number | undefined): void {
    if (request !== this.#request) return;
    this.#text = text;
    this.#confidence = confidence;
    switch (this.#state) {
      case "listening":
        if (isTalk(text, confidence ?? 1, true, this.#expects)) this.#settle(now);
        return;
      case "awaiting":
        return this.#commit(now);
      case "settling":
        return this.#settle(now);
      case "overlap":
        this.#interruption?.words(text, confidence);
        return this.#decide(now);
      case "replying":
        if (!isLateTalk(now - this.#speechEndMs, text, confidence ?? 1, this.#answers)) return;
        this.#out.push({ type: "interrupt" });
        return this.#settle(now);
    }
  }

  /** What a "yes" would answer: the question that she has begun to ask. */
  get #answers(): AnswerKind | undefined {
    return this.#asked ? this.#expects : undefined;
  }

  #onReplyStart(expects: AnswerKind): void {
    this.#expects = expects;
    this.#asked = false;
    if (this.#state === "overlap" || this.#state === "noticed") return this.#goOn();
    // What was still being decoded belongs to the turn she answers now.
    this.#request++;
    this.#enter("replying", Number.POSITIVE_INFINITY);
  }

  #onReplyEnd(now: number): void {
    switch (this.#state) {
      case "replying":
        return this.#listen(now);
      case "noticed":
        this.#goOn();
        return this.#listen(now);
      case "overlap":
        // She had finished anyway: what overlapped her last word is the caller's turn.
        this.#out.push({ type: "unduck" });
        return this.#takeTurn(now);
    }
  }

  #listen(now: number): void {
    this.#out.push({ type: "new-utterance", keepMs: this.options.preRollMs });
    this.#enter("listening", now + this.options.silenceMs);
  }

  #overlap(now: number, atMs: number): void {
    this.#interruption = new Interruption(atMs, this.options.interruption);
    this.#newUtterance(now, atMs);
    this.#enter("overlap", this.#interruption.deadline());
    this.#decide(now);
  }

  #decide(now: number): void {
    const interruption = this.#interruption;
    if (!interruption) return;
    for (let move = interruption.step(now, this.#answers); move; move = interruption.step(now, this.#answers)) {
      if (move === "resume") return this.#goOn();
      if (move === "stop") {
        this.#out.push({ type: "unduck" }, { type: "interrupt" });
        return this.#takeTurn(now);
      }
      if (move === "hold") this.#out.push({ type: "hold" });
      else {
        this.#speechMs = now - interruption.onsetMs;
        this.#transcribe(0);
      }
    }
    this.#deadlineMs = interruption.deadline();
  }

  /** It was nothing: she goes on where she was. */
  #goOn(): void {
    this.#interruption = undefined;
    this.#out.push({ type: "unduck" });
    this.#enter("replying", Number.POSITIVE_INFINITY);
  }

  #takeTurn(now: number): void {
    const interruption = this.#interruption;
    this.#interruption = undefined;
    if (interruption?.endedMs === undefined) {
      this.#text = undefined;
      // A partial answer still on its way must not count as the whole.
      this.#request++;
      return this.#enter("hearing", this.#utteranceStartMs + this.options.maxUtteranceMs);
    }
    this.#settle(now);
  }

  /** The voice is over; how long until the turn is? */
  #settle(now: number): void {
    this.#enter("settling", this.#endpointMs());
    if (now >= this.#deadlineMs) this.#onDeadline(now);
  }

  /** What was said before the keys is still wanted: half a number spoken, half of it pressed. */
  #onKeys(now: number, digits: string): void {
    if (this.#state === "overlap" || this.#state === "noticed") this.#goOn();
    if (this.#state === "replying") this.#out.push({ type: "interrupt" });
    if (this.#state === "hearing") this.#endOfVoice(now);
    else if (this.#state === "replying" || this.#state === "listening") {
      this.#utteranceStartMs = now;
      this.#text = "";
      this.#request++;
    }
    const complete = this.#keypad.press(digits);
    this.#speechEndMs = now;
    this.#enter("settling", now + (complete ? 0 : KEY_GAP_MS));
    if (complete) this.#onDeadline(now);
  }

  #onDeadline(now: number): void {
    switch (this.#state) {
      case "listening":
        this.#silences++;
        this.#out.push({ type: "silence", count: this.#silences });
        return this.#enter("listening", now + this.options.silenceMs);
      case "hearing":
        this.#endOfVoice(now);
        this.#endpointedAtMs = now;
        return this.#await(now);
      case "settling":
        this.#endpointedAtMs = now;
        return this.#text === undefined ? this.#await(now) : this.#commit(now);
      case "awaiting":
        return this.#miss(now);
      case "noticed":
        return this.#goOn();
      case "overlap":
        return this.#decide(now);
    }
  }

  /** The words are waited for, but never so long that the caller hears nothing for 3 s. */
  #await(now: number): void {
    const latestMs = Math.max(now, this.#speechEndMs + MAX_WAIT_MS);
    this.#enter("awaiting", Math.min(latestMs, now + this.options.transcriptTimeoutMs));
  }

  #miss(now: number): void {
    if (!this.#keypad.isEmpty) {
      this.#text = "";
      return this.#commit(now);
    }
    this.#enter("replying", Number.POSITIVE_INFINITY);
    this.#out.push({ type: "missed", speechStartMs: this.#utteranceStartMs, speechEndMs: this.#speechEndMs });
  }

  #newUtterance(now: number, atMs: number): void {
    this.#utteranceStartMs = atMs;
    this.#speechStartMs = atMs;
    this.#speechEndMs = atMs;
    this.#speechMs = 0;
    this.#text = undefined;
    this.#confidence = undefined;
    this.#request++;
    this.#out.push({ type: "new-utterance", keepMs: now - atMs + this.options.preRollMs });
  }

  #transcribe(untilMs: number): void {
    this.#request++;
    this.#text = this.#overProbability = undefined;
    this.#out.push({ type: "transcribe", request: this.#request, speechMs: this.#speechMs, untilMs });
  }

  #endpointMs(): number {
    if (!this.#keypad.isEmpty) return this.#speechEndMs + KEY_GAP_MS;
    const words = { expects: this.#expects, text: this.#text, pauses: this.pauses };
    const ending = { ...words, overProbability: this.#overProbability };
    return this.#speechEndMs + endpointDelayMs(ending, this.options.endpoint);
  }

  /** Voice without words was a cough or a door: back to listening, unless it was long enough to have been a sentence. */
  #commit(now: number): void {
    const text = fuse(this.#expects, (this.#text ?? "").trim(), this.#keypad.keys);
    if (!this.#keypad.isEmpty) this.#confidence = 1;
    this.#keypad.clear();
    if (text === "" && this.#speechMs < WORDLESS_MS) return this.#enter("listening", now + this.options.silenceMs);
    this.#silences = 0;
    if (text === "") return this.#miss(now);
    this.#enter("replying", Number.POSITIVE_INFINITY);
    this.#out.push({
      type: "commit",
      text,
      confidence: this.#confidence,
      speechStartMs: this.#utteranceStartMs,
      speechEndMs: this.#speechEndMs,
      endpointMs: this.#endpointedAtMs,
    });
  }

  #enter(state: TurnState, deadlineMs: number): void {
    this.#state = state;
    this.#deadlineMs = deadlineMs;
  }
}
