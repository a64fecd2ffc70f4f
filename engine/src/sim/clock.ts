/** A clock that moves only when told, and the promises that wait for it. */
interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

export class VirtualClock {
  #nowMs = 0;
  #order = 0;
  readonly #timers: Timer[] = [];

  readonly now = (): number => this.#nowMs;

  /** When the next timer is due; `Infinity` without any. */
  deadline(): number {
    return this.#timers[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  at(atMs: number, fire: () => void): () => void {
    const timer = { atMs, order: this.#order++, fire };
    const index = this.#timers.findIndex((other) => other.atMs > atMs);
    this.#timers.splice(index < 0 ? this.#timers.length : index, 0, timer);
    return () => {
      const place = this.#timers.indexOf(timer);
      if (place >= 0) this.#timers.splice(place, 1);
    };
  }

  /** Resolves after `ms`, or when aborted; never rejects. */
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const cancel = this.at(this.#nowMs + ms, resolve);
      signal?.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });

  /** Moves to `atMs` and fires what is due, in order. True when something was. */
  advance(atMs: number): boolean {
    this.#nowMs = Math.max(this.#nowMs, atMs);
    const due = this.deadline() <= this.#nowMs;
    while (this.deadline() <= this.#nowMs) this.#timers.shift()!.fire();
    return due;
  }
}
