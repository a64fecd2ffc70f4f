/** A call in text: the embedded policy behind the runner and the real tools, against the suite in memory. */
import type { AgentSettings, Message } from "@sk-voice/api/contract/index.ts";
import type { AnswerKind, LlmMessage, LlmSession } from "@sk-voice/models/ports.ts";
import { CrmSession } from "../crm-session.ts";
import type { ToolFact } from "../facts.ts";
import { PIN_TYPED, PinPad } from "../pin-pad.ts";
import { createEmbeddedLlm } from "../policy/embedded.ts";
import { runTurn, type ToolRecord } from "../runner.ts";
import type { Tool, ToolSet } from "../tool.ts";
import type { HandOver, HandOverResult } from "../tools/escalate.ts";
import { createTools } from "../tools.ts";
import { FakeSuite } from "./fake-suite.ts";
import { fixtureId, NOW_EPOCH_MS, SALON } from "./workspace.ts";

export interface Heard {
  readonly text: string;
  readonly expects: AnswerKind | undefined;
  readonly tools: readonly ToolRecord[];
  readonly ended: boolean;
}

export interface ConversationOptions {
  readonly settings?: AgentSettings;
  readonly from?: string | null;
  readonly callerName?: string;
  readonly session?: LlmSession;
  /** What comes of asking for a human. */
  readonly handOver?: HandOverResult;
  /** With what happened before the call. */
  readonly suite?: FakeSuite;
}

export class Conversation {
  readonly suite: FakeSuite;
  readonly facts: ToolFact[] = [];
  readonly left: Message[] = [];
  readonly handedOver: HandOver[] = [];
  readonly pinPad = new PinPad();
  readonly tools: ToolSet;
  /** What was said so far, "caller: …" and "she: …". */
  readonly script: string[] = [];
  readonly #session: LlmSession;
  readonly #messages: LlmMessage[] = [];
  #turn = 0;

  constructor({
    settings = SALON,
    from = "+919884012345",
    callerName,
    session,
    handOver = "unavailable",
    suite,
  }: ConversationOptions = {}) {
    this.suite = suite ?? new FakeSuite(settings);
    const crm = new CrmSession(this.suite, { callId: fixtureId("cal", 1), from, to: settings.numbers[0]! });
    this.tools = createTools({
      settings,
      suite: this.suite,
      crm,
      leaveMessage: (message) => this.left.push(message),
      pinPad: this.pinPad,
      handOver: async (request) => {
        this.handedOver.push(request);
        return handOver;
      },
    });
    const caller = () => ({ phone: from, name: callerName ?? null });
    this.#session = session ?? createEmbeddedLlm().open({ settings, caller });
  }

  /** The caller says `text` (empty: silence) and hears the whole reply. */
  async say(text: string): Promise<Heard> {
    this.#messages.push({ role: "user", content: text });
    return this.#reply(text, new AbortController().signal);
  }

  /** Keys pressed when a PIN is asked for. */
  async types(keys: string): Promise<Heard> {
    this.pinPad.press(keys);
    return this.say(PIN_TYPED);
  }

  /** The caller says `text` when no more than `heard` of the last reply was out. */
  async sayOver(text: string, heard: string): Promise<Heard> {
    if (this.#messages.at(-1)?.role !== "assistant") throw new Error("she said nothing to talk over");
    this.#messages[this.#messages.length - 1] = { role: "assistant", content: heard };
    return this.say(text);
  }

  /** The caller goes on before anything of the last reply was heard. */
  async addTo(text: string): Promise<Heard> {
    const last = this.#messages.at(-1);
    if (last?.role === "assistant") this.#messages.pop();
    const user = this.#messages.pop();
    if (user?.role !== "user") throw new Error("something happened since the caller spoke");
    return this.say(`${user.content} ${text}`);
  }

  /** The caller speaks again while the first tool of the reply runs. Returns the tools that ran all the same. */
  async interruptedDuringTool(text: string): Promise<string[]> {
    this.#messages.push({ role: "user", content: text });
    const abort = new AbortController();
    const tools = new Map([...this.tools].map(([name, tool]) => [name, { ...tool, run: abortFirst(tool.run, abort) }]));
    const { tools: ran } = await this.#reply(text, abort.signal, tools, false);
    return ran.map(({ name }) => name);
  }

  async #reply(text: string, signal: AbortSignal, tools = this.tools, heard = true): Promise<Heard> {
    this.#turn++;
    const request = {
      callId: fixtureId("cal", 1),
      turnId: this.#turn,
      messages: [...this.#messages],
      nowEpochMs: NOW_EPOCH_MS,
    };
    const never = () => new Promise<void>(() => undefined);
    let said = "";
    let expects: AnswerKind | undefined;
    let ended = false;
    const ran: ToolRecord[] = [];
    for await (const event of runTurn({ session: this.#session, tools, sleep: never }, request, signal)) {
      if (event.type === "text") said += event.text;
      else if (event.type === "expect") expects = event.expects;
      else if (event.type === "tool") ran.push(event.record);
      else if (event.type === "messages") this.#messages.push(...event.messages);
      else if (event.type === "fact") this.facts.push(event.fact);
      else if (event.type === "end") ended = event.endCall;
    }
    said = said.trim();
    if (said !== "" && heard) this.#messages.push({ role: "assistant", content: said });
    this.script.push(`caller: ${text}`, ...ran.map(({ name, result }) => `  [${name} ${result}]`), `she: ${said}`);
    return { text: said, expects, tools: ran, ended };
  }
}

function abortFirst(run: Tool["run"], abort: AbortController): Tool["run"] {
  return (args, about) => {
    abort.abort();
    return run(args, about);
  };
}
