/**
 * The owner's rules and the caller's mood with a hosted model: before it thinks about a turn, it is decided here whether the call goes to a human
 * (`escalation.ts`). In code, so that no model forgets a rule and no caller talks it out of one. The embedded dialogue asks by itself.
 */
import type { LlmDelta, LlmMessage, LlmPort, LlmRequest, LlmSession } from "@sk-voice/models/ports.ts";
import { NO_FRICTION } from "@sk-voice/models/sentiment.ts";
import { type Escalating, escalationOf } from "./escalation.ts";
import type { ReceptionistContext } from "./policy/embedded.ts";

const SAID = "One moment, I'll try to put you through. ";
const TOOL = "escalate";

export function escalatingLlm(port: LlmPort): LlmPort {
  return { ...port, open: (context) => new EscalatingSession(port.open(context), context as ReceptionistContext) };
}

class EscalatingSession implements LlmSession {
  constructor(
    private readonly session: LlmSession,
    private readonly context: ReceptionistContext,
  ) {}

  async *respond(request: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmDelta, void, undefined> {
    const due = this.#due(request);
    if (!due) return yield* this.session.respond(request, signal);
    this.session.dropSpeculation?.();
    yield { type: "text", text: SAID };
    const { trigger, reason } = due;
    yield {
      type: "tool-call",
      call: { id: `rule-${request.messages.length}`, name: TOOL, arguments: { trigger, reason } },
    };
  }

  speculate(request: LlmRequest): void {
    if (!this.#due(request)) this.session.speculate?.(request);
  }

  dropSpeculation(): void {
    this.session.dropSpeculation?.();
  }

  close(): void {
    this.session.close();
  }

  /** Of a turn of the caller's, once a call: whoever did not pick up the first time is spared the second. */
  #due({ messages, tools, nowEpochMs }: LlmRequest): Escalating | undefined {
    if (messages.at(-1)?.role !== "user" || !tools.some(({ name }) => name === TOOL)) return undefined;
    if (messages.some(triedBefore)) return undefined;
    const { settings, caller } = this.context;
    const said = messages.flatMap((message) => (message.role === "user" && message.content ? [message.content] : []));
    const failures = failuresOf(messages);
    return escalationOf({ settings, from: caller().phone, said, friction: NO_FRICTION, failures, nowEpochMs });
  }
}

function triedBefore(message: LlmMessage): boolean {
  return message.role === "assistant" && message.toolCalls?.some(({ name }) => name === TOOL) === true;
}

/** Turns of the caller's in a row, before this one, in which tools only failed. */
function failuresOf(messages: readonly LlmMessage[]): number {
  let failures = 0;
  let results: boolean[] = [];
  for (const message of messages.slice(0, -1).reverse()) {
    if (message.role === "tool") results.push(/^\{"error"/.test(message.content));
    if (message.role !== "user") continue;
    if (results.length === 0 || !results.every(Boolean)) return failures;
    failures++;
    results = [];
  }
  return failures;
}
