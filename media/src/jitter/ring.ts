/**
 * PCM by position on one endless time line, of which a window of `capacity` samples is held. Every sample knows whether it is
 * there, so packets of any length and alignment fit together. Positions are whole numbers of samples, at most 2^53.
 */
export class PcmRing {
  readonly #samples: Int16Array;
  readonly #present: Uint8Array;
  readonly #mask: number;

  /** `capacity`: a power of two. */
  constructor(readonly capacity: number) {
    this.#samples = new Int16Array(capacity);
    this.#present = new Uint8Array(capacity);
    this.#mask = capacity - 1;
  }

  /** Puts `source[from..from+count)` at `position`. Samples already there stay. Returns how many were new. */
  write(position: number, source: Int16Array, from: number, count: number): number {
    let fresh = 0;
    for (let i = 0; i < count; i++) {
      const slot = (position + i) & this.#mask;
      if (this.#present[slot] !== 0) continue;
      this.#present[slot] = 1;
      this.#samples[slot] = source[from + i]!;
      fresh++;
    }
    return fresh;
  }

  /** Takes `out.length` samples from `position`; absent ones are 0 in `out` and in `present`. Returns how many were there. */
  take(position: number, out: Int16Array, present: Uint8Array): number {
    let there = 0;
    for (let i = 0; i < out.length; i++) {
      const slot = (position + i) & this.#mask;
      const has = this.#present[slot]!;
      present[i] = has;
      out[i] = has !== 0 ? this.#samples[slot]! : 0;
      there += has;
      this.#present[slot] = 0;
    }
    return there;
  }

  /** Mean magnitude of the samples present in the range, 0..32768; -1 when none is. */
  level(position: number, count: number): number {
    let sum = 0;
    let there = 0;
    for (let i = 0; i < count; i++) {
      const slot = (position + i) & this.#mask;
      if (this.#present[slot] === 0) continue;
      sum += Math.abs(this.#samples[slot]!);
      there++;
    }
    return there === 0 ? -1 : sum / there;
  }

  /** First position present in `from..to`; `to` when none is. */
  firstPresent(from: number, to: number): number {
    let position = from;
    while (position < to && this.#present[position & this.#mask] === 0) position++;
    return position;
  }

  clear(position: number, count: number): void {
    if (count >= this.capacity) this.#present.fill(0);
    else for (let i = 0; i < count; i++) this.#present[(position + i) & this.#mask] = 0;
  }
}
