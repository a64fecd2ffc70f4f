import { Prng } from "./prng.ts";

/** All probabilities 0..1; everything defaults to a perfect network. */
export interface NetemOptions {
  readonly seed: number;
  /** Fixed one-way delay. */
  readonly delayMs?: number;
  /** Mean of an exponentially distributed extra delay, cut off at `maxJitterMs` (default: five times the mean). */
  readonly jitterMs?: number;
  readonly maxJitterMs?: number;
  /** Gilbert-Elliott loss: from the good state to the bad, and back, decided per packet. */
  readonly badProbability?: number;
  readonly goodProbability?: number;
  readonly lossInGood?: number;
  readonly lossInBad?: number;
  readonly duplicateProbability?: number;
  /** Packets held back by `reorderMs` while later ones overtake. Jitter alone never reorders here, as on most real paths. */
  readonly reorderProbability?: number;
  readonly reorderMs?: number;
  /** Packets in flight; more are dropped at the tail. Default 1024. */
  readonly capacity?: number;
}

interface InFlight {
  readonly dueMs: number;
  readonly packet: Uint8Array;
}

/** Independent loss of the given probability, 0..1. */
export function randomLoss(probability: number): Pick<NetemOptions, "lossInGood"> {
  return { lossInGood: probability };
}

/**
 * Gilbert-Elliott loss with the given overall rate (0..<1) in bursts of the given mean length in packets (≥ 1).
 */
export function burstLoss(
  rate: number,
  meanBurstPackets: number,
): Pick<NetemOptions, "badProbability" | "goodProbability" | "lossInBad"> {
  const goodProbability = 1 / meanBurstPackets;
  return { goodProbability, badProbability: (goodProbability * rate) / (1 - rate), lossInBad: 1 };
}

/** A seeded network in one direction, sans-IO: packets go in with a time, and come out when they are due. */
export class Netem {
  dropped = 0;
  delivered = 0;
  readonly #random: Prng;
  readonly #inFlight: InFlight[] = [];
  #bad = false;
  #lastDueMs = Number.NEGATIVE_INFINITY;

  constructor(readonly options: NetemOptions) {
    this.#random = new Prng(options.seed);
  }

  /** The packet is copied. */
  push(now: number, packet: Uint8Array): void {
    if (this.#isLost()) {
      this.dropped++;
      return;
    }
    const dueMs = this.#dueOf(now);
    this.#insert({ dueMs, packet: packet.slice() });
    if (this.#random.chance(this.options.duplicateProbability ?? 0)) this.#insert({ dueMs, packet: packet.slice() });
  }

  /** The next packet due at or before `now`. */
  poll(now: number): Uint8Array | undefined {
    if (this.deadline() > now) return undefined;
    this.delivered++;
    return this.#inFlight.shift()!.packet;
  }

  /** When the next packet is due; `Infinity` when none is in flight. */
  deadline(): number {
    return this.#inFlight[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  #isLost(): boolean {
    const { badProbability = 0, goodProbability = 1, lossInGood = 0, lossInBad = 0 } = this.options;
    this.#bad = this.#bad ? !this.#random.chance(goodProbability) : this.#random.chance(badProbability);
    return this.#random.chance(this.#bad ? lossInBad : lossInGood);
  }

  #dueOf(now: number): number {
    const { delayMs = 0, jitterMs = 0, reorderProbability = 0, reorderMs = 30 } = this.options;
    const extraMs = Math.min(this.#random.exponential(jitterMs), this.options.maxJitterMs ?? jitterMs * 5);
    const dueMs = Math.max(this.#lastDueMs, now + delayMs + extraMs);
    if (this.#random.chance(reorderProbability)) return dueMs + reorderMs;
    this.#lastDueMs = dueMs;
    return dueMs;
  }

  #insert(entry: InFlight): void {
    if (this.#inFlight.length >= (this.options.capacity ?? 1024)) {
      this.dropped++;
      return;
    }
    let at = this.#inFlight.length;
    while (at > 0 && this.#inFlight[at - 1]!.dueMs > entry.dueMs) at--;
    this.#inFlight.splice(at, 0, entry);
  }
}
