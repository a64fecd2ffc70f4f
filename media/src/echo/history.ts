/** The newest samples of a stream by their absolute index, each stored twice so that any stretch can be read in one piece. */
export class SampleHistory {
  /** Index after the newest sample. */
  end = 0;
  readonly #samples: Float32Array;
  readonly #mask: number;

  #before = 0;

  /**
   * `capacity`: a power of two. Before the first sample there is silence. `emphasis`: the share of the sample before that is taken off each, 0 for none; flattens
   * the spectrum of speech, which falls by 6 dB an octave.
   */
  constructor(
    readonly capacity: number,
    private readonly emphasis = 0,
  ) {
    this.#samples = new Float32Array(capacity * 2);
    this.#mask = capacity - 1;
  }

  push(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i++) {
      const slot = (this.end + i) & this.#mask;
      const value = samples[i]! - this.emphasis * this.#before;
      this.#before = samples[i]!;
      this.#samples[slot] = value;
      this.#samples[slot + this.capacity] = value;
    }
    this.end += samples.length;
  }

  /** Where in `samples` the index `from` lies; at least `capacity` samples follow. Right for the last `capacity` samples. */
  at(from: number): number {
    return from & this.#mask;
  }

  /** Read at `at(…)`; never write. */
  get samples(): Float32Array {
    return this.#samples;
  }

  /** Whether `count` samples from `from` are still, and already, there. */
  holds(from: number, count: number): boolean {
    return from >= this.end - this.capacity && from + count <= this.end;
  }
}
