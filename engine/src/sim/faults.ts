/** Providers that die, stall, drag, break off or lie for a while, in virtual time. */
import {
  type LlmDelta,
  type LlmPort,
  ProviderError,
  type SttPort,
  type TtsChunk,
  type TtsPort,
  type VadModel,
} from "@sk-voice/models/ports.ts";
import type { Suite } from "../receptionist/suite.ts";
import type { VirtualClock } from "./clock.ts";

export const PROVIDERS = ["stt", "llm", "tts", "vad", "suite"] as const;
export type Provider = (typeof PROVIDERS)[number];
/** `dead` refuses, `stall` never answers, `slow` takes 3 s longer, `cut` breaks off in the middle, `corrupt` answers nonsense. */
export const FAULT_KINDS = ["dead", "stall", "slow", "cut", "corrupt"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly provider: Provider;
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly untilMs: number;
}

const SLOW_MS = 3000;
const NONSENSE = "\u0000\uFFFD\u0007 ### \u202E";

export class Faults {
  constructor(
    private readonly clock: VirtualClock,
    private readonly plan: readonly Fault[],
  ) {}

  stt(port: SttPort): SttPort {
    return {
      ...port,
      name: port.name,
      warm: () => port.warm(),
      close: () => port.close(),
      open: (options) => {
        const session = port.open(options);
        return {
          push: (samples) => session.push(samples),
          reset: (keepMs) => session.reset(keepMs),
          close: () => session.close(),
          transcribe: async (hint, signal) => {
            const kind = await this.#begin("stt", signal);
            if (kind === "corrupt") return { text: NONSENSE.repeat(500), confidence: Number.NaN, language: NONSENSE };
            return session.transcribe(hint, signal);
          },
        };
      },
    };
  }

  llm(port: LlmPort): LlmPort {
    return {
      name: port.name,
      warm: () => port.warm(),
      close: () => port.close(),
      open: (context) => {
        const session = port.open(context);
        const begin = (signal: AbortSignal) => this.#begin("llm", signal);
        return {
          close: () => session.close(),
          async *respond(request, signal): AsyncGenerator<LlmDelta> {
            const kind = await begin(signal);
            if (kind === "corrupt") {
              yield { type: "text", text: NONSENSE };
              yield { type: "tool-call", call: { id: "", name: "format_disk", arguments: NONSENSE } };
              return;
            }
            for await (const delta of session.respond(request, signal)) {
              yield delta;
              if (kind === "cut") throw broken("llm");
            }
          },
        };
      },
    };
  }

  tts(port: TtsPort): TtsPort {
    const begin = (signal: AbortSignal) => this.#begin("tts", signal);
    return {
      name: port.name,
      warm: () => port.warm(),
      close: () => port.close(),
      async *speak(request, signal): AsyncGenerator<TtsChunk> {
        const kind = await begin(signal);
        if (kind === "corrupt") return yield { samples: new Int16Array(0) };
        for await (const chunk of port.speak(request, signal)) {
          if (kind !== "cut") yield chunk;
          else {
            yield { samples: chunk.samples.slice(0, chunk.samples.length / 2) };
            throw broken("tts");
          }
        }
      },
    };
  }

  vad(model: VadModel): VadModel {
    return {
      name: model.name,
      windowSamples: model.windowSamples,
      createState: () => model.createState(),
      close: () => model.close(),
      infer: async (windows, states, out) => {
        const kind = await this.#begin("vad", new AbortController().signal);
        await model.infer(windows, states, out);
        if (kind === "corrupt" || kind === "cut") out.fill(Number.NaN);
      },
    };
  }

  /** Every method of the suite. */
  suite(suite: Suite): Suite {
    const begin = () => this.#begin("suite", new AbortController().signal);
    return new Proxy(suite, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          await begin();
          return value.apply(target, args);
        };
      },
    });
  }

  /** What is wrong with this request, after the wait that it costs. */
  async #begin(provider: Provider, signal: AbortSignal): Promise<FaultKind | undefined> {
    const now = this.clock.now();
    const fault = this.plan.find((each) => each.provider === provider && each.fromMs <= now && now < each.untilMs);
    if (fault?.kind === "dead") throw broken(provider);
    if (fault?.kind === "stall") await this.clock.sleep(Number.POSITIVE_INFINITY, signal);
    if (fault?.kind === "slow") await this.clock.sleep(SLOW_MS, signal);
    if (signal.aborted) throw new ProviderError(provider, "cancelled", false);
    return fault?.kind;
  }
}

function broken(provider: string): ProviderError {
  return new ProviderError(provider, "is broken", true);
}
