import { timestampDelta } from "../units.ts";

/**
 * RTP timestamps of another clock rate (Opus: 48 kHz) as ticks of ours, which is slower by a whole factor: through the wrap of 32 bits, in any order, without
 * drift.
 */
export class RtpClock {
  #last: number | undefined;
  /** Ticks of the other clock since the first packet. */
  #elapsed = 0;

  /** `ratio`: ticks of theirs for one of ours. */
  constructor(readonly ratio: number) {}

  toOurs(timestampTicks: number): number {
    this.#elapsed += timestampDelta(timestampTicks, this.#last ?? timestampTicks);
    this.#last = timestampTicks;
    return Math.floor(this.#elapsed / this.ratio) >>> 0;
  }
}
