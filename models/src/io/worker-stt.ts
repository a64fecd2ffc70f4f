import type { SttHint, SttPort, SttResult, SttSession } from "../ports.ts";
import { ProviderError } from "../ports.ts";
import type { Recognition } from "../stt/policy.ts";
import { MAX_UTTERANCE_MS, UtteranceBuffer } from "../stt/utterance.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** One utterance for a recogniser in a Worker. */
export interface SttJob {
  /** 8 kHz. */
  readonly samples: Int16Array<ArrayBuffer>;
  readonly hint: SttHint;
}

export type SttPool = WorkerPool<SttJob, Recognition>;

/** Shorter than a syllable: not worth the recogniser's time. */
const MIN_AUDIO_MS = 100;

/** A recogniser that decodes whole utterances in Workers. `language` is what it understands. */
export function sttOver(pool: SttPool, name: string, language: string): SttPort {
  return {
    name,
    warm: () => pool.warm(),
    open: () => new WorkerSttSession(name, language, pool),
    close: () => pool.close(),
  };
}

/** A request the pool has not taken yet. A newer one of the same session takes its place in the queue. */
interface Waiting {
  hint: SttHint;
  readonly controller: AbortController;
  readonly result: Promise<SttResult>;
  /** Callers that still want the answer. */
  wanted: number;
}

class WorkerSttSession implements SttSession {
  readonly #audio = new UtteranceBuffer(MAX_UTTERANCE_MS);
  readonly #closed = new AbortController();
  #waiting: Waiting | undefined;

  constructor(
    private readonly name: string,
    private readonly language: string,
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
      ({ text, confidence }) => resolve({ text, confidence, language: text === "" ? undefined : this.language }),
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
