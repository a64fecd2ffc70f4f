/**
 * Turn-taking: when the caller has finished, when she must stop, when silence asks for a word.
 *
 * | state     | caller starts        | caller stops           | deadline                    | transcript          | she starts | she ends  |
 * |-----------|----------------------|------------------------|-----------------------------|---------------------|------------|-----------|
 * | listening | hearing (new)        | –                      | → silence, listening        | –                   | replying   | –         |
 * | hearing   | –                    | settling, transcribe   | → transcribe, awaiting      | kept                | –          | –         |
 * | settling  | hearing (same)       | –                      | text in: commit, replying   | kept, delay changes | –          | –         |
 * |           |                      |                        | else awaiting               |                     |            |           |
 * | awaiting  | hearing (same)       | –                      | → missed, replying          | commit, replying    | –          | –         |
 * | replying  | overlap: duck        | –                      | –                           | –                   | –          | listening |
 * | overlap   | –                    | unduck, replying       | → interrupt, hearing (new)  | –                   | –          | hearing   |
 *
 * `ended` is reached from every state by `hangup` and left by nothing. Times are monotonic milliseconds.
 */
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import type { Core } from "../core.ts";
import { endpointDelayMs, MAX_ENDPOINT_DELAY_MS } from "./endpoint.ts";

export type TurnState = "listening" | "hearing" | "settling" | "awaiting" | "replying" | "overlap" | "ended";

export type TurnInput =
  /** VAD: voice began at `atMs` (back-dated to the onset). */
  | { readonly type: "speech-start"; readonly atMs: number }
  /** VAD: voice ended at `atMs` (the last voiced audio). */
  | { readonly type: "speech-end"; readonly atMs: number }
  | {
      readonly type: "transcript";
      readonly request: number;
      readonly text: string;
      readonly confidence: number | undefined;
    }
  | { readonly type: "transcript-failed"; readonly request: number }
  /** She has begun to answer (thinking counts: her turn). */
  | { readonly type: "reply-start"; readonly expects: AnswerKind }
  /** What the reply asks for became known, or changed, while she speaks. */
  | { readonly type: "expects"; readonly expects: AnswerKind }
  /** Her last sample has been played (or there was nothing to say). */
  | { readonly type: "reply-end" }
  /** A key was pressed: it counts as speech that is over at once. */
  | { readonly type: "keys"; readonly digits: string }
  | { readonly type: "hangup" }
  | { readonly type: "tick" };

export type TurnOutput =
  /** Decode everything since the utterance began. `speechMs` is what the VAD called voice. */
  | { readonly type: "transcribe"; readonly request: number; readonly speechMs: number }
  /** A new utterance: forget older audio but the last `keepMs`. */
  | { readonly type: "new-utterance"; readonly keepMs: number }
  | {
      readonly type: "commit";
      readonly text: string;
      readonly confidence: number | undefined;
      readonly speechStartMs: number;
      readonly speechEndMs: number;
      /** When the silence had lasted long enough; later than that is waiting for the recogniser. */
      readonly endpointMs: number;
    }
  /** Voice, then no words from the recogniser: she asks again. */
  | { readonly type: "missed"; readonly speechStartMs: number; readonly speechEndMs: number }
  /** Nobody has spoken for a while; `count` is 1, 2, … in a row. */
  | { readonly type: "silence"; readonly count: number }
  | { readonly type: "duck" }
  | { readonly type: "unduck" }
  | { readonly type: "interrupt" };

export interface TurnOptions {
  /** Overlapping speech this long stops her. Shorter is a cough or "uh-huh" and only ducks her. */
  readonly interruptAfterMs: number;
  /** Silence after her question before she speaks up. */
  readonly silenceMs: number;
  /** Longest utterance; beyond it she answers what she has. */
  readonly maxUtteranceMs: number;
  /** How long a recogniser may take after the endpoint. */
  readonly transcriptTimeoutMs: number;
  /** Audio kept from before the onset; VAD notices voice late. */
  readonly preRollMs: number;
}

export const DEFAULT_TURN_OPTIONS: TurnOptions = {
  interruptAfterMs: 240,
  silenceMs: 8000,
  maxUtteranceMs: 30_000,
  transcriptTimeoutMs: 2500,
  preRollMs: 400,
};

/** Keys are gathered this long after the last one. */
const KEY_GAP_MS = 2000;
/** Voice shorter than this in which no word was found was a cough or a door. */
const WORDLESS_MS = 500;

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
  #keys = "";
  #silences = 0;
  readonly #out: TurnOutput[] = [];

  constructor(private readonly options: TurnOptions = DEFAULT_TURN_OPTIONS) {}

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
      case "speech-start":
        return this.#onSpeechStart(now, input.atMs);
      case "speech-end":
        return this.#onSpeechEnd(now, input.atMs);
      case "transcript":
        return this.#onTranscript(now, input.request, input.text, input.confidence);
      case "transcript-failed":
        return this.#onTranscript(now, input.request, "", undefined);
      case "reply-start":
        this.#expects = input.expects;
        if (this.#state === "overlap") this.#out.push({ type: "unduck" });
        return this.#enter("replying", Number.POSITIVE_INFINITY);
      case "expects":
        this.#expects = input.expects;
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
        return this.#newUtterance(now, atMs);
      case "settling":
      case "awaiting":
        this.#speechStartMs = atMs;
        this.#text = undefined;
        return this.#enter("hearing", this.#utteranceStartMs + this.options.maxUtteranceMs);
      case "replying":
        this.#utteranceStartMs = atMs;
        this.#speechStartMs = atMs;
        this.#out.push({ type: "duck" });
        return this.#enter("overlap", atMs + this.options.interruptAfterMs);
    }
  }

  #onSpeechEnd(now: number, atMs: number): void {
    if (this.#state === "overlap") {
      this.#out.push({ type: "unduck" });
      return this.#enter("replying", Number.POSITIVE_INFINITY);
    }
    if (this.#state !== "hearing") return;
    this.#speechMs += Math.max(0, atMs - this.#speechStartMs);
    this.#speechEndMs = atMs;
    this.#transcribe();
    this.#enter("settling", this.#endpointMs());
    if (now >= this.#deadlineMs) this.#onDeadline(now);
  }

  #onTranscript(now: number, request: number, text: string, confidence: number | undefined): void {
    if (request !== this.#request) return;
    this.#text = text;
    this.#confidence = confidence;
    if (this.#state === "awaiting") return this.#commit(now);
    if (this.#state !== "settling") return;
    this.#deadlineMs = this.#endpointMs();
    if (now >= this.#deadlineMs) this.#onDeadline(now);
  }

  #onReplyEnd(now: number): void {
    if (this.#state === "replying") return this.#enter("listening", now + this.options.silenceMs);
    if (this.#state === "overlap") {
      // She had finished anyway: what overlapped her last word is the caller's turn.
      this.#out.push({ type: "unduck" });
      this.#newUtterance(now, this.#speechStartMs);
    }
  }

  #onKeys(now: number, digits: string): void {
    if (this.#state === "replying" || this.#state === "overlap") this.#out.push({ type: "interrupt" });
    this.#keys += digits;
    this.#speechStartMs = this.#speechEndMs = now;
    this.#text = this.#keys;
    this.#confidence = 1;
    this.#request++;
    const complete = digits.endsWith("#");
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
        this.#speechMs += Math.max(0, now - this.#speechStartMs);
        this.#speechEndMs = now;
        this.#endpointedAtMs = now;
        this.#transcribe();
        return this.#enter("awaiting", now + this.options.transcriptTimeoutMs);
      case "settling":
        this.#endpointedAtMs = now;
        if (this.#text === undefined) return this.#enter("awaiting", now + this.options.transcriptTimeoutMs);
        return this.#commit(now);
      case "awaiting":
        this.#out.push({ type: "missed", speechStartMs: this.#utteranceStartMs, speechEndMs: this.#speechEndMs });
        return this.#enter("replying", Number.POSITIVE_INFINITY);
      case "overlap":
        this.#out.push({ type: "unduck" }, { type: "interrupt" });
        return this.#newUtterance(now, this.#speechStartMs);
    }
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
    this.#enter("hearing", atMs + this.options.maxUtteranceMs);
  }

  #transcribe(): void {
    this.#request++;
    this.#text = undefined;
    this.#out.push({ type: "transcribe", request: this.#request, speechMs: this.#speechMs });
  }

  #endpointMs(): number {
    if (this.#keys !== "") return this.#deadlineMs;
    const delayMs = endpointDelayMs(this.#expects, this.#text);
    return this.#speechEndMs + Math.min(delayMs, MAX_ENDPOINT_DELAY_MS);
  }

  /** Voice without words was a cough or a door: back to listening, unless it was long enough to have been a sentence. */
  #commit(now: number): void {
    const text = (this.#text ?? "").trim();
    this.#keys = "";
    if (text === "" && this.#speechMs < WORDLESS_MS) return this.#enter("listening", now + this.options.silenceMs);
    this.#silences = 0;
    this.#enter("replying", Number.POSITIVE_INFINITY);
    const speechStartMs = this.#utteranceStartMs;
    const speechEndMs = this.#speechEndMs;
    if (text === "") this.#out.push({ type: "missed", speechStartMs, speechEndMs });
    else {
      const endpointMs = this.#endpointedAtMs;
      this.#out.push({ type: "commit", text, confidence: this.#confidence, speechStartMs, speechEndMs, endpointMs });
    }
  }

  #enter(state: TurnState, deadlineMs: number): void {
    this.#state = state;
    this.#deadlineMs = deadlineMs;
  }
}
