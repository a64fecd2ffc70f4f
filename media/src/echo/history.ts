/** The newest samples of a stream by their absolute index, each stored twice so that any stretch can be read in one piece. */
export class SampleHistory {
  /** Index after the newest sample. */
  end = 0;
  /** Read at `at(…)`; never write. */
  readonly samples: Float32Array;
  readonly #mask: number;

  /** `capacity`: a power of two. Before the first sample there is silence. */
  constructor(readonly capacity: number) {
    this.samples = new Float32Array(capacity * 2);
    this.#mask = capacity - 1;
  }

  push(added: Int16Array): void {
    for (let i = 0; i < added.length; i++) this.put(this.end + i, added[i]!);
    this.end += added.length;
  }

  /** Where in `samples` the index `from` lies; at least `capacity` samples follow. Right for the last `capacity` samples. */
  at(from: number): number {
    return from & this.#mask;
  }

  protected put(index: number, value: number): void {
    const slot = index & this.#mask;
    this.samples[slot] = value;
    this.samples[slot + this.capacity] = value;
  }
}

/**
 * The same stream with its spectrum flattened (that of speech falls by 6 dB an octave): from each sample `emphasis` of the one before is taken off. Made only when it
 * is needed: on most calls nothing comes back, and it was a tenth of the guard's work.
 */
export class FlatHistory extends SampleHistory {
  constructor(
    private readonly source: SampleHistory,
    private readonly emphasis: number,
  ) {
    super(source.capacity);
  }

  /** Up to what the source holds; what it has forgotten meanwhile is skipped. */
  follow(): this {
    const { source, emphasis } = this;
    const { samples, end } = source;
    const from = Math.max(this.end, end - source.capacity + 1);
    for (let index = from; index < end; index++) {
      this.put(index, samples[source.at(index)]! - emphasis * samples[source.at(index - 1)]!);
    }
    this.end = end;
    return this;
  }
}
