/** Her mind without a key: the deterministic policy behind the same port as a hosted model. */
import { AgentSettings } from "@sk-voice/api/contract/index.ts";
import type { LlmDelta, LlmMessage, LlmPort, LlmRequest, LlmSession } from "@sk-voice/models/ports.ts";
import { z } from "zod";
import { answerQuestion } from "../knowledge/answer.ts";
import { indexOf, type KnowledgeIndex } from "../knowledge/retrieve.ts";
import { onCaller } from "./caller.ts";
import { type Dialogue, EXPECTS, type Reply, START, type World } from "./dialogue.ts";
import { onResult } from "./results.ts";

type Caller = World["caller"];

/** What `LlmPort.open` is given, whatever the provider; hosted ones read the system prompt instead. */
export interface ReceptionistContext {
  readonly settings: AgentSettings;
  /** Asked at every turn: the CRM answers after the call has begun. */
  readonly caller: () => Caller;
}

const Context = z.object({
  settings: z.custom<object>((value) => typeof value === "object" && value !== null, "expected an object"),
  caller: z.custom<() => Caller>((value) => typeof value === "function", "expected a function"),
});

const READ = new WeakMap<object, AgentSettings>();

/** Once for all calls of a business: it takes 0.3 ms of the media thread, and up to 6 on a busy machine. */
function settingsOf(settings: object): AgentSettings {
  const known = READ.get(settings);
  if (known) return known;
  const read = AgentSettings.parse(settings);
  READ.set(settings, read);
  return read;
}

function contextOf(context: unknown): ReceptionistContext {
  const { settings, caller } = Context.parse(context);
  return { settings: settingsOf(settings), caller };
}

/** `open` throws `ZodError` when its context is not a `ReceptionistContext`. */
export function createEmbeddedLlm(): LlmPort {
  return {
    name: "embedded",
    warm: async () => undefined,
    open: (context) => new EmbeddedSession(contextOf(context)),
    close: async () => undefined,
  };
}

class EmbeddedSession implements LlmSession {
  readonly #knowledge: KnowledgeIndex;
  #state = START;
  /** The caller's last turn and the state before it, to take it back when more words are added to it. */
  #turn = { userMessages: 0, text: "", before: START };
  #calls = 0;

  constructor(private readonly context: ReceptionistContext) {
    this.#knowledge = indexOf(context.settings.knowledge);
  }

  async *respond({ messages, nowEpochMs }: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmDelta, void, undefined> {
    if (signal.aborted) return;
    const world = this.#world(nowEpochMs, messages);
    const last = messages.at(-1);
    const reply = last?.role === "tool" ? this.#afterTool(messages, world) : this.#afterCaller(messages, world);
    yield* this.#emit(reply);
  }

  close(): void {
    this.#state = START;
  }

  #world(nowEpochMs: number, messages: readonly LlmMessage[]): World {
    const { settings, caller } = this.context;
    const knows = (question: string) => answerQuestion(question, settings, this.#knowledge, nowEpochMs) !== undefined;
    return {
      settings,
      nowEpochMs,
      caller: caller(),
      knows,
      promptHeard: 2 * countHeard(messages) >= countWords(this.#state.prompt),
    };
  }

  #afterTool(messages: readonly LlmMessage[], world: World): Reply {
    const { pending } = this.#state;
    const result = pending && resultOf(messages, pending.id);
    if (!pending || !result) return { state: this.#state, say: [], calls: [] };
    return onResult({ ...this.#state, pending: undefined }, pending.name, result, world);
  }

  #afterCaller(messages: readonly LlmMessage[], world: World): Reply {
    const last = messages.at(-1);
    const text = last?.role === "user" ? last.content : "";
    const userMessages = messages.filter(({ role }) => role === "user").length;
    const { pending } = this.#state;
    const result = pending && resultOf(messages, pending.id);
    // The caller talked over a tool: its result counts, what would have been said about it comes first now.
    if (pending && result)
      this.#state = unheard(onResult({ ...this.#state, pending: undefined }, pending.name, result, world));
    // The same turn with more words, nothing heard or done in between: take it back and read all of it.
    else if (userMessages === this.#turn.userMessages && this.#turn.text !== "" && text.startsWith(this.#turn.text)) {
      this.#state = this.#turn.before;
    }
    this.#turn = { userMessages, text, before: this.#state };
    const { unsaid } = this.#state;
    const reply = onCaller({ ...this.#state, unsaid: "" }, text, world);
    return unsaid === "" ? reply : { ...reply, say: [unsaid, ...reply.say] };
  }

  *#emit({ state, say, calls }: Reply): Generator<LlmDelta, void, undefined> {
    const prompt = say.join(" ");
    this.#state = { ...state, prompt: prompt === "" ? state.prompt : prompt };
    // Sentence by sentence: the first one is being spoken while the rest is still on its way.
    for (const sentence of say) yield { type: "text", text: `${sentence} ` };
    if (say.length > 0 && !calls.some(waitsForResult)) yield { type: "expect", expects: EXPECTS[state.ask] };
    for (const { name, arguments: args } of calls) {
      const id = `embedded-${++this.#calls}`;
      if (waitsForResult({ name })) this.#state = { ...this.#state, pending: { id, name } };
      yield { type: "tool-call", call: { id, name, arguments: args } };
    }
  }
}

/** The others need no words after them. */
function waitsForResult({ name }: { readonly name: string }): boolean {
  return name !== "note_caller" && name !== "end_call";
}

function unheard({ state, say }: Reply): Dialogue {
  return { ...state, unsaid: state.ask === "anything-else" ? (say[0] ?? "") : "" };
}

const countWords = (text: string) => text.split(/\s+/).filter(Boolean).length;

/** Words of hers that were heard between the caller's last two turns. */
function countHeard(messages: readonly LlmMessage[]): number {
  const since = messages.findLastIndex(({ role }, n) => role === "user" && n < messages.length - 1);
  return messages
    .slice(since + 1)
    .reduce((count, { role, content }) => count + (role === "assistant" ? countWords(content) : 0), 0);
}

const Result = z.record(z.string(), z.unknown());

function resultOf(messages: readonly LlmMessage[], id: string): Record<string, unknown> | undefined {
  const message = messages.findLast((each) => each.role === "tool" && each.toolCallId === id);
  if (!message) return undefined;
  try {
    return Result.parse(JSON.parse(message.content));
  } catch {
    return { error: "unreadable" };
  }
}
