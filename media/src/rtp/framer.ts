import { FRAME_SAMPLES, TICKS_PER_MS } from "../units.ts";

/** Longest packet: 60 ms, and the frame that is being added. */
const CAPACITY = 60 * TICKS_PER_MS + FRAME_SAMPLES;

/** Turns 20 ms frames into packets of another length, 10–60 ms. Allocates nothing. */
export class Framer {
  readonly #samples = new Int16Array(CAPACITY);
  readonly #packets: readonly Int16Array[];
  #count = 0;

  constructor() {
    this.#packets = Array.from({ length: 7 }, (_, tens) => this.#samples.slice(0, tens * 10 * TICKS_PER_MS));
  }

  /** Samples waiting for their packet. */
  get pending(): number {
    return this.#count;
  }

  push(frame: Int16Array): void {
    this.#samples.set(frame, this.#count);
    this.#count += frame.length;
  }

  /** The next packet's samples, valid until the next call; `undefined` when there are not enough. `ptimeMs`: 10, 20 … 60. */
  take(ptimeMs: number): Int16Array | undefined {
    const count = ptimeMs * TICKS_PER_MS;
    if (this.#count < count) return undefined;
    const packet = this.#packets[ptimeMs / 10]!;
    packet.set(this.#samples.subarray(0, count));
    this.#samples.copyWithin(0, count, this.#count);
    this.#count -= count;
    return packet;
  }

  /** Forgets what waits; returns how many samples that were. */
  drop(): number {
    const dropped = this.#count;
    this.#count = 0;
    return dropped;
  }
}
