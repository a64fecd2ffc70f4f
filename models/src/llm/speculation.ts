/**
 * One reply begun before it is certain that the caller has finished. It is only read when the turn is committed with the very same words; other words
 * drop it. Tools are run by whoever reads the reply, so none runs before. Pure.
 */
import type { LlmDelta, LlmRequest, LlmSession, SpeculationFigures } from "../ports.ts";

export class SpeculationCounter {
  started = 0;
  hits = 0;
  misses = 0;
  wastedTokens = 0;

  figures(): SpeculationFigures {
    const { started, hits, misses, wastedTokens } = this;
    return { started, hits, misses, wastedTokens };
  }
}

type Respond = LlmSession["respond"];

/** A session that can think ahead. */
export class SpeculativeSession implements LlmSession {
  #ahead: Ahead | undefined;

  constructor(
    private readonly ask: Respond,
    private readonly counter: SpeculationCounter,
  ) {}

  /** Starts a reply; one that runs for other words is dropped. */
  speculate(request: LlmRequest): void {
    const key = keyOf(request);
    if (this.#ahead?.key === key) return;
    this.dropSpeculation();
    this.counter.started++;
    this.#ahead = new Ahead(key, (signal) => this.ask(request, signal));
  }

  dropSpeculation(): void {
    const ahead = this.#ahead;
    if (!ahead) return;
    this.#ahead = undefined;
    this.counter.misses++;
    this.counter.wastedTokens += ahead.tokens;
    ahead.abort();
  }

  respond(request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmDelta> {
    const ahead = this.#ahead;
    if (!ahead || ahead.key !== keyOf(request) || ahead.failed) {
      this.dropSpeculation();
      return this.ask(request, signal);
    }
    this.#ahead = undefined;
    this.counter.hits++;
    return ahead.read(signal);
  }

  close(): void {
    this.dropSpeculation();
  }
}

/** What the provider sees of a request. */
function keyOf({ messages, tools, model }: LlmRequest): string {
  return JSON.stringify([model, messages, tools.map(({ name }) => name)]);
}

class Ahead {
  tokens = 0;
  failed = false;
  readonly #controller = new AbortController();
  readonly #deltas: LlmDelta[] = [];
  #ended = false;
  #error: unknown;
  #arrived = Promise.withResolvers<void>();

  constructor(
    readonly key: string,
    start: (signal: AbortSignal) => AsyncIterable<LlmDelta>,
  ) {
    void this.#collect(start(this.#controller.signal));
  }

  abort(): void {
    this.#controller.abort();
  }

  async *read(signal: AbortSignal): AsyncGenerator<LlmDelta, void, undefined> {
    const abort = () => {
      this.abort();
      this.#arrived.resolve();
    };
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      while (true) {
        while (this.#deltas.length > 0) yield this.#deltas.shift()!;
        if (this.#error !== undefined) throw this.#error;
        if (this.#ended) return;
        await this.#arrived.promise;
        this.#arrived = Promise.withResolvers<void>();
      }
    } finally {
      signal.removeEventListener("abort", abort);
      this.abort();
    }
  }

  async #collect(deltas: AsyncIterable<LlmDelta>): Promise<void> {
    try {
      for await (const delta of deltas) {
        if (delta.type === "text") this.tokens++;
        if (delta.type === "usage") this.tokens = delta.outputTokens;
        this.#deltas.push(delta);
        this.#arrived.resolve();
      }
    } catch (error) {
      this.#error = error;
      this.failed = true;
    }
    this.#ended = true;
    this.#arrived.resolve();
  }
}
