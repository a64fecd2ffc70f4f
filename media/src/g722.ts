import type { AudioCoder } from "./codec.ts";

/**
 * G.722 at 64 kbit/s (ITU-T G.722), spoken at 8 kHz: its lower band alone is the telephone band, so nothing is resampled. What is decoded is the lower
 * band; what is encoded has an empty upper band, which every G.722 decoder plays as silence. One byte a sample, RTP clock 8000 (RFC 3551 section 4.5.2).
 */

/** Decision levels of the 6-bit quantiser, and its codes for negative and positive differences (tables 14 and 15 of G.722). */
const LEVELS_6 = Int32Array.of(
  ...[0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714],
  ...[786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919],
);
const LAST_LEVEL = 29;
const NEGATIVE_CODES = Int32Array.from({ length: 31 }, (_, n) => (n === 1 ? 63 : n === 2 ? 62 : 34 - n));
const POSITIVE_CODES = Int32Array.from({ length: 31 }, (_, n) => 62 - n);
/** Inverse quantisers of 4 and 6 bits. */
const INVERSE_4 = Int32Array.of(
  ...[0, -20456, -12896, -8968, -6288, -4240, -2584, -1200],
  ...[20456, 12896, 8968, 6288, 4240, 2584, 1200, 0],
);
const POSITIVE_6 = [
  ...[24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456],
  ...[4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728],
];
const INVERSE_6 = Int32Array.of(
  ...[-136, -136, -136, -136],
  ...POSITIVE_6.map((value) => -value),
  ...POSITIVE_6,
  ...[432, 136, -432, -136],
);
/** Logarithmic scale factors: multipliers by code, and 32 steps of the antilogarithm. */
const LOW_MULTIPLIERS = Int32Array.of(-60, -30, 58, 172, 334, 538, 1198, 3042);
const LOW_MULTIPLIER_OF_CODE = Uint8Array.of(0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0);
const ANTILOG = Int32Array.from({ length: 32 }, (_, n) => Math.round(2048 * 2 ** (n / 32)));
const MAX_LOW_SCALE = 18_432;
const MAX_HIGH_SCALE = 22_528;
/** Upper band: 2 bits. Indexed by code: inverse quantiser and multiplier. */
const INVERSE_2 = Int32Array.of(-7408, -1616, 7408, 1616);
const HIGH_MULTIPLIER_OF_CODE = Int32Array.of(798, -214, 798, -214);
const HIGH_LEVEL = 564;

/** Adaptive predictor of one band: two poles, six zeros (block 4 of G.722), and its scale factor. */
class Band {
  signal = 0;
  scale = 0;
  #zeroSignal = 0;
  readonly #poles = new Int32Array(2);
  readonly #zeros = new Int32Array(6);
  readonly #differences = new Int32Array(7);
  readonly #reconstructed = new Int32Array(2);
  readonly #partial = new Int32Array(2);

  constructor(public step: number) {}

  /** A step of the logarithmic scale factor; `shift` is 8 in the lower band and 10 in the upper. */
  adapt(multiplier: number, most: number, shift: number): void {
    this.scale = Math.max(0, Math.min(most, ((this.scale * 127) >> 7) + multiplier));
    const places = shift - (this.scale >> 11);
    const base = ANTILOG[(this.scale >> 6) & 31]!;
    this.step = (places < 0 ? base << -places : base >> places) << 2;
  }

  predict(difference: number): void {
    const reconstructed = saturate(this.signal + difference);
    const partial = saturate(this.#zeroSignal + difference);
    this.#updatePoles(partial);
    this.#updateZeros(difference);
    this.#differences.copyWithin(1, 0, 6);
    this.#differences[1] = difference;
    this.#reconstructed[1] = this.#reconstructed[0]!;
    this.#reconstructed[0] = reconstructed;
    this.#partial[1] = this.#partial[0]!;
    this.#partial[0] = partial;
    let poleSignal = 0;
    for (let n = 0; n < 2; n++) poleSignal += (this.#poles[n]! * saturate(2 * this.#reconstructed[n]!)) >> 15;
    let zeroSignal = 0;
    for (let n = 0; n < 6; n++) zeroSignal += (this.#zeros[n]! * saturate(2 * this.#differences[n + 1]!)) >> 15;
    this.#zeroSignal = saturate(zeroSignal);
    this.signal = saturate(saturate(poleSignal) + this.#zeroSignal);
  }

  #updatePoles(partial: number): void {
    const first = this.#poles[0]!;
    const second = this.#poles[1]!;
    const sameAsLast = partial >> 15 === this.#partial[0]! >> 15;
    const sameAsBefore = partial >> 15 === this.#partial[1]! >> 15;
    const toward = Math.min(32767, (sameAsLast ? -1 : 1) * saturate(first << 2));
    const next = (sameAsBefore ? 128 : -128) + (toward >> 7) + ((second * 32512) >> 15);
    this.#poles[1] = Math.max(-12288, Math.min(12288, next));
    const limit = saturate(15360 - this.#poles[1]!);
    const moved = saturate((sameAsLast ? 192 : -192) + ((first * 32640) >> 15));
    this.#poles[0] = Math.max(-limit, Math.min(limit, moved));
  }

  #updateZeros(difference: number): void {
    const gain = difference === 0 ? 0 : 128;
    for (let n = 0; n < 6; n++) {
      const same = this.#differences[n + 1]! >> 15 === difference >> 15;
      this.#zeros[n] = saturate((same ? gain : -gain) + ((this.#zeros[n]! * 32640) >> 15));
    }
  }
}

/** One direction of one call: it adapts from packet to packet. Allocates nothing. */
export class G722 implements AudioCoder {
  readonly #low = new Band(32);
  readonly #high = new Band(8);

  encode(samples: Int16Array, out: Uint8Array): number {
    const count = Math.min(samples.length, out.length);
    for (let n = 0; n < count; n++) out[n] = (this.#encodeHigh() << 6) | this.#encodeLow(samples[n]! >> 1);
    return count;
  }

  decode(payload: Uint8Array, out: Int16Array, offset = 0, length = payload.length - offset): number {
    const count = Math.min(length, out.length);
    const low = this.#low;
    for (let n = 0; n < count; n++) {
      const code = payload[offset + n]! & 63;
      const heard = low.signal + ((low.step * INVERSE_6[code]!) >> 15);
      out[n] = Math.max(-16384, Math.min(16383, heard)) << 1;
      this.#follow(code >> 2);
    }
    return count;
  }

  #encodeLow(sample: number): number {
    const low = this.#low;
    const difference = saturate(sample - low.signal);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    let level = 1;
    while (level <= LAST_LEVEL && magnitude >= (LEVELS_6[level]! * low.step) >> 12) level++;
    const code = difference < 0 ? NEGATIVE_CODES[level]! : POSITIVE_CODES[level]!;
    this.#follow(code >> 2);
    return code;
  }

  /** Encoder and decoder adapt alike, by the four upper bits. */
  #follow(code: number): void {
    const low = this.#low;
    const difference = (low.step * INVERSE_4[code]!) >> 15;
    low.adapt(LOW_MULTIPLIERS[LOW_MULTIPLIER_OF_CODE[code]!]!, MAX_LOW_SCALE, 8);
    low.predict(difference);
  }

  /** Of silence. */
  #encodeHigh(): number {
    const high = this.#high;
    const difference = saturate(-high.signal);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    const isLarge = magnitude >= (HIGH_LEVEL * high.step) >> 12;
    const code = difference < 0 ? (isLarge ? 0 : 1) : isLarge ? 2 : 3;
    const step = (high.step * INVERSE_2[code]!) >> 15;
    high.adapt(HIGH_MULTIPLIER_OF_CODE[code]!, MAX_HIGH_SCALE, 10);
    high.predict(step);
    return code;
  }
}

function saturate(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}
