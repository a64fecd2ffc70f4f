import { expect, test } from "bun:test";
import { type LlmDelta, type LlmMessage, type LlmSession, ProviderError } from "@sk-voice/models/ports.ts";
import { z } from "zod";
import { hash, MAX_STEPS, runTurn, type TurnEvent } from "./runner.ts";
import { defineTool, type Tool, type ToolOutcome } from "./tool.ts";

/** One list of deltas for each step; the last repeats. */
function scripted(...steps: LlmDelta[][]) {
  const requests: { messages: readonly LlmMessage[]; tools: number }[] = [];
  const session: LlmSession = {
    async *respond({ messages, tools }) {
      requests.push({ messages, tools: tools.length });
      yield* steps[Math.min(requests.length, steps.length) - 1]!;
    },
    close: () => undefined,
  };
  return { session, requests };
}

let ids = 0;
const use = (name: string, args: unknown = {}): LlmDelta => ({
  type: "tool-call",
  call: { id: `c${++ids}`, name, arguments: args },
});
const words = (text: string): LlmDelta => ({ type: "text", text });

interface Fake {
  readonly name: string;
  readonly sideEffect?: boolean;
  readonly terminal?: boolean;
  readonly run?: () => Promise<ToolOutcome>;
}

function fakeTools(...fakes: Fake[]) {
  const runs: string[] = [];
  const keys: string[] = [];
  const tools = fakes.map(
    ({ name, sideEffect = false, terminal = false, run }): Tool =>
      defineTool({
        name,
        description: name,
        parameters: z.object({ n: z.number().optional() }),
        deadlineMs: 1000,
        sideEffect,
        terminal,
        run: async (_, { idempotencyKey }) => {
          runs.push(name);
          keys.push(idempotencyKey);
          return run ? run() : { result: { ok: name }, facts: [] };
        },
      }),
  );
  return { tools: new Map(tools.map((tool) => [tool.definition.name, tool])), runs, keys };
}

const never = () => new Promise<void>(() => undefined);
const fact = { type: "interest", catalogItemId: "itm" } as const;

async function collect(
  session: LlmSession,
  tools: ReadonlyMap<string, Tool>,
  more: { sleep?: () => Promise<void>; signal?: AbortSignal; late?: (facts: readonly unknown[]) => void } = {},
) {
  const { sleep = never, signal = new AbortController().signal, late } = more;
  const events: TurnEvent[] = [];
  const messages: LlmMessage[] = [{ role: "user", content: "hello" }];
  const request = { callId: "cal", turnId: 7, messages, nowEpochMs: 0 };
  for await (const event of runTurn({ session, tools, sleep, ...(late ? { late } : {}) }, request, signal))
    events.push(event);
  const of = <T extends TurnEvent["type"]>(type: T) =>
    events.filter((event): event is Extract<TurnEvent, { type: T }> => event.type === type);
  return {
    events,
    of,
    end: of("end")[0],
    text: of("text")
      .map(({ text }) => text)
      .join(""),
  };
}

test("words go straight out, the end comes last", async () => {
  const { session } = scripted([words("Hello. "), words("How are you?"), { type: "expect", expects: "open" }]);
  const turn = await collect(session, new Map());
  expect(turn.events).toEqual([
    words("Hello. "),
    words("How are you?"),
    { type: "expect", expects: "open" },
    { type: "end", endCall: false, steps: 1 },
  ] as TurnEvent[]);
});

test("a tool's result goes back to the model and into the conversation's memory", async () => {
  const { session, requests } = scripted([words("Let me check. "), use("look", { n: 1 })], [words("It is free.")]);
  const { tools, keys } = fakeTools({ name: "look", run: async () => ({ result: { free: true }, facts: [fact] }) });
  const turn = await collect(session, tools);
  expect(turn.text).toBe("Let me check. It is free.");
  expect(turn.of("fact")).toEqual([{ type: "fact", fact }]);
  expect(requests[1]?.messages.slice(1)).toMatchObject([
    { role: "assistant", content: "Let me check. " },
    { role: "tool", content: '{"free":true}' },
  ]);
  // What was said is told by the ledger of what was heard; only call and result are remembered here.
  expect(turn.of("messages")[0]?.messages).toMatchObject([{ role: "assistant", content: "" }, { role: "tool" }]);
  expect(keys).toEqual([`cal:7:look:${hash({ n: 1 })}`]);
});

test("the same call again gets the first result and soon ends the loop", async () => {
  const { session } = scripted([use("look", { n: 1 })]);
  const { tools, runs } = fakeTools({ name: "look" });
  const turn = await collect(session, tools);
  expect(runs).toEqual(["look"]);
  expect(turn.of("tool").map(({ record }) => record.status)).toEqual(["done", "repeat", "repeat"]);
  expect(turn.end?.steps).toBeLessThanOrEqual(MAX_STEPS);
});

test("a side effect happens once per turn, whatever the arguments", async () => {
  const { session } = scripted(
    [use("write", { n: 1 }), use("write", { n: 2 })],
    [use("write", { n: 3 })],
    [words("Done.")],
  );
  const { tools, runs } = fakeTools({ name: "write", sideEffect: true });
  const turn = await collect(session, tools);
  expect(runs).toEqual(["write"]);
  expect(turn.of("tool").map(({ record }) => record.status)).toEqual(["done", "refused", "refused"]);
});

test("a model that never stops calling is stopped, and the last step has no tools", async () => {
  const steps = Array.from({ length: 9 }, (_, n) => [use("look", { n })]);
  const { session, requests } = scripted(...steps);
  const { tools, runs } = fakeTools({ name: "look" });
  await collect(session, tools);
  expect(requests.map((request) => request.tools)).toEqual([1, 1, 1, 0]);
  expect(runs).toHaveLength(MAX_STEPS - 1);
});

test("unknown tools and wrong arguments are told to the model, not thrown", async () => {
  const { session, requests } = scripted([use("nope"), use("look", { n: "x" })], [words("Sorry.")]);
  const { tools } = fakeTools({ name: "look" });
  const turn = await collect(session, tools);
  expect(turn.of("tool").map(({ record }) => record.status)).toEqual(["refused", "refused"]);
  expect(JSON.stringify(requests[1]?.messages)).toContain("invalid_arguments");
});

test("a failing tool gives its code and nothing internal", async () => {
  const { session } = scripted([use("look")], [words("Sorry.")]);
  const failing = async () => {
    throw new Error("postgres://user:secret@host");
  };
  const { tools } = fakeTools({ name: "look", run: failing });
  const [tool] = (await collect(session, tools)).of("tool");
  expect(tool?.record).toMatchObject({ status: "failed", result: '{"error":"failed"}' });
});

test("a tool past its deadline: the model goes on, the late facts still come", async () => {
  let finish: (outcome: ToolOutcome) => void = () => undefined;
  const slow = () => new Promise<ToolOutcome>((resolve) => (finish = resolve));
  const { session } = scripted([use("write")], [words("Sorry.")]);
  const { tools } = fakeTools({ name: "write", sideEffect: true, run: slow });
  const late: unknown[] = [];
  const turn = await collect(session, tools, { sleep: async () => undefined, late: (facts) => late.push(...facts) });
  expect(turn.of("tool")[0]?.record).toMatchObject({ status: "timeout", result: '{"error":"timeout","sure":false}' });
  expect(turn.of("fact")).toEqual([]);
  finish({ result: {}, facts: [fact] });
  await Bun.sleep(0);
  expect(late).toEqual([fact]);
});

test("ending the call ends the turn, with a word if there was none", async () => {
  const { session, requests } = scripted([use("end_call")], [words("never said")]);
  const { tools } = fakeTools({ name: "end_call", sideEffect: true, terminal: true });
  const turn = await collect(session, tools);
  expect(turn.end).toEqual({ type: "end", endCall: true, steps: 1 });
  expect(turn.text).toBe("Goodbye.");
  expect(requests).toHaveLength(1);
});

test("an interrupted turn finishes its tool, tells its facts, and neither speaks again nor hangs up", async () => {
  const abort = new AbortController();
  const { session, requests } = scripted([use("write"), use("end_call")], [words("never said")]);
  const { tools, runs } = fakeTools(
    {
      name: "write",
      sideEffect: true,
      run: async () => {
        abort.abort();
        return { result: {}, facts: [fact] };
      },
    },
    { name: "end_call", sideEffect: true, terminal: true },
  );
  const turn = await collect(session, tools, { signal: abort.signal });
  expect(runs).toEqual(["write"]);
  expect(turn.of("fact")).toEqual([{ type: "fact", fact }]);
  expect(turn.end).toMatchObject({ endCall: false });
  expect(turn.text).toBe("");
  expect(requests).toHaveLength(1);
});

test("a failing provider rejects the turn", async () => {
  const session: LlmSession = {
    respond: () => {
      throw new ProviderError("scripted", "gone", true);
    },
    close: () => undefined,
  };
  expect(collect(session, new Map())).rejects.toBeInstanceOf(ProviderError);
});

test("arguments hash the same in any order of keys", () => {
  expect(hash({ a: 1, b: [2, { c: 3, d: 4 }] })).toBe(hash({ b: [2, { d: 4, c: 3 }], a: 1 }));
  expect(hash({ a: 1 })).not.toBe(hash({ a: 2 }));
});
