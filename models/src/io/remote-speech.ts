/**
 * Speech from another thread: the pools of recogniser and voice live in one thread, media Workers reach them through a MessagePort.
 * Audio stays with the media Worker until it asks for text; then one copy travels, moved and not cloned.
 */
import {
  ProviderError,
  type SttHint,
  type SttPort,
  type SttResult,
  type SttSession,
  type TtsChunk,
  type TtsPort,
  type TtsRequest,
} from "../ports.ts";
import { MAX_UTTERANCE_MS, UtteranceBuffer } from "../stt/utterance.ts";

/** The part of a MessagePort (or Worker) this needs. */
export interface SpeechChannel {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

type Request =
  | { readonly type: "open"; readonly session: number; readonly language: string }
  | {
      readonly type: "transcribe";
      readonly id: number;
      readonly session: number;
      readonly samples: Int16Array<ArrayBuffer>;
      readonly hint: SttHint;
    }
  /** Only to recognisers that listen along; the others get everything with the question. */
  | { readonly type: "audio"; readonly session: number; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly type: "reset"; readonly session: number; readonly keepMs: number }
  | { readonly type: "close"; readonly session: number }
  | { readonly type: "speak"; readonly id: number; readonly request: TtsRequest }
  | { readonly type: "warm"; readonly id: number }
  | { readonly type: "cancel"; readonly id: number };

type Reply =
  | { readonly type: "text"; readonly id: number; readonly result: SttResult }
  | { readonly type: "chunk"; readonly id: number; readonly chunk: TtsChunk }
  | { readonly type: "end"; readonly id: number }
  | {
      readonly type: "failed";
      readonly id: number;
      readonly provider: string;
      readonly message: string;
      readonly retryable: boolean;
    };

/** The side that owns the pools. Answers until the port closes; one call per media Worker. */
export function serveSpeech(channel: SpeechChannel, stt: SttPort, tts: TtsPort): void {
  const sessions = new Map<number, SttSession>();
  const running = new Map<number, AbortController>();
  const send = (reply: Reply, transfer: Transferable[] = []) => channel.postMessage(reply, transfer);

  const run = async (id: number, work: (signal: AbortSignal) => Promise<void>) => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      await work(controller.signal);
    } catch (error) {
      const known = error instanceof ProviderError;
      const message = known ? error.message.slice(error.provider.length + 2) : String(error);
      send({
        type: "failed",
        id,
        provider: known ? error.provider : "speech",
        message,
        retryable: !known || error.retryable,
      });
    } finally {
      running.delete(id);
    }
  };

  const transcribe = (id: number, session: SttSession | undefined, samples: Int16Array, hint: SttHint) =>
    run(id, async (signal) => {
      if (!session) throw new ProviderError(stt.name, "session is closed", false);
      if (stt.streaming !== true) {
        session.reset(0);
        session.push(samples);
      }
      send({ type: "text", id, result: await session.transcribe(hint, signal) });
    });

  const speak = (id: number, request: TtsRequest) =>
    run(id, async (signal) => {
      for await (const chunk of tts.speak(request, signal)) {
        const samples = chunk.samples.slice();
        send({ type: "chunk", id, chunk: { ...chunk, samples } }, [samples.buffer]);
      }
      send({ type: "end", id });
    });

  channel.onmessage = (event: MessageEvent<Request>) => {
    const request = event.data;
    switch (request.type) {
      case "open":
        sessions.set(request.session, stt.open({ language: request.language }));
        break;
      case "audio":
        sessions.get(request.session)?.push(request.samples);
        break;
      case "reset":
        sessions.get(request.session)?.reset(request.keepMs);
        break;
      case "close":
        sessions.get(request.session)?.close();
        sessions.delete(request.session);
        break;
      case "transcribe":
        void transcribe(request.id, sessions.get(request.session), request.samples, request.hint);
        break;
      case "speak":
        void speak(request.id, request.request);
        break;
      case "warm":
        void run(request.id, async () => {
          await Promise.all([stt.warm(), tts.warm()]);
          send({ type: "end", id: request.id });
        });
        break;
      case "cancel":
        running.get(request.id)?.abort();
        break;
    }
  };
}

/** A media Worker's side: ports that behave as if the pools were here. `close()` on them leaves the pools running. */
export function connectSpeech(
  channel: SpeechChannel,
  { streaming = false }: { readonly streaming?: boolean } = {},
): { readonly stt: SttPort; readonly tts: TtsPort } {
  const client = new SpeechClient(channel);
  const warm = () => client.request((id) => ({ type: "warm", id })).then(() => undefined);
  const close = async () => undefined;
  return {
    stt: {
      name: "remote-stt",
      streaming,
      warm,
      close,
      open: ({ language }) => (streaming ? new RemoteStream(client, language) : new RemoteSttSession(client, language)),
    },
    tts: { name: "remote-tts", warm, close, speak: (request, signal) => client.speak(request, signal) },
  };
}

interface Pending {
  readonly chunk: (chunk: TtsChunk) => void;
  readonly done: (result: SttResult | undefined) => void;
  readonly failed: (error: ProviderError) => void;
}

class SpeechClient {
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #nextSession = 1;

  constructor(private readonly channel: SpeechChannel) {
    channel.onmessage = (event: MessageEvent<Reply>) => this.#receive(event.data);
  }

  openSession(language: string): number {
    const session = this.#nextSession++;
    this.send({ type: "open", session, language });
    return session;
  }

  send(request: Request, transfer: Transferable[] = []): void {
    this.channel.postMessage(request, transfer);
  }

  request(
    make: (id: number) => Request,
    options: { transfer?: Transferable[]; signal?: AbortSignal; chunk?: (chunk: TtsChunk) => void } = {},
  ): Promise<SttResult | undefined> {
    const { signal, chunk = () => undefined, transfer = [] } = options;
    if (signal?.aborted) return Promise.reject(cancelled());
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<SttResult | undefined>();
    this.#pending.set(id, { chunk, done: resolve, failed: reject });
    const abort = () => {
      this.#pending.delete(id);
      this.send({ type: "cancel", id });
      reject(cancelled());
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.send(make(id), transfer);
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  async *speak(request: TtsRequest, signal: AbortSignal): AsyncGenerator<TtsChunk> {
    const left = new AbortController();
    const chunks: TtsChunk[] = [];
    let arrived = Promise.withResolvers<void>();
    let ended = false;
    const chunk = (next: TtsChunk) => {
      chunks.push(next);
      arrived.resolve();
    };
    const end = this.request((id) => ({ type: "speak", id, request }), {
      signal: AbortSignal.any([signal, left.signal]),
      chunk,
    }).finally(() => {
      ended = true;
      arrived.resolve();
    });
    end.catch(() => undefined);
    try {
      while (true) {
        await arrived.promise;
        arrived = Promise.withResolvers<void>();
        while (chunks.length > 0) yield chunks.shift()!;
        if (ended) break;
      }
      await end;
    } finally {
      if (!ended) left.abort();
    }
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (reply.type === "chunk") return pending?.chunk(reply.chunk);
    this.#pending.delete(reply.id);
    if (reply.type === "text") pending?.done(reply.result);
    else if (reply.type === "end") pending?.done(undefined);
    else pending?.failed(new ProviderError(reply.provider, reply.message, reply.retryable));
  }
}

const NOTHING: SttResult = { text: "", confidence: undefined, language: undefined };

class RemoteSttSession implements SttSession {
  readonly #audio = new UtteranceBuffer(MAX_UTTERANCE_MS);
  readonly #closed = new AbortController();
  readonly #session: number;
  #newest: Promise<SttResult> | undefined;

  constructor(
    private readonly client: SpeechClient,
    language: string,
  ) {
    this.#session = client.openSession(language);
  }

  push(samples: Int16Array): void {
    this.#audio.push(samples);
  }

  transcribe(hint: SttHint, signal: AbortSignal): Promise<SttResult> {
    const samples = this.#audio.snapshot();
    const result: Promise<SttResult> = this.client
      .request((id) => ({ type: "transcribe", id, session: this.#session, samples, hint }), {
        transfer: [samples.buffer],
        signal: AbortSignal.any([signal, this.#closed.signal]),
      })
      .then((text) => text ?? NOTHING)
      .catch((error: unknown) => {
        // The pool drops a request that waits when a newer one of the same utterance comes: that one answers for both.
        const newest = this.#newest;
        if (newest && newest !== result && !signal.aborted) return newest;
        throw error;
      });
    this.#newest = result;
    return result;
  }

  reset(keepMs: number): void {
    this.#newest = undefined;
    this.#audio.reset(keepMs);
  }

  close(): void {
    this.#closed.abort();
    this.client.send({ type: "close", session: this.#session });
  }
}

function cancelled(): ProviderError {
  return new ProviderError("speech", "cancelled", false);
}

/** 100 ms: fewer messages between the threads. */
const BATCH_SAMPLES = 800;
const NO_SAMPLES = new Int16Array(0);

/** For a recogniser that listens along: the audio travels while it is spoken. */
class RemoteStream implements SttSession {
  readonly #closed = new AbortController();
  readonly #session: number;
  #batch = new Int16Array(BATCH_SAMPLES);
  #count = 0;

  constructor(
    private readonly client: SpeechClient,
    language: string,
  ) {
    this.#session = client.openSession(language);
  }

  push(samples: Int16Array): void {
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + BATCH_SAMPLES - this.#count);
      this.#batch.set(part, this.#count);
      this.#count += part.length;
      at += part.length;
      if (this.#count === BATCH_SAMPLES) this.#flush();
    }
  }

  async transcribe(hint: SttHint, signal: AbortSignal): Promise<SttResult> {
    this.#flush();
    const options = { signal: AbortSignal.any([signal, this.#closed.signal]) };
    const session = this.#session;
    const result = await this.client.request(
      (id) => ({ type: "transcribe", id, session, samples: NO_SAMPLES.slice(), hint }),
      options,
    );
    return result ?? NOTHING;
  }

  reset(keepMs: number): void {
    this.#flush();
    this.client.send({ type: "reset", session: this.#session, keepMs });
  }

  close(): void {
    this.#closed.abort();
    this.client.send({ type: "close", session: this.#session });
  }

  #flush(): void {
    if (this.#count === 0) return;
    const samples = this.#batch.slice(0, this.#count);
    this.#count = 0;
    this.client.send({ type: "audio", session: this.#session, samples }, [samples.buffer]);
  }
}
