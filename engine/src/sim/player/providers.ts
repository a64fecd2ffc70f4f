/** Models that answer from a tape. */
import type { LlmDelta, LlmPort, SttPort, SttResult, TtsChunk, TtsPort, TurnModel } from "@sk-voice/models/ports.ts";
import { ProviderError } from "@sk-voice/models/ports.ts";
import type { SessionDeps } from "../../call/session.ts";
import type { ToolOutcome, ToolSet } from "../../receptionist/tool.ts";
import type { TapeAnswer, TapePort } from "../../replay/tape.ts";
import { thoughtKey, toolKey } from "../../replay/taped-deps.ts";
import type { VirtualClock } from "../clock.ts";
import { buzz } from "../providers.ts";
import type { Asked, Asks } from "./asks.ts";

/** What a policy hears that the tape cannot tell: nothing said, a word to go on with, a buzz as long as the sentence. */
const NO_WORDS: SttResult = { text: "", confidence: undefined, language: undefined };
const UNSURE = 0.5;
const NO_REPLY: readonly LlmDelta[] = [{ type: "text", text: "All right." }];

export class TapedProviders {
  /** Questions in step with the tape, by id: they wait for its answers. */
  readonly #waiting = new Map<number, Answers>();

  constructor(
    private readonly asks: Asks,
    private readonly clock: VirtualClock,
  ) {}

  /** The tape has come to this answer. False: nobody waits for it. */
  deliver(answer: TapeAnswer): boolean {
    const waiting = this.#waiting.get(answer.id);
    waiting?.push(answer);
    return waiting !== undefined;
  }

  readonly stt: SttPort = {
    name: "tape",
    warm: async () => undefined,
    close: async () => undefined,
    open: () => ({
      push: () => {},
      reset: () => {},
      close: () => {},
      transcribe: async ({ expects }, signal) => {
        for await (const result of this.#ask<SttResult>("stt", expects, signal, [NO_WORDS])) return result;
        throw new ProviderError("tape", "no words", true);
      },
    }),
  };

  readonly llm: LlmPort = {
    name: "tape",
    warm: async () => undefined,
    close: async () => undefined,
    open: () => ({
      respond: ({ messages }, signal) => this.#ask<LlmDelta>("llm", thoughtKey(messages), signal, NO_REPLY),
      close: () => {},
    }),
  };

  readonly tts: TtsPort = {
    name: "tape",
    warm: async () => undefined,
    close: async () => undefined,
    speak: ({ text }, signal) => this.#ask<TtsChunk>("tts", text, signal, [{ samples: buzz(text, 180) }]),
  };

  readonly turnModel: TurnModel = {
    name: "tape",
    warm: async () => undefined,
    close: async () => undefined,
    overProbability: async (_samples, signal) => {
      for await (const probability of this.#ask<number>("turn", "", signal, [UNSURE])) return probability;
      return UNSURE;
    },
  };

  /** The same tools as on the tape; none of them does anything. */
  tools(tools: ToolSet): ToolSet {
    return new Map(
      [...tools].map(([name, tool]) => [
        name,
        {
          ...tool,
          run: async (args) => {
            const { signal } = new AbortController();
            for await (const outcome of this.#ask<ToolOutcome>("tool", toolKey(name, args), signal, [])) return outcome;
            throw new Error("not on the tape");
          },
        },
      ]),
    );
  }

  readonly sleep: SessionDeps["sleep"] = async (ms, signal) => {
    const asked = this.asks.find("sleep", String(ms), this.clock.now());
    if (!asked?.inStep) return this.clock.sleep(ms, signal);
    const answers = this.#wait(asked);
    const woken = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    await Promise.race([woken, answers.next(signal)]);
  };

  #ask<Value>(
    port: Exclude<TapePort, "sleep">,
    key: string,
    signal: AbortSignal,
    otherwise: readonly Value[],
  ): AsyncGenerator<Value> {
    const asked = this.asks.find(port, key, this.clock.now());
    if (!asked) return invented(otherwise);
    const answers = asked.inStep ? this.#wait(asked) : this.#later(asked);
    return answers.read<Value>(signal, asked.inStep);
  }

  #wait({ ask }: Asked): Answers {
    const answers = new Answers();
    this.#waiting.set(ask.id, answers);
    return answers;
  }

  /** As long after the question as on the tape. A tape that was interrupted before the end ends there. */
  #later({ ask }: Asked): Answers {
    const answers = new Answers();
    const now = this.clock.now();
    for (const answer of ask.answers) this.clock.at(now + answer.atMs - ask.atMs, () => answers.push(answer));
    const last = ask.answers.at(-1);
    if (last?.kind === "answer") {
      const { atMs, id } = last;
      this.clock.at(now + atMs - ask.atMs, () => answers.push({ kind: "ended", atMs, id }));
    }
    return answers;
  }
}

async function* invented<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  yield* values;
}

class Answers {
  readonly #queue: TapeAnswer[] = [];
  #arrived = Promise.withResolvers<void>();

  push(answer: TapeAnswer): void {
    this.#queue.push(answer);
    this.#arrived.resolve();
  }

  /** `undefined` when aborted. */
  async next(signal: AbortSignal | undefined): Promise<TapeAnswer | undefined> {
    signal?.addEventListener("abort", () => this.#arrived.resolve());
    while (this.#queue.length === 0) {
      if (signal?.aborted) return undefined;
      await this.#arrived.promise;
      if (this.#queue.length === 0) this.#arrived = Promise.withResolvers<void>();
    }
    return this.#queue.shift();
  }

  /** In step, the tape tells when an aborted question ended. */
  async *read<Value>(signal: AbortSignal, inStep: boolean): AsyncGenerator<Value> {
    for (;;) {
      const answer = await this.next(inStep ? undefined : signal);
      if (answer === undefined || answer.kind === "ended") return;
      if (answer.kind === "failed") {
        const { message, code } = answer;
        throw Object.assign(new ProviderError("tape", message, true), code === undefined ? {} : { code });
      }
      yield answer.value as Value;
    }
  }
}
