/**
 * One request over several providers: the first that is allowed begins; the next joins when it fails or has said nothing for `hedgeAfterMs`. Whoever brings
 * content first is heard, the others are cancelled. After that there is no way back: a reply is not continued in another voice.
 */
import { ProviderError } from "../ports.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Breaker } from "./breaker.ts";

export interface Racer<T> {
  readonly name: string;
  readonly breaker: Breaker;
  start(signal: AbortSignal): AsyncIterable<T>;
}

export interface RaceOptions {
  readonly hedgeAfterMs: number;
  readonly schedule: Scheduler;
  readonly now: () => number;
  /** A provider failed or was overtaken; the request goes on with another. */
  readonly onFailure?: (error: ProviderError) => void;
}

interface Running<T> {
  readonly racer: Racer<T>;
  readonly abort: AbortController;
  readonly items: AsyncIterator<T>;
  readonly first: Promise<First<T>>;
}

type First<T> =
  | { readonly by: number; readonly result: IteratorResult<T> }
  | { readonly by: number; readonly error: unknown };

/** Rejects with the last provider's error when none brings anything. An empty answer is an answer. */
export async function* race<T>(
  racers: readonly Racer<T>[],
  options: RaceOptions,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const heat = new Heat(racers, options, signal);
  try {
    const winner = await heat.winner();
    if (winner.result.done) return;
    yield winner.result.value;
    for (let next = await winner.next(); !next.done; next = await winner.next()) yield next.value;
  } finally {
    heat.close();
  }
}

class Heat<T> {
  readonly #waiting: Racer<T>[];
  readonly #running: Running<T>[] = [];
  readonly #pending = new Map<number, Promise<First<T>>>();
  readonly #onAbort = () => this.close();

  constructor(
    racers: readonly Racer<T>[],
    private readonly options: RaceOptions,
    private readonly signal: AbortSignal,
  ) {
    const now = options.now();
    const allowed = racers.filter(({ breaker }) => breaker.allow(now));
    // With every breaker open the last resort is asked all the same.
    this.#waiting = allowed.length > 0 ? allowed : racers.slice(-1);
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  async winner(): Promise<{ result: IteratorResult<T>; next: () => Promise<IteratorResult<T>> }> {
    if (this.signal.aborted) throw new ProviderError("failover", "cancelled", false);
    let lastError: unknown = new ProviderError("failover", "there is no provider", false);
    while (this.#begin() || this.#pending.size > 0) {
      const first = await this.#next();
      if (first === "hedge") continue;
      const { racer, items } = this.#running[first.by]!;
      this.#pending.delete(first.by);
      if ("result" in first) {
        racer.breaker.succeeded();
        this.#lose(first.by);
        return { result: first.result, next: () => items.next() };
      }
      if (this.signal.aborted) throw first.error;
      lastError = first.error;
      this.#failed(racer, first.error);
    }
    throw lastError;
  }

  close(): void {
    this.signal.removeEventListener("abort", this.#onAbort);
    for (const { abort } of this.#running) abort.abort();
    for (const { racer } of this.#running) racer.breaker.abandoned();
    for (const racer of this.#waiting) racer.breaker.abandoned();
  }

  /** Starts the next in line. */
  #begin(): boolean {
    const racer = this.#waiting.shift();
    if (!racer) return false;
    const abort = new AbortController();
    const by = this.#running.length;
    const items = racer.start(abort.signal)[Symbol.asyncIterator]();
    const first = items.next().then(
      (result): First<T> => ({ by, result }),
      (error: unknown): First<T> => ({ by, error }),
    );
    this.#running.push({ racer, abort, items, first });
    this.#pending.set(by, first);
    return true;
  }

  async #next(): Promise<First<T> | "hedge"> {
    if (this.#waiting.length === 0) return Promise.race(this.#pending.values());
    let cancel = () => {};
    const late = new Promise<"hedge">((resolve) => {
      cancel = this.options.schedule(this.options.hedgeAfterMs, () => resolve("hedge"));
    });
    try {
      return await Promise.race([...this.#pending.values(), late]);
    } finally {
      cancel();
    }
  }

  /** Those still silent when another has spoken. */
  #lose(winner: number): void {
    for (const [by, { racer, abort }] of this.#running.entries()) {
      if (by === winner) continue;
      abort.abort();
      if (this.#pending.delete(by)) this.#failed(racer, new ProviderError(racer.name, "overtaken: too slow", true));
    }
  }

  #failed(racer: Racer<T>, error: unknown): void {
    racer.breaker.failed(this.options.now());
    const known = error instanceof ProviderError ? error : new ProviderError(racer.name, String(error), true);
    this.options.onFailure?.(known);
  }
}
