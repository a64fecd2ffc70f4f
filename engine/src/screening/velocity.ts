/** Calls per number in the last hour. One per engine, told of every call. */
const WINDOW_MS = 3_600_000;
/** Numbers remembered; when full, the one that called longest ago is forgotten. */
const MAX_NUMBERS = 10_000;
/** Times kept per number: more make no difference to the feature. */
const MAX_TIMES = 8;

export class CallVelocity {
  /** In the order of their last call. */
  readonly #times = new Map<string, number[]>();

  /** Notes a call and returns how many came from `from` in the hour before it. Monotonic milliseconds. */
  called(now: number, from: string): number {
    const before = (this.#times.get(from) ?? []).filter((atMs) => now - atMs < WINDOW_MS);
    this.#times.delete(from);
    this.#times.set(from, [...before, now].slice(-MAX_TIMES));
    if (this.#times.size > MAX_NUMBERS) this.#forgetOldest();
    return before.length;
  }

  get size(): number {
    return this.#times.size;
  }

  #forgetOldest(): void {
    const oldest = this.#times.keys().next();
    if (!oldest.done) this.#times.delete(oldest.value);
  }
}
