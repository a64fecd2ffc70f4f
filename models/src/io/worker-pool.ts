/**
 * Work for Workers: a bounded queue in front of a few threads that each do one thing at a time. A Worker that dies fails the job it had
 * and is replaced.
 */
import { ProviderError } from "../ports.ts";

/** What a Worker is sent. `cancel` holds the id of the newest cancelled job; a Worker may look at it between steps. */
export type WorkerInput<Request> =
  | { readonly type: "start"; readonly config: unknown; readonly cancel: SharedArrayBuffer }
  | { readonly type: "job"; readonly id: number; readonly request: Request };

export type WorkerOutput<Response> =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly id: number; readonly response: Response }
  | { readonly type: "failed"; readonly id: number | undefined; readonly message: string };

export interface WorkerPoolOptions {
  /** Name in errors. */
  readonly name: string;
  readonly url: URL;
  /** Handed to each Worker once. */
  readonly config: unknown;
  readonly workers: number;
  /** Jobs waiting, beyond those running. A job that finds the queue full is refused at once, as retryable. */
  readonly maxQueued: number;
}

interface Job<Request, Response> {
  readonly id: number;
  readonly request: () => { readonly message: Request; readonly transfer: Transferable[] };
  readonly signal: AbortSignal;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
}

interface Slot<Request, Response> {
  worker: Worker;
  ready: boolean;
  readonly cancel: Int32Array;
  job: Job<Request, Response> | undefined;
}

/** Replacements before the pool gives up: a model that cannot be loaded must not be loaded for ever. */
const MAX_RESTARTS = 5;

export class WorkerPool<Request, Response> {
  readonly #slots: Slot<Request, Response>[] = [];
  readonly #queue: Job<Request, Response>[] = [];
  #nextId = 1;
  #restarts = 0;
  #closed = false;
  /** Why no Worker is left. */
  #broken: ProviderError | undefined;
  #warm: PromiseWithResolvers<void> | undefined;

  constructor(private readonly options: WorkerPoolOptions) {}

  /** Starts the Workers; resolves when each has loaded its model. Rejects with ProviderError when one cannot. */
  warm(): Promise<void> {
    if (!this.#warm) {
      this.#warm = Promise.withResolvers<void>();
      for (let i = 0; i < this.options.workers; i++) this.#slots.push(this.#spawn());
    }
    return this.#warm.promise;
  }

  /** `request` is called only when a Worker takes the job, so a job that waits holds no copy of its audio. */
  run(request: Job<Request, Response>["request"], signal: AbortSignal): Promise<Response> {
    if (this.#closed) return Promise.reject(this.#error("is closed", false));
    if (this.#broken) return Promise.reject(this.#broken);
    if (signal.aborted) return Promise.reject(this.#error("cancelled", false));
    if (this.#queue.length >= this.options.maxQueued) {
      return Promise.reject(this.#error(`queue is full (${this.options.maxQueued} waiting): add workers`, true));
    }
    void this.warm().catch(() => undefined);
    return new Promise((resolve, reject) => {
      const job = { id: this.#nextId++, request, signal, resolve, reject };
      signal.addEventListener("abort", () => this.#cancel(job), { once: true });
      this.#queue.push(job);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0)) job.reject(this.#error("is closed", false));
    for (const slot of this.#slots.splice(0)) {
      slot.job?.reject(this.#error("is closed", false));
      slot.worker.terminate();
    }
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (!slot.ready || slot.job) continue;
      const job = this.#queue.shift();
      if (!job) return;
      slot.job = job;
      const { message, transfer } = job.request();
      slot.worker.postMessage({ type: "job", id: job.id, request: message } satisfies WorkerInput<Request>, transfer);
    }
  }

  #cancel(job: Job<Request, Response>): void {
    const waiting = this.#queue.indexOf(job);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    const slot = this.#slots.find((candidate) => candidate.job === job);
    if (slot) Atomics.store(slot.cancel, 0, job.id);
    job.reject(this.#error("cancelled", false));
  }

  #spawn(): Slot<Request, Response> {
    const cancel = new SharedArrayBuffer(4);
    const worker = new Worker(this.options.url.href, { type: "module" });
    const slot: Slot<Request, Response> = { worker, ready: false, cancel: new Int32Array(cancel), job: undefined };
    worker.onmessage = (event: MessageEvent<WorkerOutput<Response>>) => this.#receive(slot, event.data);
    worker.onerror = (event) => this.#replace(slot, event.message);
    // Bun's own event: a Worker that exits raises no error.
    worker.addEventListener("close", () => this.#replace(slot, "exited"));
    worker.postMessage({ type: "start", config: this.options.config, cancel } satisfies WorkerInput<Request>);
    // A waiting Worker must not keep a finished program alive.
    (worker as Worker & { unref?: () => void }).unref?.();
    return slot;
  }

  #receive(slot: Slot<Request, Response>, output: WorkerOutput<Response>): void {
    if (output.type === "ready") {
      slot.ready = true;
      if (this.#slots.every((candidate) => candidate.ready)) this.#warm?.resolve();
    } else if (output.id === undefined) {
      return this.#replace(slot, output.type === "failed" ? output.message : "no id");
    } else {
      const job = slot.job;
      slot.job = undefined;
      if (output.type === "done") job?.resolve(output.response);
      else job?.reject(this.#error(output.message, true));
    }
    this.#dispatch();
  }

  #replace(slot: Slot<Request, Response>, message: string): void {
    slot.job?.reject(this.#error(`worker stopped: ${message}`, true));
    slot.worker.terminate();
    const at = this.#slots.indexOf(slot);
    if (at < 0) return;
    if (!slot.ready || ++this.#restarts > MAX_RESTARTS) {
      this.#slots.splice(at, 1);
      const error = this.#error(`cannot start: ${message}`, false);
      this.#warm?.reject(error);
      if (this.#slots.length > 0) return;
      this.#broken = error;
      for (const job of this.#queue.splice(0)) job.reject(error);
      return;
    }
    this.#slots[at] = this.#spawn();
  }

  #error(message: string, retryable: boolean): ProviderError {
    return new ProviderError(this.options.name, message, retryable);
  }
}
