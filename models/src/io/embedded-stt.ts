import type { SttHint, SttPort, SttResult, SttSession } from "../ports.ts";
import { ProviderError } from "../ports.ts";
import type { Recognition } from "../stt/policy.ts";
import { MAX_UTTERANCE_MS, UtteranceBuffer } from "../stt/utterance.ts";
import type { MoonshineName } from "./moonshine-model.ts";
import type { MoonshineConfig, MoonshineRequest } from "./moonshine-worker.ts";
import type { Device } from "./onnx.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface EmbeddedSttOptions {
  readonly model: MoonshineName;
  readonly device: Device;
  /** Threads, each with its own copy of the model: about 200 MB for base, 120 MB for tiny. */
  readonly workers: number;
  /** Utterances waiting. Beyond it `transcribe` rejects at once (retryable), so that a caller is asked again rather than kept waiting. */
  readonly maxQueued: number;
  readonly beamWidth: number;
  readonly biasWeight: number;
  readonly beamBudgetMs: number;
}

export const DEFAULT_EMBEDDED_STT_OPTIONS: EmbeddedSttOptions = {
  model: "base",
  device: "cpu",
  workers: 1,
  maxQueued: 32,
  beamWidth: 4,
  biasWeight: 1,
  beamBudgetMs: 400,
};

/** Shorter than a syllable: not worth the recogniser's time. */
const MIN_AUDIO_MS = 100;

/** Moonshine on this machine. English only: callers in other languages come out as nonsense with a confidence below 0.55. */
export function openEmbeddedStt(options: Partial<EmbeddedSttOptions> = {}): SttPort {
  const all = { ...DEFAULT_EMBEDDED_STT_OPTIONS, ...options };
  const name = `moonshine-${all.model}`;
  const config: MoonshineConfig = all;
  const pool: SttPool = new WorkerPool({
    name,
    url: new URL("./moonshine-worker.ts", import.meta.url),
    config,
    workers: all.workers,
    maxQueued: all.maxQueued,
  });
  return {
    name,
    warm: () => pool.warm(),
    open: () => new EmbeddedSttSession(name, pool),
    close: () => pool.close(),
  };
}

type SttPool = WorkerPool<MoonshineRequest, Recognition>;

/** A request the pool has not taken yet. A newer one of the same session takes its place in the queue. */
interface Waiting {
  hint: SttHint;
  readonly controller: AbortController;
  readonly result: Promise<SttResult>;
  /** Callers that still want the answer. */
  wanted: number;
}

class EmbeddedSttSession implements SttSession {
  readonly #audio = new UtteranceBuffer(MAX_UTTERANCE_MS);
  readonly #closed = new AbortController();
  #waiting: Waiting | undefined;

  constructor(
    private readonly name: string,
    private readonly pool: SttPool,
  ) {}

  push(samples: Int16Array): void {
    this.#audio.push(samples);
  }

  transcribe(hint: SttHint, signal: AbortSignal): Promise<SttResult> {
    if (signal.aborted || this.#closed.signal.aborted) return Promise.reject(this.#cancelled());
    if (this.#audio.durationMs < MIN_AUDIO_MS) {
      return Promise.resolve({ text: "", confidence: undefined, language: undefined });
    }
    // The audio is taken when a Worker is free, so an older request still waiting is answered with the newer, longer audio.
    const waiting = this.#waiting ?? this.#enqueue(hint);
    waiting.hint = hint;
    return this.#await(waiting, signal);
  }

  reset(keepMs: number): void {
    // A request still waiting was about the audio that is now forgotten.
    this.#waiting?.controller.abort();
    this.#waiting = undefined;
    this.#audio.reset(keepMs);
  }

  close(): void {
    this.#closed.abort();
    this.#waiting?.controller.abort();
    this.#waiting = undefined;
  }

  #enqueue(hint: SttHint): Waiting {
    const controller = new AbortController();
    const request = () => {
      if (this.#waiting === waiting) this.#waiting = undefined;
      const samples = this.#audio.snapshot();
      return { message: { samples, hint: waiting.hint }, transfer: [samples.buffer] };
    };
    // The pool may take the job before `run` returns, hence the object first and its promise after.
    const { promise, resolve, reject } = Promise.withResolvers<SttResult>();
    promise.catch(() => undefined);
    const waiting: Waiting = { hint, controller, result: promise, wanted: 0 };
    this.#waiting = waiting;
    this.pool.run(request, AbortSignal.any([controller.signal, this.#closed.signal])).then(
      ({ text, confidence }) => resolve({ text, confidence, language: text === "" ? undefined : "en" }),
      (error: Error) => {
        if (this.#waiting === waiting) this.#waiting = undefined;
        reject(error);
      },
    );
    return waiting;
  }

  #await(waiting: Waiting, signal: AbortSignal): Promise<SttResult> {
    waiting.wanted++;
    const { promise, resolve, reject } = Promise.withResolvers<SttResult>();
    const leave = () => {
      reject(this.#cancelled());
      if (--waiting.wanted > 0) return;
      waiting.controller.abort();
      if (this.#waiting === waiting) this.#waiting = undefined;
    };
    signal.addEventListener("abort", leave, { once: true });
    waiting.result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    return promise;
  }

  #cancelled(): ProviderError {
    return new ProviderError(this.name, "cancelled", false);
  }
}
