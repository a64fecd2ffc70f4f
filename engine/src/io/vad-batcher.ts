/**
 * One VAD inference for every call of the thread that has a window ready: 11 µs a window at batch 32 against 168 alone. Calls are served in the order their windows
 * became ready; while an inference runs, new ones wait (two windows each) for the next bucket, 2 ms later.
 */
import type { VadModel, VadState } from "@sk-voice/models/ports.ts";

export interface VadClient {
  readonly vadState: VadState;
  /** Windows that wait. */
  readonly waitingWindows: number;
  /** Copies the call's oldest waiting window to `into` at `offset`. False when none waits. */
  takeWindow(into: Float32Array, offset: number): boolean;
  /** Answers the window taken. */
  speechProbability(probability: number): void;
}

/** Unless the model says what it takes: larger batches hardly cost less per call and block the thread for longer. */
const MAX_BATCH = 32;
/** Windows worth an inference at once; fewer wait for company, up to so many buckets of 2 ms. */
const GOOD_BATCH = 16;
const MAX_HELD_BUCKETS = 4;
/** With fewer calls nobody would come. */
const MIN_CALLS_TO_HOLD = 16;

export class VadBatcher {
  readonly #maxBatch: number;
  readonly #goodBatch: number;
  readonly #windows: Float32Array;
  readonly #probabilities: Float32Array;
  /** Clients with a window, each once, first come first served. */
  readonly #ready = new Set<VadClient>();
  readonly #clients: VadClient[] = [];
  readonly #states: VadState[] = [];
  #running = false;
  #heldBuckets = 0;

  constructor(
    private readonly model: VadModel,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#maxBatch = model.maxBatch ?? MAX_BATCH;
    this.#goodBatch = Math.min(GOOD_BATCH, this.#maxBatch);
    this.#probabilities = new Float32Array(this.#maxBatch);
    this.#windows = new Float32Array(this.#maxBatch * model.windowSamples);
  }

  /** Called after each of a client's ticks. */
  offer(client: VadClient): void {
    if (client.waitingWindows > 0) this.#ready.add(client);
  }

  /** Windows wait for the next bucket. */
  get hasWaiting(): boolean {
    return this.#ready.size > 0;
  }

  /** Called every bucket. `calls`: how many the thread has. */
  run(calls: number): void {
    if (this.#running || this.#ready.size === 0) return;
    const worthIt = this.#ready.size >= this.#goodBatch || calls < MIN_CALLS_TO_HOLD;
    if (worthIt || this.#heldBuckets++ >= MAX_HELD_BUCKETS) this.#infer();
  }

  #infer(): void {
    this.#heldBuckets = 0;
    this.#clients.length = 0;
    this.#states.length = 0;
    for (const client of this.#ready) {
      if (this.#clients.length === this.#maxBatch) break;
      this.#ready.delete(client);
      if (!client.takeWindow(this.#windows, this.#clients.length * this.model.windowSamples)) continue;
      this.#clients.push(client);
      this.#states.push(client.vadState);
    }
    if (this.#clients.length === 0) return;
    this.#running = true;
    this.model.infer(this.#windows, this.#states, this.#probabilities).then(this.#answer, this.#fail);
  }

  readonly #answer = (): void => {
    for (let index = 0; index < this.#clients.length; index++) {
      const client = this.#clients[index]!;
      client.speechProbability(this.#probabilities[index]!);
      this.offer(client);
    }
    this.#running = false;
    if (this.#ready.size >= this.#goodBatch) this.#infer();
  };

  readonly #fail = (error: unknown): void => {
    this.#running = false;
    this.failed(error);
  };
}
