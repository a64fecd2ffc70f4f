/**
 * Small seeded random numbers for simulation (mulberry32: 32-bit state, period 2^32). Not for anything an attacker must not guess.
 * The same seed gives the same sequence on every machine.
 */
export class Prng {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0..2^32-1 */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 ≤ x < 1 */
  next(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Whole number, both ends included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with the given probability, 0..1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Exponentially distributed with the given mean: waiting times, network delay tails. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** Normally distributed, mean 0, deviation 1 (Box-Muller). */
  gaussian(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}
