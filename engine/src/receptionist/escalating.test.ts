import { expect, test } from "bun:test";
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import type { LlmDelta, LlmMessage, LlmPort } from "@sk-voice/models/ports.ts";
import { escalatingLlm } from "./escalating.ts";
import { NOW_EPOCH_MS, SALON } from "./sim/workspace.ts";

const SETTINGS: AgentSettings = {
  ...SALON,
  escalation: {
    ...SALON.escalation,
    transfer_to: "+914440009999",
    keywords: ["lawyer"],
    vip_numbers: ["+919800000000"],
    sentiment_below: -0.5,
    hours: "always",
  },
};
const TOOLS = [{ name: "escalate", description: "", parameters: {} }];

function opened(from = "+919845012345", settings = SETTINGS) {
  const asked: string[] = [];
  const model: LlmPort = {
    name: "model",
    warm: async () => {},
    close: async () => {},
    open: () => ({
      async *respond({ messages }) {
        asked.push(messages.at(-1)?.content ?? "");
        yield { type: "text", text: "I am the model. " };
      },
      speculate: ({ messages }) => asked.push(`ahead: ${messages.at(-1)?.content}`),
      close: () => {},
    }),
  };
  const session = escalatingLlm(model).open({ settings, caller: () => ({ phone: from, name: null }) });
  const say = async (...messages: LlmMessage[]) => {
    const deltas: LlmDelta[] = [];
    const request = { messages, tools: TOOLS, nowEpochMs: NOW_EPOCH_MS };
    for await (const delta of session.respond(request, new AbortController().signal)) deltas.push(delta);
    return deltas;
  };
  return { session, say, asked };
}

const user = (content: string): LlmMessage => ({ role: "user", content });
const failed: LlmMessage = { role: "tool", toolCallId: "1", content: '{"error":"timeout"}' };

test("the owner's rules hold without the model: keyword, VIP, mood, two failures in a row", async () => {
  const cases: readonly (readonly [LlmMessage[], string | undefined, string, string])[] = [
    [[user("I will call my lawyer about this.")], undefined, "rule", "keyword: lawyer"],
    [[user("Hello there.")], "+919800000000", "rule", "VIP caller"],
    [[user("This is terrible, awful, I hate it, worst service ever!")], undefined, "sentiment", "The caller is upset"],
    [[user("a"), failed, user("b"), failed, user("Book it.")], undefined, "rule", "2 failures in a row"],
  ];
  for (const [messages, from, trigger, reason] of cases) {
    const { say, asked } = opened(from);
    const deltas = await say(...messages);
    expect(deltas[0]).toEqual({ type: "text", text: "One moment, I'll try to put you through. " });
    expect(deltas[1]).toMatchObject({
      call: { name: "escalate", arguments: { trigger, reason: expect.stringContaining(reason) } },
    });
    expect(asked).toEqual([]);
  }
});

test("otherwise the model answers; so it does after an attempt, without a human, and to a tool's result", async () => {
  const model = [{ type: "text", text: "I am the model. " }];
  const { say, session, asked } = opened();
  expect(await say(user("What are your hours?"))).toEqual(model as LlmDelta[]);
  expect(await say(user("a"), failed, user("b"), { ...failed, content: '{"ok":true}' }, user("c"))).toEqual(
    model as LlmDelta[],
  );
  const tried: LlmMessage = {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "1", name: "escalate", arguments: {} }],
  };
  expect(await say(user("My lawyer."), tried, failed, user("My lawyer!"))).toEqual(model as LlmDelta[]);
  expect(await say(user("My lawyer."), failed)).toEqual(model as LlmDelta[]);
  const nobody = { ...SETTINGS, escalation: { ...SETTINGS.escalation, transfer_to: null } };
  expect(await opened("+919845012345", nobody).say(user("My lawyer."))).toEqual(model as LlmDelta[]);
  session.speculate?.({ messages: [user("My lawyer.")], tools: TOOLS, nowEpochMs: NOW_EPOCH_MS });
  session.speculate?.({ messages: [user("Your hours?")], tools: TOOLS, nowEpochMs: NOW_EPOCH_MS });
  expect(asked.filter((each) => each.startsWith("ahead"))).toEqual(["ahead: Your hours?"]);
});
