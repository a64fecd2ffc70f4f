import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  collect,
  hint,
  llmConformance,
  llmRequest,
  sttConformance,
  ttsConformance,
  unaborted,
} from "../../test/conformance.ts";
import { type FakeOpenAi, startFakeOpenAi, textChunks, toolChunks } from "../../test/openai-server.ts";
import { ProviderError } from "../ports.ts";
import { DEFAULT_OPENAI_OPTIONS, type OpenAiOptions } from "./openai-client.ts";
import { openOpenAiLlm } from "./openai-llm.ts";
import { openOpenAiStt } from "./openai-stt.ts";
import { openOpenAiTts } from "./openai-tts.ts";

let fake: FakeOpenAi;
beforeAll(async () => {
  fake = await startFakeOpenAi(0);
});
beforeEach(() => {
  fake.misbehave = undefined;
});
afterAll(() => fake.close());

const options = (changes: Partial<OpenAiOptions> = {}): OpenAiOptions => ({
  ...DEFAULT_OPENAI_OPTIONS,
  apiKey: "sk-test",
  baseUrl: fake.baseUrl,
  model: "fake",
  ...changes,
});
const llm = (changes: Partial<OpenAiOptions> = {}) => openOpenAiLlm({ ...options(changes), temperature: undefined });
const stt = (streams: boolean) => openOpenAiStt({ ...options(), streams });

llmConformance("the OpenAI model", async () => ({
  port: llm(),
  say: (...texts) => {
    fake.chat = textChunks(...texts);
  },
  call: (id, name, argumentsValue) => {
    const json = JSON.stringify(argumentsValue);
    fake.chat = toolChunks(id, name, json.slice(0, 5), json.slice(5));
  },
}));
ttsConformance("the OpenAI voice", async () => openOpenAiTts({ ...options(), voice: "alloy" }));
for (const streams of [true, false]) {
  sttConformance(`the OpenAI recogniser, ${streams ? "streamed" : "whole"}`, async () => {
    fake.transcript = "I want an appointment.";
    return { port: stt(streams), audio: new Int16Array(16_000).fill(500), word: /appointment/ };
  });
}

async function failing(changes: Partial<OpenAiOptions> = {}): Promise<ProviderError> {
  const error = await collect(llm(changes).open({}).respond(llmRequest(), unaborted())).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe("OpenAI failures", () => {
  test.each([
    [401, false],
    [404, false],
    [400, false],
    [429, true],
    [500, true],
    [503, true],
  ])("status %d: retryable %p", async (status, retryable) => {
    fake.misbehave = (_, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "no" } }));
      return true;
    };
    expect((await failing()).retryable).toBe(retryable);
  });

  test("a server that accepts and says nothing is given up, keep-alives or not", async () => {
    let pings: Timer | undefined;
    fake.misbehave = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      pings = setInterval(() => response.write(": ping\n\n"), 10);
      return true;
    };
    const error = await failing({ firstTimeoutMs: 100 });
    clearInterval(pings);
    expect(error.retryable).toBe(true);
    expect(error.message).toContain("nothing came for 100 ms");
  });

  test("a stream that stops in the middle is given up", async () => {
    fake.misbehave = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify(textChunks("Hello")[1])}\n\n`);
      return true;
    };
    expect((await failing({ gapTimeoutMs: 100 })).message).toContain("nothing came for 100 ms");
  });

  test("a connection cut in the middle, an unreachable server and broken JSON are retryable", async () => {
    fake.misbehave = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: {", () => response.destroy());
      return true;
    };
    expect((await failing()).retryable).toBe(true);
    expect((await failing({ baseUrl: "http://127.0.0.1:15299/v1" })).retryable).toBe(true);
    fake.misbehave = undefined;
    fake.chat = toolChunks("c", "book", '{"service":');
    const error = await failing();
    expect(error.retryable).toBe(true);
    expect(error.message).toContain("not JSON");
  });

  test("a slow consumer is not the server's fault", async () => {
    fake.chat = textChunks("a", "b", "c");
    const deltas = [];
    for await (const delta of llm({ gapTimeoutMs: 40 }).open({}).respond(llmRequest(), unaborted())) {
      deltas.push(delta);
      await Bun.sleep(60);
    }
    expect(deltas.length).toBeGreaterThan(2);
  });

  test("more requests than allowed at once are refused", async () => {
    fake.chat = textChunks("Hello");
    const port = llm({ maxConcurrent: 1 });
    const first = collect(port.open({}).respond(llmRequest(), unaborted()));
    const second = await collect(port.open({}).respond(llmRequest(), unaborted())).catch((error: unknown) => error);
    expect(second).toMatchObject({ retryable: true });
    await first;
    expect((await collect(port.open({}).respond(llmRequest(), unaborted()))).length).toBeGreaterThan(0);
  });

  test("no error carries the key", async () => {
    fake.misbehave = (_, response) => {
      response.writeHead(401, { "content-type": "application/json" }).end('{"error":{"message":"bad key"}}');
      return true;
    };
    const error = await failing();
    expect(`${error.message} ${error.stack}`).not.toContain("sk-test");
  });
});

describe("OpenAI wire format", () => {
  test("the conversation and the tools", async () => {
    fake.chat = textChunks("Hi");
    const deltas = await collect(llm().open({}).respond(llmRequest(), unaborted()));
    expect(deltas).toContainEqual({ type: "usage", inputTokens: 12, outputTokens: 3 });
    const body = JSON.parse(fake.requests.at(-1)!.body.toString());
    expect(body.messages[2]).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c0", type: "function", function: { name: "lookup", arguments: '{"q":"x"}' } }],
    });
    expect(body.messages[3]).toEqual({ role: "tool", tool_call_id: "c0", content: "{}" });
    expect(body.tools[0].function.name).toBe("book");
    expect(body.stream).toBe(true);
    expect(body.model).not.toBe("gpt-4.1");
    await collect(
      llm()
        .open({})
        .respond({ ...llmRequest(), model: "gpt-4.1" }, unaborted()),
    );
    expect(JSON.parse(fake.requests.at(-1)!.body.toString()).model).toBe("gpt-4.1");
  });

  test("the utterance goes as a WAV of 8 kHz with language and words, confidence comes from log-probabilities", async () => {
    fake.transcript = "Doctor Kowalski";
    const session = stt(true).open({ language: "en-IN" });
    session.push(new Int16Array(8000).fill(3));
    const result = await session.transcribe(hint("open", 900, ["Kowalski"]), unaborted());
    expect(result.confidence).toBeCloseTo(Math.exp(-0.1), 5);
    const body = fake.requests.at(-1)!.body.toString("latin1");
    expect(body).toContain("RIFF");
    expect(body).toMatch(/name="language"\s+en\s/);
    expect(body).toMatch(/name="prompt"\s+Kowalski\s/);
    session.close();
  });

  test("24 kHz speech arrives as the same tone at 8 kHz, without its leading silence", async () => {
    const chunks = await collect(
      openOpenAiTts({ ...options(), voice: "alloy" }).speak({ text: "Hello", language: "en", voice: "" }, unaborted()),
    );
    const samples = chunks.flatMap((chunk) => [...chunk.samples]);
    expect(Math.abs(samples.length / 8 - 320)).toBeLessThan(25);
    let crossings = 0;
    for (let i = 400; i < 2000; i++) if (samples[i - 1]! < 0 && samples[i]! >= 0) crossings++;
    expect(Math.abs(crossings - 80)).toBeLessThanOrEqual(1);
  });
});
