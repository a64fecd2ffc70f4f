import { expect, test } from "bun:test";
import { collect, unaborted } from "../../test/conformance.ts";
import { type LlmDelta, type LlmRequest, ProviderError } from "../ports.ts";
import { SpeculationCounter, SpeculativeSession } from "./speculation.ts";

const request = (text: string): LlmRequest => ({
  messages: [{ role: "user", content: text }],
  tools: [],
  nowEpochMs: 0,
});

function setUp(...deltas: (LlmDelta | Error)[]) {
  const asked: string[] = [];
  const aborted: string[] = [];
  const counter = new SpeculationCounter();
  const session = new SpeculativeSession(async function* ({ messages }, signal) {
    const text = messages[0]!.content;
    asked.push(text);
    signal.addEventListener("abort", () => aborted.push(text));
    for (const delta of deltas) {
      await new Promise((resolve) => setImmediate(resolve));
      if (delta instanceof Error) throw delta;
      yield delta;
    }
  }, counter);
  return { asked, aborted, counter, session };
}

const WORDS: LlmDelta[] = [
  { type: "text", text: "Good " },
  { type: "text", text: "morning." },
  { type: "usage", inputTokens: 9, outputTokens: 4 },
];
const settle = async () => {
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve));
};

test("the same words: the reply that was begun, asked once", async () => {
  const { session, asked, counter } = setUp(...WORDS);
  session.speculate(request("hello"));
  await settle();
  expect(await collect(session.respond(request("hello"), unaborted()))).toEqual(WORDS);
  expect(asked).toEqual(["hello"]);
  expect(counter.figures()).toEqual({ started: 1, hits: 1, misses: 0, wastedTokens: 0 });
});

test("taken over while it still runs", async () => {
  const { session, asked } = setUp(...WORDS);
  session.speculate(request("hello"));
  expect(await collect(session.respond(request("hello"), unaborted()))).toEqual(WORDS);
  expect(asked).toEqual(["hello"]);
});

test("other words: dropped, its tokens counted, asked anew; one at a time", async () => {
  const { session, asked, aborted, counter } = setUp(...WORDS);
  session.speculate(request("Thursday"));
  session.speculate(request("Thursday"));
  await settle();
  session.speculate(request("Thursday or"));
  await collect(session.respond(request("Thursday or Friday"), unaborted()));
  expect(asked).toEqual(["Thursday", "Thursday or", "Thursday or Friday"]);
  expect(aborted).toEqual(["Thursday", "Thursday or"]);
  expect(counter.figures()).toEqual({ started: 2, hits: 0, misses: 2, wastedTokens: 4 });
});

test("one that failed is asked again; one that is interrupted ends", async () => {
  const failing = setUp(new ProviderError("x", "503", true));
  failing.session.speculate(request("hello"));
  await settle();
  await collect(failing.session.respond(request("hello"), unaborted())).catch(() => undefined);
  expect(failing.asked).toEqual(["hello", "hello"]);
  const { session, aborted } = setUp(...WORDS);
  session.speculate(request("hello"));
  const controller = new AbortController();
  const reading = collect(session.respond(request("hello"), controller.signal));
  controller.abort();
  await reading;
  expect(aborted).toEqual(["hello"]);
});
