/**
 * Streaming recognition by OpenAI's Realtime API (`/realtime?intent=transcription`, WebSocket): µ-law goes out while the caller speaks,
 * `commit` asks for the text. Turns are ours: `turn_detection` is off. One connection a call. What was committed is an item with a text of its
 * own; the utterance is its items since `reset`.
 */
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { z } from "zod";
import { ProviderError, type SttHint, type SttPort, type SttResult, type SttSession } from "../ports.ts";
import { cleanTranscript, confidenceOf } from "../stt/text.ts";
import { MAX_UTTERANCE_MS, UtteranceBuffer } from "../stt/utterance.ts";
import { Socket } from "./socket.ts";

export interface RealtimeSttOptions {
  readonly apiKey: string;
  /** `https://api.openai.com/v1`, or a server that speaks the same. */
  readonly baseUrl: string;
  readonly model: string;
  readonly openTimeoutMs: number;
  /** After `commit`. */
  readonly answerTimeoutMs: number;
}

export const DEFAULT_REALTIME_OPTIONS = {
  model: "gpt-4o-mini-transcribe",
  openTimeoutMs: 2000,
  answerTimeoutMs: 2500,
} as const;

/** Packets of 20 ms are gathered: fewer, larger messages. */
const BATCH_SAMPLES = 800;
/** The server refuses to commit less than 100 ms. */
const MIN_COMMIT_SAMPLES = 800;
const MAX_PROMPT_WORDS = 100;

const ServerEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("input_audio_buffer.committed"), item_id: z.string() }),
  z.object({
    type: z.literal("conversation.item.input_audio_transcription.completed"),
    item_id: z.string(),
    transcript: z.string(),
    logprobs: z.array(z.object({ logprob: z.number() })).nullish(),
  }),
  z.object({
    type: z.literal("conversation.item.input_audio_transcription.failed"),
    item_id: z.string(),
    error: z.object({ message: z.string().nullish() }).nullish(),
  }),
  z.object({
    type: z.literal("error"),
    error: z.object({ type: z.string().nullish(), code: z.string().nullish(), message: z.string().nullish() }),
  }),
]);
type ServerEvent = z.infer<typeof ServerEvent>;

export function openRealtimeStt(options: RealtimeSttOptions): SttPort {
  const name = `openai-realtime ${options.model}`;
  return {
    name,
    streaming: true,
    warm: async () => undefined,
    open: ({ language }) => new RealtimeSession(name, options, language),
    close: async () => undefined,
  };
}

/** Committed audio; `text` settles with its transcription. */
interface Item {
  id: string | undefined;
  readonly text: PromiseWithResolvers<{ readonly transcript: string; readonly logProbs: readonly number[] }>;
}

class RealtimeSession implements SttSession {
  #socket: Socket;
  /** Audio since the utterance began: sent again after `reset` and on a new connection. */
  readonly #audio = new UtteranceBuffer(MAX_UTTERANCE_MS);
  #waiting: Int16Array[] = [];
  #waitingSamples = 0;
  #uncommitted = 0;
  #items: Item[] = [];
  /** Committed, and the server has not named them yet; in the order of the commits. */
  #unnamed: Item[] = [];
  #prompt = "";
  #closed = false;

  constructor(
    private readonly name: string,
    private readonly options: RealtimeSttOptions,
    private readonly language: string,
  ) {
    this.#socket = this.#connect();
  }

  push(samples: Int16Array): void {
    if (this.#closed) return;
    this.#audio.push(samples);
    this.#queue(samples.slice());
    if (this.#waitingSamples >= BATCH_SAMPLES) this.#flush();
  }

  reset(keepMs: number): void {
    this.#audio.reset(keepMs);
    this.#restart();
  }

  async transcribe(hint: SttHint, signal: AbortSignal): Promise<SttResult> {
    if (signal.aborted || this.#closed) throw this.#error("cancelled", false);
    const nothing = { text: "", confidence: undefined, language: undefined };
    if (this.#items.length === 0 && this.#uncommitted < MIN_COMMIT_SAMPLES) return nothing;
    await this.#within(this.#socket.ready, signal);
    this.#configure(hint);
    this.#flush();
    if (this.#uncommitted >= MIN_COMMIT_SAMPLES) this.#commit();
    const parts = await this.#within(Promise.all(this.#items.map(({ text }) => text.promise)), signal).catch(
      (error: ProviderError) => {
        if (error.retryable) this.#restart();
        throw error;
      },
    );
    const text = cleanTranscript(parts.map(({ transcript }) => transcript.trim()).join(" "), hint.speechMs);
    const logProbs = parts.flatMap((part) => part.logProbs);
    if (text === "" || logProbs.length === 0) return { ...nothing, text };
    const mean = logProbs.reduce((sum, value) => sum + value, 0) / logProbs.length;
    return { text, confidence: confidenceOf(mean), language: undefined };
  }

  close(): void {
    this.#closed = true;
    this.#fail(this.#error("cancelled", false));
    this.#socket.close();
  }

  #commit(): void {
    const item: Item = { id: undefined, text: Promise.withResolvers() };
    item.text.promise.catch(() => undefined);
    this.#items.push(item);
    this.#unnamed.push(item);
    this.#uncommitted = 0;
    this.#socket.send(JSON.stringify({ type: "input_audio_buffer.commit" }));
  }

  /** Rejects when cancelled, and when nothing comes. */
  async #within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    const { promise: given, reject } = Promise.withResolvers<never>();
    const abort = () => reject(this.#error("cancelled", false));
    const { answerTimeoutMs } = this.options;
    const late = () => reject(this.#error(`audio sent, nothing came back in ${answerTimeoutMs} ms`, true));
    const timer = setTimeout(late, answerTimeoutMs);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([promise, given]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  #connect(): Socket {
    const { baseUrl, apiKey, openTimeoutMs } = this.options;
    const socket = new Socket({
      name: this.name,
      url: `${baseUrl.replace(/^http/, "ws").replace(/\/$/, "")}/realtime?intent=transcription`,
      headers: { authorization: `Bearer ${apiKey}` },
      openTimeoutMs,
      onText: (text) => this.#receive(text),
      onLost: (error) => this.#lost(error),
    });
    socket.ready
      .then(() => {
        this.#update();
        this.#flush();
      })
      .catch(() => undefined);
    return socket;
  }

  /** The business's words, once they are known and when they change. */
  #configure({ vocabulary }: SttHint): void {
    const prompt = vocabulary.slice(0, MAX_PROMPT_WORDS).join(", ");
    if (prompt === this.#prompt) return;
    this.#prompt = prompt;
    this.#update();
  }

  #update(): void {
    const transcription = {
      model: this.options.model,
      language: this.language.split("-")[0],
      ...(this.#prompt === "" ? {} : { prompt: this.#prompt }),
    };
    const input = { format: { type: "audio/pcmu" }, transcription, turn_detection: null };
    const session = { type: "transcription", audio: { input }, include: ["item.input_audio_transcription.logprobs"] };
    this.#socket.send(JSON.stringify({ type: "session.update", session }));
  }

  #queue(samples: Int16Array): void {
    this.#waiting.push(samples);
    this.#waitingSamples += samples.length;
    this.#uncommitted += samples.length;
  }

  /** What is kept of the utterance, as if it came now. */
  #restart(): void {
    this.#items = [];
    this.#socket.send(JSON.stringify({ type: "input_audio_buffer.clear" }));
    this.#waiting = [];
    this.#waitingSamples = this.#uncommitted = 0;
    this.#queue(this.#audio.snapshot());
    this.#flush();
  }

  #flush(): void {
    if (!this.#socket.isOpen || this.#waitingSamples === 0) return;
    const bytes = new Uint8Array(this.#waitingSamples);
    let at = 0;
    for (const part of this.#waiting) {
      pcmu.encode(part, bytes.subarray(at));
      at += part.length;
    }
    this.#waiting = [];
    this.#waitingSamples = 0;
    const audio = Buffer.from(bytes).toString("base64");
    this.#socket.send(JSON.stringify({ type: "input_audio_buffer.append", audio }));
  }

  #receive(text: string): void {
    const event = ServerEvent.safeParse(json(text));
    if (event.success) this.#on(event.data);
  }

  #on(event: ServerEvent): void {
    switch (event.type) {
      case "input_audio_buffer.committed": {
        const item = this.#unnamed.shift();
        if (item) item.id = event.item_id;
        return;
      }
      case "conversation.item.input_audio_transcription.completed": {
        const logProbs = (event.logprobs ?? []).map(({ logprob }) => logprob);
        this.#itemOf(event.item_id)?.text.resolve({ transcript: event.transcript, logProbs });
        return;
      }
      case "conversation.item.input_audio_transcription.failed": {
        const why = event.error?.message ?? "the server could not transcribe";
        this.#itemOf(event.item_id)?.text.reject(this.#error(why, true));
        return;
      }
      case "error": {
        const { type, message, code } = event.error;
        this.#fail(this.#error(message ?? code ?? "an error without a message", type !== "invalid_request_error"));
      }
    }
  }

  #itemOf(id: string): Item | undefined {
    return this.#items.find((item) => item.id === id);
  }

  /** What was asked fails; the utterance goes on over a new connection. */
  #lost(error: ProviderError): void {
    this.#fail(error);
    if (this.#closed) return;
    this.#socket = this.#connect();
    this.#restart();
  }

  #fail(error: ProviderError): void {
    for (const { text } of this.#items) text.reject(error);
    this.#items = [];
    this.#unnamed = [];
  }

  #error(message: string, retryable: boolean): ProviderError {
    return new ProviderError(this.name, message, retryable);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
