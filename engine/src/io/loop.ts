/**
 * The one driver of the media thread: a tick every 2 ms on absolute deadlines, ten buckets, so each call is served every 20 ms and
 * the calls are spread evenly over the ticks. `setInterval(20)` drifts 50–330 ms in 10 s; timers armed at absolute times do not.
 */
export const BUCKETS = 10;
export const BUCKET_MS = 2;
export const FRAME_MS = BUCKETS * BUCKET_MS;

/** After a stall at most this many frames are caught up; older ones are skipped. */
const MAX_CATCH_UP_FRAMES = 3;

export interface Ticker {
  readonly lateness: Lateness;
  /** When the next tick that is not slept through is due. */
  dueMs(): number;
  stop(): void;
}

/** Histogram of how late ticks ran, in 0.1 ms steps up to 50 ms. */
export class Lateness {
  readonly counts = new Uint32Array(501);

  add(lateMs: number): void {
    const slot = Math.min(500, Math.max(0, Math.round(lateMs * 10)));
    this.counts[slot]!++;
  }

  /** In ms; 0 when nothing was counted. */
  percentile(fraction: number): number {
    let total = 0;
    for (const count of this.counts) total += count;
    let left = total * fraction;
    for (let slot = 0; slot < this.counts.length; slot++) {
      left -= this.counts[slot]!;
      if (left <= 0) return slot / 10;
    }
    return 50;
  }
}

/**
 * Calls `tick(bucket, dueMs)` for every bucket in turn. `now` is the injected monotonic clock. Buckets for which `isIdle` says so when the thread goes to sleep are
 * slept through: 500 ticks a second cost a thread with one call 7 % of a core.
 */
export function startTicker(
  now: () => number,
  tick: (bucket: number, dueMs: number) => void,
  isIdle: (bucket: number, dueMs: number) => boolean = () => false,
): Ticker {
  const lateness = new Lateness();
  let dueMs = now() + BUCKET_MS;
  let bucket = 0;
  let timer: ReturnType<typeof setTimeout>;
  const run = () => {
    const at = now();
    if (at - dueMs > MAX_CATCH_UP_FRAMES * FRAME_MS)
      dueMs += Math.floor((at - dueMs) / FRAME_MS - MAX_CATCH_UP_FRAMES) * FRAME_MS;
    while (dueMs <= at) {
      lateness.add(at - dueMs);
      tick(bucket, dueMs);
      bucket = (bucket + 1) % BUCKETS;
      dueMs += BUCKET_MS;
    }
    for (let skipped = 1; skipped < BUCKETS && isIdle(bucket, dueMs); skipped++) {
      bucket = (bucket + 1) % BUCKETS;
      dueMs += BUCKET_MS;
    }
    timer = setTimeout(run, Math.max(0, dueMs - now()));
  };
  timer = setTimeout(run, BUCKET_MS);
  return { lateness, dueMs: () => dueMs, stop: () => clearTimeout(timer) };
}

/** Where the next call goes, so that calls are spread over the ticks. */
export function emptiestBucket(buckets: readonly ReadonlySet<unknown>[]): number {
  let best = 0;
  for (let bucket = 1; bucket < buckets.length; bucket++) {
    if (buckets[bucket]!.size < buckets[best]!.size) best = bucket;
  }
  return best;
}
