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

/** What the caller has to know of, even after talking over it. */
const CHANGES = new Set(["book_appointment", "reschedule_appointment", "cancel_appointment", "take_message"]);

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
  #turn = { userMessages: 0, text: "", before: START, heardWords: 0 };
  #calls = 0;

  constructor(private readonly context: ReceptionistContext) {
    this.#knowledge = indexOf(context.settings.knowledge);
  }

  async *respond({ messages, nowEpochMs }: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmDelta, void, undefined> {
    if (signal.aborted) return;
    const last = messages.at(-1);
    const reply =
      last?.role === "tool" ? this.#afterTool(messages, nowEpochMs) : this.#afterCaller(messages, nowEpochMs);
    yield* this.#emit(reply);
  }

  close(): void {
    this.#state = START;
  }

  #world(nowEpochMs: number, heardShare = 1): World {
    const { settings, caller } = this.context;
    const knows = (question: string) => answerQuestion(question, settings, this.#knowledge, nowEpochMs) !== undefined;
    return { settings, nowEpochMs, caller: caller(), knows, heardShare };
  }

  #afterTool(messages: readonly LlmMessage[], nowEpochMs: number): Reply {
    const { pending } = this.#state;
    const result = pending && resultOf(messages, pending.id);
    if (!pending || !result) return { state: this.#state, say: [], calls: [] };
    const world = this.#world(nowEpochMs);
    const reply = onResult({ ...this.#state, pending: undefined }, pending.name, result, world);
    return CHANGES.has(pending.name) ? { ...reply, state: unheard(reply) } : reply;
  }

  #afterCaller(messages: readonly LlmMessage[], nowEpochMs: number): Reply {
    const last = messages.at(-1);
    const text = last?.role === "user" ? last.content : "";
    const userMessages = messages.filter(({ role }) => role === "user").length;
    const { pending } = this.#state;
    const result = pending && resultOf(messages, pending.id);
    let heardWords = countHeard(messages);
    // The caller talked over a tool: its result counts, what would have been said about it comes first now.
    if (pending && result) {
      const world = this.#world(nowEpochMs);
      this.#state = unheard(onResult({ ...this.#state, pending: undefined }, pending.name, result, world));
      heardWords = 0;
    }
    // The same turn with more words, nothing heard or done in between: take it back and read all of it.
    else if (userMessages === this.#turn.userMessages && this.#turn.text !== "" && text.startsWith(this.#turn.text)) {
      this.#state = this.#turn.before;
      heardWords = this.#turn.heardWords;
    }
    this.#turn = { userMessages, text, before: this.#state, heardWords };
    const { prompt, unsaid } = this.#state;
    const state = heardWords < countWords(unsaid) ? this.#state : { ...this.#state, unsaid: "" };
    const heardShare = prompt === "" ? 1 : Math.min(1, heardWords / countWords(prompt));
    return onCaller(state, text, this.#world(nowEpochMs, heardShare));
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

/** Her news waits until it is heard. */
function unheard({ state, say }: Reply): Dialogue {
  return { ...state, prompt: say.join(" "), unsaid: state.ask === "anything-else" ? (say[0] ?? "") : "" };
}

const countWords = (text: string) => text.split(/\s+/).filter(Boolean).length;

/** Her words that were heard between the caller's last two turns; stock phrases count too. */
function countHeard(messages: readonly LlmMessage[]): number {
  const since = messages.findLastIndex(({ role }, n) => role === "user" && n < messages.length - 1);
  const hers = messages.slice(since + 1).filter(({ role }) => role === "assistant");
  return hers.reduce((count, { content }) => count + countWords(content), 0);
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
