/**
 * What the engine asks of speech, language and voice models. Every provider (embedded, OpenAI-compatible, scripted) implements
 * these and passes the same conformance suite. Audio is always 8 kHz mono 16-bit PCM: providers resample on their side, once.
 */

/** What kind of answer the last question expects. It changes endpointing delays, recogniser hints and read-back together. */
export type AnswerKind = "open" | "yes-no" | "digits" | "pin" | "name" | "date-time" | "choice" | "email" | "spelling";

export interface SttHint {
  /** What she just asked for. `digits` lets a recogniser mask its output to numbers. */
  readonly expects: AnswerKind;
  /** The business's own words (services, staff, street names), most important first. */
  readonly vocabulary: readonly string[];
  /** Milliseconds of speech the VAD saw in this utterance: 0 means the text may well be empty. */
  readonly speechMs: number;
}

export interface SttResult {
  /** Empty when nothing intelligible was said. */
  readonly text: string;
  /** 0..1; `undefined` when the provider gives none. Below about 0.55 she asks again. */
  readonly confidence: number | undefined;
  /** BCP 47, when the provider detects it. */
  readonly language: string | undefined;
}

/** One per call. */
export interface SttSession {
  /** Caller audio in order. The samples are copied; the caller may reuse its buffer. Never blocks. */
  push(samples: Int16Array): void;
  /**
   * The text of everything pushed since `reset()`. May be asked again as more audio comes (speculation); the newest answer wins.
   * Rejects with `ProviderError`.
   */
  transcribe(hint: SttHint, signal: AbortSignal): Promise<SttResult>;
  /** Forget the audio: a new utterance starts. Keeps the last `keepMs` (speech onset is noticed late). */
  reset(keepMs: number): void;
  close(): void;
}

export interface SttPort {
  readonly name: string;
  /** Wants the audio while it is spoken, not with the question. */
  readonly streaming?: boolean;
  /** Loads models, opens connections. Called once before the first call. */
  warm(): Promise<void>;
  open(options: { readonly language: string }): SttSession;
  close(): Promise<void>;
}

export type LlmMessage =
  | { readonly role: "system" | "user"; readonly content: string }
  | { readonly role: "assistant"; readonly content: string; readonly toolCalls?: readonly LlmToolCall[] }
  | { readonly role: "tool"; readonly toolCallId: string; readonly content: string };

export interface LlmToolCall {
  readonly id: string;
  readonly name: string;
  /** Parsed JSON; validated by the tool's own schema before it runs. */
  readonly arguments: unknown;
}

export interface LlmTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments object. */
  readonly parameters: Record<string, unknown>;
}

export type LlmDelta =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool-call"; readonly call: LlmToolCall }
  /** What kind of answer the text just produced asks for. Providers that cannot tell leave it out. */
  | { readonly type: "expect"; readonly expects: AnswerKind }
  | { readonly type: "usage"; readonly inputTokens: number; readonly outputTokens: number };

export interface LlmRequest {
  /** System prompt first, then what was said and *heard*, tool results included. */
  readonly messages: readonly LlmMessage[];
  readonly tools: readonly LlmTool[];
  /** Of the provider's models, this one; default: the one it was set up with. */
  readonly model?: string;
  /** Wall clock at the caller's turn, for "tomorrow" and greetings. */
  readonly nowEpochMs: number;
}

/** One per call; the embedded policy keeps its dialogue state here, a hosted model keeps nothing. */
export interface LlmSession {
  /** Streams one step of the reply. Ends after tool calls: the engine runs them and asks again. Rejects with `ProviderError`. */
  respond(request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmDelta>;
  /** Begins the reply to a turn that is probably over; `respond` with the same request goes on with it. Without it: providers that answer at once. */
  speculate?(request: LlmRequest): void;
  /** The caller has gone on speaking: what was begun is not wanted. */
  dropSpeculation?(): void;
  close(): void;
}

/** What thinking ahead has brought and cost so far. */
export interface SpeculationFigures {
  readonly started: number;
  /** Used for the reply. */
  readonly hits: number;
  /** Dropped: the words changed, or the caller went on. */
  readonly misses: number;
  /** Output tokens of dropped replies: as reported, else one for each piece of text. */
  readonly wastedTokens: number;
}

export interface LlmPort {
  readonly name: string;
  /** Of all calls; absent where nothing is thought ahead. */
  speculation?(): SpeculationFigures;
  warm(): Promise<void>;
  /** `context` is the business as the api describes it (`AgentSettings` of `api/contract`), opaque here. */
  open(context: unknown): LlmSession;
  close(): Promise<void>;
}

export interface TtsWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface TtsChunk {
  /** 8 kHz mono. Owned by the receiver. */
  readonly samples: Int16Array;
  /** Words whose audio starts in this chunk, times from the start of the utterance. Absent when the provider gives none. */
  readonly words?: readonly TtsWord[];
}

export interface TtsRequest {
  readonly text: string;
  readonly language: string;
  /** Provider-specific voice id; empty for the provider's default. */
  readonly voice: string;
}

export interface TtsPort {
  readonly name: string;
  warm(): Promise<void>;
  /** Streams audio faster than real time. Rejects with `ProviderError`. */
  speak(request: TtsRequest, signal: AbortSignal): AsyncIterable<TtsChunk>;
  close(): Promise<void>;
}

/** Hears whether a turn is over: intonation, breath, a word drawn out. One for all calls. */
export interface TurnModel {
  readonly name: string;
  warm(): Promise<void>;
  /** `samples`: 8 kHz, the turn so far, its last eight seconds count; owned by the model. 0..1. Rejects with `ProviderError`. */
  overProbability(samples: Int16Array<ArrayBuffer>, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

/** Per-call recurrent state of a VAD model; opaque. */
export interface VadState {
  readonly data: Float32Array;
}

export interface VadModel {
  readonly name: string;
  /** Samples per inference at 8 kHz: 256 (32 ms) for Silero. */
  readonly windowSamples: number;
  /** Windows worth giving it at once; by default 32. */
  readonly maxBatch?: number;
  createState(): VadState;
  /**
   * Speech probability for each call's next window, in one inference. `windows` holds `states.length` windows back to back, scaled to −1..1.
   * States are updated in place. Writes into `out` (length ≥ states.length).
   */
  infer(windows: Float32Array, states: readonly VadState[], out: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** A provider failed. `retryable` says whether asking again (or another provider) makes sense. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  constructor(
    readonly provider: string,
    message: string,
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(`${provider}: ${message}`, options);
  }
}
