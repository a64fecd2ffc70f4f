/**
 * Streaming recognition by Deepgram's WebSocket (`/v1/listen`): audio goes out while the caller speaks, `Finalize` asks for the text. One connection a call,
 * opened with it. `multi` as language follows English, Hindi and eight others word by word.
 */
import { z } from "zod";
import { ProviderError, type SttHint, type SttPort, type SttResult, type SttSession } from "../ports.ts";
import { type StreamWord, StreamWords } from "../stt/stream-words.ts";
import { cleanTranscript } from "../stt/text.ts";
import { Socket } from "./socket.ts";

export interface DeepgramOptions {
  readonly apiKey: string;
  /** `wss://api.deepgram.com`, or a server that speaks the same. */
  readonly baseUrl: string;
  readonly model: string;
  /** Overrides the call's language, e.g. `multi`. */
  readonly language: string | undefined;
  readonly openTimeoutMs: number;
  /** After `Finalize`; then what is known counts, and nothing known with speech is a failure. */
  readonly answerTimeoutMs: number;
}

export const DEFAULT_DEEPGRAM_OPTIONS = {
  baseUrl: "wss://api.deepgram.com",
  model: "nova-3",
  language: undefined,
  openTimeoutMs: 2000,
  answerTimeoutMs: 1500,
} as const;

const Results = z.object({
  type: z.literal("Results"),
  is_final: z.boolean(),
  from_finalize: z.boolean().optional(),
  channel: z.object({
    alternatives: z.array(
      z.object({
        words: z.array(
          z.object({
            word: z.string(),
            punctuated_word: z.string().optional(),
            end: z.number(),
            confidence: z.number(),
            language: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
});

/** Packets of 20 ms are gathered: fewer, larger messages. */
const BATCH_SAMPLES = 800;
const SAMPLES_PER_MS = 8;
/** Waiting for the connection; older audio is dropped. */
const MAX_WAITING_SAMPLES = 8000 * 20;
/** Speech this long without words is a failure, not silence. */
const SPEECH_MS = 400;

export function openDeepgramStt(options: DeepgramOptions): SttPort {
  const name = `deepgram ${options.model}`;
  return {
    name,
    streaming: true,
    warm: async () => undefined,
    open: ({ language }) => new DeepgramSession(name, options, options.language ?? language),
    close: async () => undefined,
  };
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: ProviderError) => void;
}

class DeepgramSession implements SttSession {
  #socket: Socket;
  #words = new StreamWords();
  readonly #waiters = new Set<Waiter>();
  readonly #waiting: Int16Array[] = [];
  #waitingSamples = 0;
  /** Since this connection began. */
  #pushedSamples = 0;
  #pushedSinceReset = 0;
  #newSinceAnswer = false;
  #closed = false;

  constructor(
    private readonly name: string,
    private readonly options: DeepgramOptions,
    private readonly language: string,
  ) {
    this.#socket = this.#connect();
  }

  push(samples: Int16Array): void {
    if (this.#closed) return;
    this.#waiting.push(samples.slice());
    this.#waitingSamples += samples.length;
    this.#pushedSamples += samples.length;
    this.#pushedSinceReset += samples.length;
    this.#newSinceAnswer = true;
    if (this.#waitingSamples >= BATCH_SAMPLES) this.#flush();
  }

  reset(keepMs: number): void {
    this.#words.startAt(this.#pushedSamples / SAMPLES_PER_MS - keepMs);
    this.#pushedSinceReset = Math.min(this.#pushedSinceReset, keepMs * SAMPLES_PER_MS);
  }

  async transcribe(hint: SttHint, signal: AbortSignal): Promise<SttResult> {
    if (signal.aborted || this.#closed) throw new ProviderError(this.name, "cancelled", false);
    if (this.#pushedSinceReset === 0) return { text: "", confidence: undefined, language: undefined };
    await this.#abortable(this.#socket.ready, signal);
    if (this.#newSinceAnswer) await this.#finalize(hint, signal);
    const text = cleanTranscript(this.#words.text, hint.speechMs);
    const { confidence, language } = this.#words;
    return text === "" ? { text, confidence: undefined, language: undefined } : { text, confidence, language };
  }

  close(): void {
    this.#closed = true;
    this.#fail(new ProviderError(this.name, "cancelled", false));
    this.#socket.send(JSON.stringify({ type: "CloseStream" }));
    this.#socket.close();
  }

  async #finalize({ speechMs }: SttHint, signal: AbortSignal): Promise<void> {
    this.#flush();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { resolve, reject };
    this.#waiters.add(waiter);
    const timer = setTimeout(() => {
      if (this.#words.text !== "" || speechMs < SPEECH_MS) resolve();
      else
        reject(
          new ProviderError(this.name, `audio sent, nothing came back in ${this.options.answerTimeoutMs} ms`, true),
        );
    }, this.options.answerTimeoutMs);
    this.#socket.send(JSON.stringify({ type: "Finalize" }));
    try {
      await this.#abortable(promise, signal);
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  #abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(new ProviderError(this.name, "cancelled", false));
    signal.addEventListener("abort", abort, { once: true });
    return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
  }

  #connect(): Socket {
    const { baseUrl, apiKey, model, openTimeoutMs } = this.options;
    const query = new URLSearchParams({
      model,
      language: this.language,
      encoding: "linear16",
      sample_rate: "8000",
      channels: "1",
      interim_results: "false",
      endpointing: "false",
      smart_format: "true",
    });
    const socket = new Socket({
      name: this.name,
      url: `${baseUrl}/v1/listen?${query}`,
      headers: { authorization: `Token ${apiKey}` },
      openTimeoutMs,
      onText: (text) => this.#receive(text),
      onLost: (error) => this.#lost(error),
    });
    socket.ready.then(() => this.#flush()).catch(() => undefined);
    return socket;
  }

  /** What was asked fails; the next utterance has a new connection. Its stream begins anew, so the words of the old one are gone. */
  #lost(error: ProviderError): void {
    this.#fail(error);
    if (this.#closed) return;
    this.#words = new StreamWords();
    this.#pushedSamples = this.#waitingSamples;
    this.#socket = this.#connect();
  }

  #fail(error: ProviderError): void {
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters.clear();
  }

  #flush(): void {
    if (!this.#socket.isOpen) {
      while (this.#waitingSamples > MAX_WAITING_SAMPLES) this.#waitingSamples -= this.#waiting.shift()?.length ?? 0;
      return;
    }
    const all = new Int16Array(this.#waitingSamples);
    let at = 0;
    for (const part of this.#waiting) {
      all.set(part, at);
      at += part.length;
    }
    this.#waiting.length = 0;
    this.#waitingSamples = 0;
    if (all.length > 0) this.#socket.send(new Uint8Array(all.buffer));
  }

  #receive(text: string): void {
    const message = Results.safeParse(json(text));
    if (!message.success) return;
    const { is_final, from_finalize, channel } = message.data;
    if (is_final) this.#words.add((channel.alternatives[0]?.words ?? []).map(streamWord));
    if (from_finalize !== true) return;
    this.#newSinceAnswer = false;
    for (const { resolve } of this.#waiters) resolve();
  }
}

function streamWord(word: z.infer<typeof Results>["channel"]["alternatives"][number]["words"][number]): StreamWord {
  const text = word.punctuated_word ?? word.word;
  return { text, endMs: word.end * 1000, confidence: word.confidence, language: word.language };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
