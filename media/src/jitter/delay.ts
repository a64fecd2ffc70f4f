import { ticksToMs } from "../units.ts";

export interface DelayOptions {
  /** Default 20. */
  readonly minMs?: number;
  /** Until the network has shown itself. Default 40. */
  readonly startMs?: number;
  /** Default 200. */
  readonly maxMs?: number;
}

/** Two seconds of 20 ms packets: long enough to see a pattern, short enough to grow within it. */
const WINDOW_PACKETS = 100;
/** One packet in fifty may come too late; concealment hides that. */
const COVERED_SHARE = 0.98;
const BIN_MS = 5;
const BINS = 64;
/** Playout starts up to half a frame before the target, so the target stands that much above what is needed. */
const MARGIN_MS = 10;
/** Target shrinks by 5 ms per second at 50 packets a second. */
const SHRINK_MS_PER_PACKET = 0.1;
/** The quickest packet of the last 5-10 s is the reference: it follows clock drift and route changes. */
const BASELINE_PACKETS = 250;

/**
 * How long to hold packets back, from how late they come compared with the quickest one. Grows at once, shrinks slowly.
 * Transit times are arrival minus media time in ticks, with any constant offset.
 */
export class DelayEstimator {
  readonly minMs: number;
  readonly maxMs: number;
  #targetMs: number;
  #baselineTicks = Number.POSITIVE_INFINITY;
  #recentMinTicks = Number.POSITIVE_INFINITY;
  #sinceBaseline = 0;
  readonly #histogram = new Uint8Array(BINS);
  readonly #window = new Uint8Array(WINDOW_PACKETS);
  #seen = 0;

  constructor(options: DelayOptions = {}) {
    this.minMs = options.minMs ?? 20;
    this.maxMs = options.maxMs ?? 200;
    this.#targetMs = Math.min(this.maxMs, Math.max(this.minMs, options.startMs ?? 40));
  }

  get targetMs(): number {
    return this.#targetMs;
  }

  /** Transit of the quickest recent packet; `Infinity` before the first. */
  get baselineTicks(): number {
    return this.#baselineTicks;
  }

  /** The path or the sender's clock changed for good: measure from `transitTicks` on. */
  rebase(transitTicks: number): void {
    this.#baselineTicks = transitTicks;
    this.#recentMinTicks = transitTicks;
    this.#sinceBaseline = 0;
  }

  /**
   * One packet arrived. `earlyTicks`: how much sooner than the packet's own start its first frame is played (packets that do not
   * start on a frame boundary are needed earlier). Packets later than the maximum teach nothing: no waiting would have helped.
   */
  update(transitTicks: number, earlyTicks: number): void {
    this.#follow(transitTicks);
    const lateMs = ticksToMs(transitTicks - this.#baselineTicks + earlyTicks);
    if (lateMs > this.maxMs) return;
    this.#remember(Math.min(BINS - 1, Math.floor(lateMs / BIN_MS)));
    const neededMs = Math.min(this.maxMs, Math.max(this.minMs, this.#coveringMs() + MARGIN_MS));
    this.#targetMs = this.#enoughSeen() ? Math.max(neededMs, this.#targetMs - SHRINK_MS_PER_PACKET) : this.#targetMs;
    if (neededMs > this.#targetMs) this.#targetMs = neededMs;
  }

  #enoughSeen(): boolean {
    return this.#seen >= WINDOW_PACKETS / 2;
  }

  #follow(transitTicks: number): void {
    this.#recentMinTicks = Math.min(this.#recentMinTicks, transitTicks);
    this.#baselineTicks = Math.min(this.#baselineTicks, transitTicks);
    if (++this.#sinceBaseline < BASELINE_PACKETS) return;
    this.#baselineTicks = this.#recentMinTicks;
    this.#recentMinTicks = transitTicks;
    this.#sinceBaseline = 0;
  }

  #remember(bin: number): void {
    const slot = this.#seen % WINDOW_PACKETS;
    if (this.#seen >= WINDOW_PACKETS) this.#histogram[this.#window[slot]!]!--;
    this.#window[slot] = bin;
    this.#histogram[bin]!++;
    this.#seen++;
  }

  /** Upper edge of the bin that covers the wanted share of the window. The first few packets must all be covered. */
  #coveringMs(): number {
    let uncovered = Math.floor(Math.min(this.#seen, WINDOW_PACKETS) * (1 - COVERED_SHARE) + 1e-9);
    for (let bin = BINS - 1; bin > 0; bin--) {
      uncovered -= this.#histogram[bin]!;
      if (uncovered < 0) return (bin + 1) * BIN_MS;
    }
    return BIN_MS;
  }
}
