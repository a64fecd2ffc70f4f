/**
 * Streaming voice by Cartesia's WebSocket (`/tts/websocket`): one connection carries all sentences of all calls, each in its own context. It is open before the
 * first sentence and replaced before its peer gets tired of it.
 */
import { z } from "zod";
import { ProviderError, type TtsChunk, type TtsPort, type TtsRequest, type TtsWord } from "../ports.ts";
import { OnsetTrimmer } from "../tts/trim.ts";
import { Socket } from "./socket.ts";

export interface CartesiaOptions {
  readonly apiKey: string;
  /** `wss://api.cartesia.ai`, or a server that speaks the same. */
  readonly baseUrl: string;
  readonly model: string;
  /** Used when a request names no voice. */
  readonly voice: string;
  readonly openTimeoutMs: number;
  /** Without sound for this long a sentence is given up. */
  readonly gapTimeoutMs: number;
  /** A connection older than this is replaced at the next sentence; what it still speaks it finishes. */
  readonly maxAgeMs: number;
}

export const DEFAULT_CARTESIA_OPTIONS = {
  baseUrl: "wss://api.cartesia.ai",
  model: "sonic-3.5",
  openTimeoutMs: 2000,
  gapTimeoutMs: 3000,
  maxAgeMs: 240_000,
} as const;

const VERSION = "2026-03-01";

const Message = z.discriminatedUnion("type", [
  z.object({ type: z.literal("chunk"), context_id: z.string(), data: z.string() }),
  z.object({
    type: z.literal("timestamps"),
    context_id: z.string(),
    word_timestamps: z.object({ words: z.array(z.string()), start: z.array(z.number()), end: z.array(z.number()) }),
  }),
  z.object({ type: z.literal("done"), context_id: z.string() }),
  z.object({
    type: z.literal("error"),
    context_id: z.string(),
    message: z.string().optional(),
    status_code: z.number().optional(),
  }),
]);
type Message = z.infer<typeof Message>;

export function openCartesiaTts(options: CartesiaOptions): TtsPort {
  const name = `cartesia ${options.model}`;
  const line = new Line(name, options);
  return {
    name,
    warm: () => line.socket().ready,
    speak: (request, signal) => speak(name, line, options, request, signal),
    close: async () => line.close(),
  };
}

async function* speak(
  name: string,
  line: Line,
  options: CartesiaOptions,
  request: TtsRequest,
  signal: AbortSignal,
): AsyncGenerator<TtsChunk> {
  if (signal.aborted) throw new ProviderError(name, "cancelled", false);
  if (!/[\p{L}\p{N}]/u.test(request.text)) return;
  const sentence = line.begin(request, signal);
  const onset = new OnsetTrimmer();
  let trimmedMs: number | undefined;
  let received = 0;
  let sent = 0;
  let words: TtsWord[] = [];
  try {
    while (true) {
      const message = await sentence.next(options.gapTimeoutMs);
      if (message.type === "done") break;
      if (message.type === "timestamps") words.push(...wordsOf(message));
      if (message.type !== "chunk") continue;
      const raw = pcm(message.data);
      received += raw.length;
      const samples = onset.push(raw);
      if (samples.length === 0) continue;
      sent += samples.length;
      trimmedMs ??= (received - samples.length) / 8;
      yield { samples, ...(words.length > 0 ? { words: shifted(words, trimmedMs) } : {}) };
      words = [];
    }
    // Times that came after the last sound.
    if (words.length > 0 && sent > 0) yield { samples: new Int16Array(0), words: shifted(words, trimmedMs ?? 0) };
  } finally {
    sentence.end();
  }
}

function wordsOf({ word_timestamps: { words, start, end } }: Extract<Message, { type: "timestamps" }>): TtsWord[] {
  return words.map((text, n) => ({ text, startMs: (start[n] ?? 0) * 1000, endMs: (end[n] ?? 0) * 1000 }));
}

function shifted(words: readonly TtsWord[], byMs: number): TtsWord[] {
  return words.map(({ text, startMs, endMs }) => ({
    text,
    startMs: Math.max(0, startMs - byMs),
    endMs: Math.max(0, endMs - byMs),
  }));
}

function pcm(base64: string): Int16Array {
  const bytes = Buffer.from(base64, "base64");
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~1)));
}

/** The connection and the sentences on it. */
class Line {
  readonly #sentences = new Map<string, Sentence>();
  #socket: Socket | undefined;
  #count = 0;

  constructor(
    private readonly name: string,
    private readonly options: CartesiaOptions,
  ) {}

  /** Open or opening. */
  socket(): Socket {
    const now = performance.now();
    const old = this.#socket;
    if (old && now - old.openedAtMs < this.options.maxAgeMs) return old;
    if (old) this.#retire(old);
    const { baseUrl, apiKey, openTimeoutMs } = this.options;
    const socket = new Socket({
      name: this.name,
      url: `${baseUrl}/tts/websocket`,
      headers: { "x-api-key": apiKey, "cartesia-version": VERSION },
      openTimeoutMs,
      onText: (text) => this.#receive(text),
      onLost: (error) => this.#lost(socket, error),
    });
    this.#socket = socket;
    return socket;
  }

  begin({ text, language, voice }: TtsRequest, signal: AbortSignal): Sentence {
    const id = `s${++this.#count}`;
    const socket = this.socket();
    const sentence = new Sentence(this.name, socket, signal, (finished) => {
      this.#sentences.delete(id);
      if (!finished) socket.send(JSON.stringify({ context_id: id, cancel: true }));
    });
    this.#sentences.set(id, sentence);
    const request = {
      model_id: this.options.model,
      transcript: text,
      voice: { mode: "id", id: voice === "" ? this.options.voice : voice },
      language: language.split("-")[0],
      context_id: id,
      output_format: { container: "raw", encoding: "pcm_s16le", sample_rate: 8000 },
      add_timestamps: true,
      continue: false,
    };
    socket.ready.then(() => socket.send(JSON.stringify(request))).catch(() => undefined);
    return sentence;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Lets it finish what it speaks. */
  #retire(socket: Socket): void {
    const timer = setTimeout(() => socket.close(), this.options.gapTimeoutMs * 4);
    timer.unref();
  }

  #lost(socket: Socket, error: ProviderError): void {
    if (this.#socket === socket) this.#socket = undefined;
    for (const sentence of this.#sentences.values()) if (sentence.socket === socket) sentence.fail(error);
  }

  #receive(text: string): void {
    const message = Message.safeParse(parsed(text));
    if (message.success) this.#sentences.get(message.data.context_id)?.push(message.data);
  }
}

class Sentence {
  readonly #messages: Message[] = [];
  #error: ProviderError | undefined;
  #finished = false;
  #arrived = Promise.withResolvers<void>();
  readonly #abort = () => this.fail(new ProviderError(this.name, "cancelled", false));

  constructor(
    private readonly name: string,
    readonly socket: Socket,
    private readonly signal: AbortSignal,
    private readonly onEnd: (finished: boolean) => void,
  ) {
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  push(message: Message): void {
    if (message.type === "error") {
      const { status_code = 500, message: why = "no reason given" } = message;
      return this.fail(
        new ProviderError(this.name, `${status_code}: ${why}`, status_code >= 500 || status_code === 429),
      );
    }
    if (message.type === "done") this.#finished = true;
    this.#messages.push(message);
    this.#arrived.resolve();
  }

  fail(error: ProviderError): void {
    this.#error ??= error;
    this.#arrived.resolve();
  }

  /** Rejects when nothing comes for `timeoutMs`, the connection is lost, or the sentence is cancelled. */
  async next(timeoutMs: number): Promise<Message> {
    const timer = setTimeout(
      () => this.fail(new ProviderError(this.name, `nothing came for ${timeoutMs} ms`, true)),
      timeoutMs,
    );
    try {
      while (true) {
        if (this.#error) throw this.#error;
        const message = this.#messages.shift();
        if (message) return message;
        await this.#arrived.promise;
        this.#arrived = Promise.withResolvers<void>();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.signal.removeEventListener("abort", this.#abort);
    this.onEnd(this.#finished);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
