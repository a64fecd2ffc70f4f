/**
 * One VAD inference for every call of the thread that has a window ready: 33 µs a window at batch 32 against 105–126 singly. While an
 * inference runs, new windows wait in their calls (two each) for the next bucket, 2 ms later.
 */
import type { VadModel, VadState } from "@sk-voice/models/ports.ts";

export interface VadClient {
  readonly vadState: VadState;
  /** Copies the call's oldest waiting window to `into` at `offset`. False when none waits. */
  takeWindow(into: Float32Array, offset: number): boolean;
  /** Answers the window taken. */
  speechProbability(probability: number): void;
}

/** Larger batches cost no less per call and block the thread for longer (64: 4.6 ms tick p99). */
const MAX_BATCH = 32;

export class VadBatcher {
  readonly #windows: Float32Array;
  readonly #probabilities = new Float32Array(MAX_BATCH);
  readonly #clients: VadClient[] = [];
  readonly #states: VadState[] = [];
  #running = false;

  constructor(
    private readonly model: VadModel,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#windows = new Float32Array(MAX_BATCH * model.windowSamples);
  }

  /** Infers what is ready among `clients`. Called every bucket. */
  run(clients: Iterable<VadClient>): void {
    if (this.#running) return;
    this.#clients.length = 0;
    this.#states.length = 0;
    for (const client of clients) {
      if (this.#clients.length === MAX_BATCH) break;
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
      this.#clients[index]!.speechProbability(this.#probabilities[index]!);
    }
    this.#running = false;
  };

  readonly #fail = (error: unknown): void => {
    this.#running = false;
    this.failed(error);
  };
}
