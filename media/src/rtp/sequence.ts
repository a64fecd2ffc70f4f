/**
 * Extended sequence numbers of one source, RFC 3550 appendix A.1.
 *
 * | state     | next in order     | small gap ahead | behind, ≤ window   | anything else                     |
 * |-----------|-------------------|-----------------|--------------------|-----------------------------------|
 * | probation | one nearer; valid after `minSequential` in a row    | probation starts again             |
 * | valid     | "ok"              | "ok"            | "reordered", or "duplicate" when seen before | "jump"; "restart" when the next one follows it |
 */

const MAX_DROPOUT = 3000;
const SEQUENCE_MODULUS = 0x10000;
/** Sequence numbers remembered for duplicate detection. RFC 3550's MAX_MISORDER is 100; a power of two makes the bitmap simple. */
const WINDOW = 128;

export type SequenceVerdict = "ok" | "reordered" | "duplicate" | "restart" | "jump" | "probation";

export class SequenceTracker {
  /** Highest extended sequence number: wraps counted in the upper bits. */
  extendedMax = 0;
  /** Packets counted by RFC 3550 section 6.4.1: valid ones, late and duplicate included. */
  received = 0;
  duplicates = 0;
  reordered = 0;
  restarts = 0;
  /** Packets refused for a sequence number far from the expected ones. */
  jumps = 0;

  #extendedBase = 0;
  #probationLeft: number;
  #started = false;
  #expectedAfterJump = -1;
  readonly #seen = new Uint32Array(WINDOW / 32);

  /** `minSequential`: packets in a row before the source is believed (RFC 3550: 2). 1 believes the first. */
  constructor(readonly minSequential = 2) {
    this.#probationLeft = minSequential;
  }

  /** Packets the sender must have sent since the first: RFC 3550 A.3. */
  get expected(): number {
    return this.valid ? this.extendedMax - this.#extendedBase + 1 : 0;
  }

  get valid(): boolean {
    return this.#started && this.#probationLeft === 0;
  }

  /** Forget everything but the totals of trouble: another source follows. */
  reset(): void {
    this.#started = false;
    this.#probationLeft = this.minSequential;
    this.received = 0;
    this.extendedMax = 0;
    this.#extendedBase = 0;
  }

  update(sequence: number): SequenceVerdict {
    if (this.#probationLeft > 0) return this.#probe(sequence);
    const ahead = (sequence - this.extendedMax) & 0xffff;
    if (ahead !== 0 && ahead < MAX_DROPOUT) return this.#advance(ahead);
    if (ahead === 0 || ahead > SEQUENCE_MODULUS - WINDOW) return this.#lookBack((SEQUENCE_MODULUS - ahead) & 0xffff);
    return this.#jump(sequence);
  }

  #probe(sequence: number): SequenceVerdict {
    const follows = this.#started && sequence === ((this.extendedMax + 1) & 0xffff);
    this.#probationLeft = (follows ? this.#probationLeft : this.minSequential) - 1;
    this.#started = true;
    this.extendedMax = sequence;
    if (this.#probationLeft > 0) return "probation";
    this.#begin(sequence);
    return "ok";
  }

  #begin(sequence: number): void {
    this.extendedMax = sequence;
    this.#extendedBase = sequence;
    this.received = 1;
    this.#expectedAfterJump = -1;
    this.#seen.fill(0);
    this.#mark(sequence);
  }

  #advance(ahead: number): SequenceVerdict {
    for (let step = 1; step < ahead && step <= WINDOW; step++) this.#unmark(this.extendedMax + step);
    this.extendedMax += ahead;
    this.#mark(this.extendedMax);
    this.received++;
    this.#expectedAfterJump = -1;
    return "ok";
  }

  #lookBack(behind: number): SequenceVerdict {
    const extended = this.extendedMax - behind;
    this.received++;
    if (extended < this.#extendedBase) this.#extendedBase = extended;
    else if (this.#isMarked(extended)) {
      this.duplicates++;
      return "duplicate";
    }
    this.#mark(extended);
    this.reordered++;
    return "reordered";
  }

  /** Two in a row far away: the other side restarted without telling, RFC 3550 A.1. */
  #jump(sequence: number): SequenceVerdict {
    if (sequence === this.#expectedAfterJump) {
      this.#begin(sequence);
      this.restarts++;
      return "restart";
    }
    this.#expectedAfterJump = (sequence + 1) & 0xffff;
    this.jumps++;
    return "jump";
  }

  #mark(extended: number): void {
    const slot = extended & (WINDOW - 1);
    this.#seen[slot >> 5] = this.#seen[slot >> 5]! | (1 << (slot & 31));
  }

  #unmark(extended: number): void {
    const slot = extended & (WINDOW - 1);
    this.#seen[slot >> 5] = this.#seen[slot >> 5]! & ~(1 << (slot & 31));
  }

  #isMarked(extended: number): boolean {
    const slot = extended & (WINDOW - 1);
    return (this.#seen[slot >> 5]! & (1 << (slot & 31))) !== 0;
  }
}
