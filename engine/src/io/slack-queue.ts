/**
 * Work of a media thread that may wait for a pause between two ticks: to begin or end a call takes about a millisecond, and packets of all others are due every 2 ms.
 * In order; what is light goes through as soon as nothing waits before it.
 */

import type { ToWorker } from "./messages.ts";

/** Pauses that a media thread's messages need, ms; the others need none. */
export const NEEDED_MS: Readonly<Partial<Record<ToWorker["type"], number>>> = { open: 0.5, start: 1, stop: 1 };

/** Waited for this long, work is done whatever is due: a frame is the most a caller's greeting may come later. */
const MAX_WAIT_MS = 20;

export class SlackQueue<T> {
  readonly #waiting: { readonly item: T; readonly sinceMs: number }[] = [];

  /** `needsMs`: the pause an item needs; 0 for none. */
  constructor(private readonly needsMs: (item: T) => number) {}

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(now: number, item: T): void {
    this.#waiting.push({ item, sinceMs: now });
  }

  /** The next item that may be done now, when the next tick is due in `slackMs`. */
  poll(now: number, slackMs: number): T | undefined {
    const next = this.#waiting[0];
    if (!next) return undefined;
    const needsMs = this.needsMs(next.item);
    if (needsMs > slackMs && now - next.sinceMs < MAX_WAIT_MS) return undefined;
    this.#waiting.shift();
    return next.item;
  }
}
