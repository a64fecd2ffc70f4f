import { Prng } from "@sk-voice/media/sim/prng.ts";

/** A seeded generator of damaged messages: cuts, repeats, swaps, odd characters and whole values from elsewhere in a corpus. */
export class Mutator {
  readonly #random: Prng;

  constructor(
    seed: number,
    private readonly corpus: readonly Uint8Array[],
    /** Bytes that mean something to the parser, put in by preference. */
    private readonly spices: readonly string[] = [],
  ) {
    this.#random = new Prng(seed);
  }

  next(): Uint8Array {
    const random = this.#random;
    if (random.integer(0, 49) === 0) return this.#noise(random.integer(0, 300));
    let bytes = this.#pick();
    for (let edits = random.integer(1, 6); edits > 0; edits--) bytes = this.#edit(bytes);
    return bytes.length > MAX_BYTES ? bytes.slice(0, MAX_BYTES) : bytes;
  }

  #edit(bytes: Uint8Array): Uint8Array {
    const random = this.#random;
    const at = random.integer(0, bytes.length);
    const length = random.integer(0, Math.min(40, bytes.length - at));
    const end = at + length;
    switch (random.integer(0, 6)) {
      case 0:
        return join(bytes.subarray(0, at), bytes.subarray(end));
      case 1:
        return join(bytes.subarray(0, end), bytes.subarray(at));
      case 2:
        return join(bytes.subarray(0, at), this.#noise(random.integer(1, 8)), bytes.subarray(end));
      case 3:
        return bytes.slice(0, at);
      case 4: {
        const other = this.#pick();
        return join(bytes.subarray(0, at), other.subarray(random.integer(0, other.length)));
      }
      case 5:
        return join(bytes.subarray(0, at), this.#spice(), bytes.subarray(end));
      default: {
        const flipped = bytes.slice();
        if (at < flipped.length) flipped[at]! ^= 1 << random.integer(0, 7);
        return flipped;
      }
    }
  }

  #pick(): Uint8Array {
    return this.corpus[this.#random.integer(0, this.corpus.length - 1)]!;
  }

  #spice(): Uint8Array {
    const spice = this.spices[this.#random.integer(0, Math.max(0, this.spices.length - 1))] ?? "";
    const count = this.#random.integer(0, 9) === 0 ? this.#random.integer(1, 2000) : 1;
    return encoder.encode(spice.repeat(count));
  }

  #noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#random.integer(0, 255));
  }
}

const encoder = new TextEncoder();
const MAX_BYTES = 70_000;

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
