/**
 * Places both sides of a call on one time line: caller left, she right, 8 kHz. Placement is by time, never by byte count
 * (egma #300: replies 0.9–1.2 s late when counted): what was received by RTP timestamp from the arrival of the stream's first
 * packet, what was sent by the tick it left on. Bounded: a ring of four seconds, flushed a second behind.
 */
export const LEFT = 0;
export const RIGHT = 1;
export type Channel = typeof LEFT | typeof RIGHT;

const RATE_PER_MS = 8;
/** A power of two. */
const RING_FRAMES = 32_768;
const HORIZON_FRAMES = 8_000;
/** A stream whose clock disagrees with ours by more than this was restarted: it is placed anew. */
const REBASE_FRAMES = 8_000;

export class StereoTimeline {
  readonly #ring = new Int16Array(RING_FRAMES * 2);
  #flushed = 0;
  #base: number | undefined;
  #baseTicks = 0;

  /** `startMs`: monotonic time of the first sample of the recording. `receivedChannel`: left for the engine, which receives the caller. */
  constructor(
    private readonly startMs: number,
    private readonly receivedChannel: Channel = LEFT,
  ) {}

  /** Frames handed out so far. */
  get frames(): number {
    return this.#flushed;
  }

  /** Audio whose first sample has RTP time `timestampTicks` (extended, never wrapping) and reached us at about `arrivalMs`. */
  received(arrivalMs: number, timestampTicks: number, samples: Int16Array): void {
    const expected = this.#frameAt(arrivalMs);
    let at = this.#base === undefined ? expected : this.#base + (timestampTicks - this.#baseTicks);
    if (this.#base === undefined || Math.abs(at - expected) > REBASE_FRAMES) {
      at = expected;
      this.#base = at;
      this.#baseTicks = timestampTicks;
    }
    this.#place(at, samples, this.receivedChannel);
  }

  /** Audio that left at `sentMs`. */
  sent(sentMs: number, samples: Int16Array): void {
    this.#place(this.#frameAt(sentMs), samples, this.receivedChannel === LEFT ? RIGHT : LEFT);
  }

  /**
   * Interleaved samples that can no longer change, oldest first; `undefined` when there are fewer than `minFrames`. The array is the
   * caller's to keep.
   */
  take(now: number, minFrames: number): Int16Array | undefined {
    const until = this.#frameAt(now) - HORIZON_FRAMES;
    return until - this.#flushed < minFrames ? undefined : this.#flush(until);
  }

  /** Everything up to `now`: the call is over. */
  finish(now: number): Int16Array {
    return this.#flush(Math.max(this.#flushed, this.#frameAt(now)));
  }

  #frameAt(ms: number): number {
    return Math.round((ms - this.startMs) * RATE_PER_MS);
  }

  /** Samples older than what was flushed or further ahead than the ring holds are left out. */
  #place(at: number, samples: Int16Array, channel: Channel): void {
    const ring = this.#ring;
    const first = Math.max(0, this.#flushed - at);
    const end = Math.min(samples.length, this.#flushed + RING_FRAMES - at);
    for (let index = first; index < end; index++) {
      ring[((at + index) & (RING_FRAMES - 1)) * 2 + channel] = samples[index]!;
    }
  }

  #flush(until: number): Int16Array {
    const frames = Math.max(0, until - this.#flushed);
    const out = new Int16Array(frames * 2);
    const kept = Math.min(frames, RING_FRAMES);
    const from = this.#flushed & (RING_FRAMES - 1);
    const untilWrap = Math.min(kept, RING_FRAMES - from);
    this.#move(from, untilWrap, out, 0);
    this.#move(0, kept - untilWrap, out, untilWrap);
    this.#flushed += frames;
    return out;
  }

  /** Frames of the ring to `out`, silence in their place. */
  #move(from: number, frames: number, out: Int16Array, to: number): void {
    const piece = this.#ring.subarray(from * 2, (from + frames) * 2);
    out.set(piece, to * 2);
    piece.fill(0);
  }
}
