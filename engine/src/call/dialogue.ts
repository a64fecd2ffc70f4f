/**
 * Her thinking in one call: a `think` command in, the reply's text and what the tools did out, as inputs of the call. One reply at a time; a cancelled one may
 * still tell facts, because tools are not undone by speech.
 */
import type { LlmMessage, LlmPort, LlmSession } from "@sk-voice/models/ports.ts";
import type { ReceptionistContext } from "../receptionist/policy/embedded.ts";
import { systemPrompt } from "../receptionist/prompt.ts";
import { runTurn, type TurnEvent } from "../receptionist/runner.ts";
import type { ToolSet } from "../receptionist/tool.ts";
import type { CallInput } from "./events.ts";

export interface DialogueDeps {
  readonly callId: string;
  readonly llm: LlmPort;
  readonly tools: ToolSet;
  readonly context: ReceptionistContext;
  readonly prompt: () => Parameters<typeof systemPrompt>[0];
  readonly epochMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Feeds the call. */
  readonly tell: (input: CallInput) => void;
  /** A provider failed; the call is told separately. */
  readonly failed: (error: unknown) => void;
}

export class Dialogue {
  readonly #session: LlmSession;
  #current: { readonly turn: number; readonly abort: AbortController } | undefined;

  constructor(private readonly deps: DialogueDeps) {
    this.#session = deps.llm.open(deps.context);
  }

  think(turn: number, messages: readonly LlmMessage[]): void {
    const abort = new AbortController();
    this.#current = { turn, abort };
    void this.#run(turn, messages, abort.signal);
  }

  /** The model may begin; nothing of it is heard or done before `think` asks the same. */
  thinkAhead(messages: readonly LlmMessage[]): void {
    const tools = [...this.deps.tools.values()].map(({ definition }) => definition);
    const { model } = this.deps.context.settings;
    const request = { messages: [this.#system(), ...messages], tools, nowEpochMs: this.deps.epochMs() };
    this.#session.speculate?.({ ...request, ...(model ? { model } : {}) });
  }

  forgetAhead(): void {
    this.#session.dropSpeculation?.();
  }

  cancel(turn: number): void {
    if (this.#current?.turn === turn) this.#current.abort.abort();
  }

  close(): void {
    this.#current?.abort.abort();
    this.#session.close();
  }

  async #run(turn: number, messages: readonly LlmMessage[], signal: AbortSignal): Promise<void> {
    const { callId, tools, sleep, epochMs, tell } = this.deps;
    try {
      const events = runTurn(
        {
          session: this.#session,
          tools,
          sleep,
          nowMs: epochMs,
          late: (facts) => {
            for (const fact of facts) tell({ type: "fact", fact });
          },
        },
        {
          callId,
          turnId: turn,
          messages: [this.#system(), ...messages],
          nowEpochMs: epochMs(),
          model: this.deps.context.settings.model,
        },
        signal,
      );
      for await (const event of events) this.#tell(turn, event);
    } catch (error) {
      if (signal.aborted) return;
      this.deps.failed(error);
      tell({ type: "reply-failed", turn });
    }
  }

  #system(): LlmMessage {
    return { role: "system", content: systemPrompt(this.deps.prompt()) };
  }

  #tell(turn: number, event: TurnEvent): void {
    const { tell } = this.deps;
    switch (event.type) {
      case "text":
        return tell({ type: "reply-text", turn, text: event.text });
      case "expect":
        return tell({ type: "reply-expects", turn, expects: event.expects });
      case "messages":
        return tell({ type: "reply-messages", messages: event.messages });
      case "fact":
        return tell({ type: "fact", fact: event.fact });
      case "tool":
        return tell({ type: "tool", turn, record: event.record });
      case "end":
        return tell({ type: "reply-end", turn, endCall: event.endCall });
    }
  }
}
