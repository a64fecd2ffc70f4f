/**
 * Several providers as one. In order of preference; the last is the one on this machine, which fails for no network. Warming waits for none but the first to be
 * ready: an outage of the others must not keep the phone from being answered.
 */
import {
  type LlmDelta,
  type LlmPort,
  type LlmRequest,
  type LlmSession,
  ProviderError,
  type SttHint,
  type SttPort,
  type SttResult,
  type SttSession,
  type TtsChunk,
  type TtsPort,
} from "../ports.ts";
import { MAX_UTTERANCE_MS, UtteranceBuffer } from "../stt/utterance.ts";
import { Breaker, type BreakerOptions } from "./breaker.ts";
import { type RaceOptions, type Racer, race } from "./race.ts";

export { Breaker, DEFAULT_BREAKER } from "./breaker.ts";

export interface FailoverOptions extends RaceOptions {
  readonly breaker?: BreakerOptions;
}

interface Guarded<P> {
  readonly port: P;
  readonly breaker: Breaker;
}

function guard<P>(ports: readonly P[], { breaker }: FailoverOptions): Guarded<P>[] {
  return ports.map((port) => ({ port, breaker: new Breaker(breaker) }));
}

const nameOf = (ports: readonly { readonly name: string }[]) => ports.map(({ name }) => name).join(" → ");

/** Resolves with the first that is ready, rejects when none is. */
async function warm(ports: readonly { warm(): Promise<void> }[]): Promise<void> {
  await Promise.any(ports.map((port) => port.warm())).catch((error: AggregateError) => {
    throw error.errors.at(-1);
  });
}

async function close(ports: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(ports.map((port) => port.close()));
}

export function failoverTts(ports: readonly TtsPort[], options: FailoverOptions): TtsPort {
  const guarded = guard(ports, options);
  return {
    name: nameOf(ports),
    warm: () => warm(ports),
    close: () => close(ports),
    speak: (request, signal) =>
      race<TtsChunk>(
        guarded.map(({ port, breaker }) => ({
          name: port.name,
          breaker,
          start: (one) => port.speak(request, one),
        })),
        options,
        signal,
      ),
  };
}

export function failoverLlm(ports: readonly LlmPort[], options: FailoverOptions): LlmPort {
  const guarded = guard(ports, options);
  return {
    name: nameOf(ports),
    speculation: () => ports[0]?.speculation?.() ?? { started: 0, hits: 0, misses: 0, wastedTokens: 0 },
    warm: () => warm(ports),
    close: () => close(ports),
    open: (context) => new FailoverLlmSession(guarded, context, options),
  };
}

class FailoverLlmSession implements LlmSession {
  /** Opened when first needed. */
  readonly #sessions = new Map<LlmPort, LlmSession>();

  constructor(
    private readonly guarded: readonly Guarded<LlmPort>[],
    private readonly context: unknown,
    private readonly options: FailoverOptions,
  ) {}

  respond(request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmDelta> {
    const racers = this.guarded.map(
      ({ port, breaker }): Racer<LlmDelta> => ({
        name: port.name,
        breaker,
        start: (one) => this.#session(port).respond(request, one),
      }),
    );
    return race(racers, this.options, signal);
  }

  speculate(request: LlmRequest): void {
    const first = this.guarded[0];
    if (first?.breaker.state(this.options.now()) === "closed") this.#session(first.port).speculate?.(request);
  }

  dropSpeculation(): void {
    for (const session of this.#sessions.values()) session.dropSpeculation?.();
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
  }

  #session(port: LlmPort): LlmSession {
    const session = this.#sessions.get(port) ?? port.open(this.context);
    this.#sessions.set(port, session);
    return session;
  }
}

/** Voice this long in which a recogniser finds no word is asked of the next one: "audio sent, nothing came back". */
const WORDLESS_MS = 700;

export function failoverStt(ports: readonly SttPort[], options: FailoverOptions): SttPort {
  const guarded = guard(ports, options);
  return {
    name: nameOf(ports),
    streaming: ports[0]?.streaming ?? false,
    warm: () => warm(ports),
    close: () => close(ports),
    open: ({ language }) => new FailoverSttSession(guarded, language, options),
  };
}

class FailoverSttSession implements SttSession {
  readonly #audio = new UtteranceBuffer(MAX_UTTERANCE_MS);
  readonly #first: SttSession | undefined;
  /** Of the other providers: they get the whole utterance when they are needed. */
  readonly #others = new Map<SttPort, SttSession>();

  constructor(
    private readonly guarded: readonly Guarded<SttPort>[],
    private readonly language: string,
    private readonly options: FailoverOptions,
  ) {
    this.#first = guarded[0]?.port.open({ language });
  }

  push(samples: Int16Array): void {
    this.#audio.push(samples);
    this.#first?.push(samples);
  }

  reset(keepMs: number): void {
    this.#audio.reset(keepMs);
    this.#first?.reset(keepMs);
  }

  async transcribe(hint: SttHint, signal: AbortSignal): Promise<SttResult> {
    const racers = this.guarded.map(
      ({ port, breaker }, index): Racer<SttResult> => ({
        name: port.name,
        breaker,
        start: (one) => this.#ask(port, index, hint, one),
      }),
    );
    for await (const result of race(racers, this.options, signal)) return result;
    throw new ProviderError("failover", "no recogniser answered", true);
  }

  close(): void {
    this.#first?.close();
    for (const session of this.#others.values()) session.close();
  }

  async *#ask(port: SttPort, index: number, hint: SttHint, signal: AbortSignal): AsyncGenerator<SttResult> {
    const isLast = index === this.guarded.length - 1;
    const session = index === 0 ? this.#first : this.#other(port);
    if (!session) throw new ProviderError(port.name, "the session is closed", true);
    const result = await session.transcribe(hint, signal);
    if (result.text === "" && hint.speechMs >= WORDLESS_MS && !isLast) {
      throw new ProviderError(port.name, `no words in ${Math.round(hint.speechMs)} ms of voice`, true);
    }
    yield result;
  }

  #other(port: SttPort): SttSession {
    const session = this.#others.get(port) ?? port.open({ language: this.language });
    this.#others.set(port, session);
    session.reset(0);
    session.push(this.#audio.snapshot());
    return session;
  }
}
