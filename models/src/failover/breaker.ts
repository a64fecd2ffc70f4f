/**
 * Leaves a failing provider alone for a while, so that no caller waits for it. Pure.
 *
 * | state     | allows | success | failure                                   | time over |
 * |-----------|--------|---------|-------------------------------------------|-----------|
 * | closed    | all    | closed  | after `failures` in a row: open           | –         |
 * | open      | none   | closed  | open                                      | half-open |
 * | half-open | one    | closed  | open, for twice as long, at most `maxOpenMs` | –      |
 */
export interface BreakerOptions {
  /** In a row. */
  readonly failures: number;
  readonly openMs: number;
  readonly maxOpenMs: number;
}

export const DEFAULT_BREAKER: BreakerOptions = { failures: 3, openMs: 5000, maxOpenMs: 60_000 };

export class Breaker {
  #failures = 0;
  #openMs: number;
  #openUntilMs: number | undefined;
  #trying = false;

  constructor(private readonly options: BreakerOptions = DEFAULT_BREAKER) {
    this.#openMs = options.openMs;
  }

  state(now: number): "closed" | "open" | "half-open" {
    if (this.#openUntilMs === undefined) return "closed";
    return now < this.#openUntilMs ? "open" : "half-open";
  }

  /** Whether to try; a half-open breaker lets one through. */
  allow(now: number): boolean {
    const state = this.state(now);
    if (state === "half-open" && !this.#trying) {
      this.#trying = true;
      return true;
    }
    return state === "closed";
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openMs = this.options.openMs;
    this.#openUntilMs = undefined;
    this.#trying = false;
  }

  failed(now: number): void {
    this.#failures++;
    if (this.#trying) this.#openMs = Math.min(this.#openMs * 2, this.options.maxOpenMs);
    if (this.#trying || this.#failures >= this.options.failures) this.#openUntilMs = now + this.#openMs;
    this.#trying = false;
  }

  /** Neither worked nor failed: the caller interrupted. */
  abandoned(): void {
    this.#trying = false;
  }
}
