import { beforeEach, describe, expect, test } from "bun:test";
import {
  collect,
  hint,
  llmConformance,
  llmRequest,
  sttConformance,
  ttsConformance,
  unaborted,
} from "../../test/conformance.ts";
import { type LlmDelta, type LlmPort, ProviderError } from "../ports.ts";
import { type LlmStep, scriptedLlm, scriptedStt, scriptedTts } from "../sim/scripted.ts";
import { Breaker, DEFAULT_BREAKER, failoverLlm, failoverStt, failoverTts } from "./index.ts";

/** Time that moves only when told. */
class Clock {
  nowMs = 0;
  readonly #timers: { atMs: number; run: () => void }[] = [];
  readonly now = () => this.nowMs;
  readonly schedule = (delayMs: number, run: () => void) => {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  };
  async until(ms: number) {
    while (true) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#timers.sort((a, b) => a.atMs - b.atMs);
      if (!next || next.atMs > ms) break;
      this.#timers.shift();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = ms;
  }
}

let clock: Clock;
let failures: string[];
beforeEach(() => {
  clock = new Clock();
  failures = [];
});

const at = () => ({
  now: clock.now,
  schedule: clock.schedule,
  hedgeAfterMs: 2500,
  onFailure: ({ message }: ProviderError) => failures.push(message),
});
const immediately = (_: number, run: () => void) => {
  const timer = setImmediate(run);
  return () => clearImmediate(timer);
};
const quick = { now: () => 0, schedule: () => () => undefined, hedgeAfterMs: 2500 };
const down = new ProviderError("a", "503", true);

function llm(name: string, firstTokenMs: number, ...steps: LlmStep[]): LlmPort & { asked: number } {
  const port = scriptedLlm(clock.schedule, {
    firstTokenMs,
    reply: () => {
      made.asked++;
      return steps;
    },
  });
  const made = { ...port, name, asked: 0 };
  return made;
}
const says = (text: string): LlmStep => ({ type: "text", text });
const textOf = (deltas: readonly LlmDelta[]) =>
  deltas.map((delta) => (delta.type === "text" ? delta.text : "")).join("");

async function ask(port: LlmPort, untilMs: number, signal = unaborted()) {
  const reply = collect(port.open({}).respond(llmRequest(), signal));
  reply.catch(() => undefined);
  await clock.until(clock.nowMs + untilMs);
  return textOf(await reply);
}

describe("models in order", () => {
  test("the first answers, the second is not asked", async () => {
    const [a, b] = [llm("a", 300, says("from a")), llm("b", 10, says("from b"))];
    expect(await ask(failoverLlm([a, b], at()), 300)).toBe("from a");
    expect(b.asked).toBe(0);
  });

  test("an error before the first word: the next at once", async () => {
    const [a, b] = [llm("a", 300, down), llm("b", 100, says("from b"))];
    expect(await ask(failoverLlm([a, b], at()), 400)).toBe("from b");
    expect(failures).toEqual(["a: 503"]);
  });

  test("2.5 s of nothing: the second joins, whoever speaks first is heard", async () => {
    const [a, b] = [llm("a", 9000, says("from a")), llm("b", 100, says("from b"))];
    expect(await ask(failoverLlm([a, b], at()), 2600)).toBe("from b");
    const [slow, never] = [llm("a", 2700, says("from a")), llm("b", 9000, says("from b"))];
    expect(await ask(failoverLlm([slow, never], at()), 2700)).toBe("from a");
  });

  test("an error after the first word is the reply's end: no second voice takes over in the middle", async () => {
    const [a, b] = [llm("a", 10, says("half "), down), llm("b", 10, says("from b"))];
    expect(ask(failoverLlm([a, b], at()), 50)).rejects.toThrow("503");
    expect(b.asked).toBe(0);
  });

  test("the breaker leaves a dead provider alone, and tries one request when its time is over", async () => {
    const [a, b] = [llm("a", 0, down), llm("b", 0, says("from b"))];
    const port = failoverLlm([a, b], at());
    for (let n = 0; n < 6; n++) expect(await ask(port, 10)).toBe("from b");
    expect(a.asked).toBe(DEFAULT_BREAKER.failures);
    await clock.until(clock.nowMs + DEFAULT_BREAKER.openMs);
    expect(await ask(port, 10)).toBe("from b");
    expect(a.asked).toBe(DEFAULT_BREAKER.failures + 1);
  });

  test("all down: the last error", async () => {
    const port = failoverLlm([llm("a", 0, down), llm("b", 0, new ProviderError("b", "gone", true))], at());
    expect(ask(port, 10)).rejects.toThrow("b: gone");
  });

  test("an interruption cancels whoever runs and counts against nobody", async () => {
    const controller = new AbortController();
    const port = failoverLlm([llm("a", 9000), llm("b", 9000)], at());
    for (let n = 0; n < 4; n++) {
      const reply = ask(port, 3000, controller.signal);
      controller.abort();
      expect(reply).rejects.toBeInstanceOf(ProviderError);
    }
    expect(failures).toEqual([]);
  });
});

describe("recognisers in order", () => {
  const hears = (text: string | Error, delayMs = 100) =>
    scriptedStt(clock.schedule, {
      delayMs,
      answer: () => (text instanceof Error ? text : { text, confidence: 0.9, language: "en" }),
    });
  const transcribe = async (ports: Parameters<typeof failoverStt>[0], speechMs: number, untilMs: number) => {
    const session = failoverStt(ports, at()).open({ language: "en" });
    session.push(new Int16Array(8000));
    const result = session.transcribe(hint("open", speechMs), unaborted());
    await clock.until(untilMs);
    return (await result).text;
  };

  test("the second gets the whole utterance when the first fails, is late, or hears nothing in a sentence", async () => {
    expect(await transcribe([hears(down), hears("hello")], 1500, 300)).toBe("hello");
    clock = new Clock();
    expect(await transcribe([hears("late", 60_000), hears("hello")], 1500, 2700)).toBe("hello");
    clock = new Clock();
    expect(await transcribe([hears(""), hears("hello")], 1500, 300)).toBe("hello");
    expect(failures.at(-1)).toContain("no words in 1500 ms of voice");
  });

  test("a cough without words stays one", async () => {
    expect(await transcribe([hears(""), hears("hello")], 200, 300)).toBe("");
  });
});

test("a voice that fails is replaced before its first sound", async () => {
  const broken = {
    ...scriptedTts(clock.schedule),
    speak: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(down) }) }),
  };
  const port = failoverTts([broken, scriptedTts(clock.schedule)], at());
  const chunks = collect(port.speak({ text: "Hello.", language: "en", voice: "" }, unaborted()));
  await clock.until(500);
  expect((await chunks).length).toBeGreaterThan(0);
});

test("the breaker doubles its time while trials fail, and forgets on success", () => {
  const breaker = new Breaker({ failures: 2, openMs: 100, maxOpenMs: 300 });
  breaker.failed(0);
  expect(breaker.allow(0)).toBe(true);
  breaker.failed(0);
  expect(breaker.allow(99)).toBe(false);
  expect([breaker.allow(100), breaker.allow(100)]).toEqual([true, false]);
  breaker.failed(100);
  expect(breaker.allow(299)).toBe(false);
  expect(breaker.allow(300)).toBe(true);
  breaker.failed(300);
  expect(breaker.state(599)).toBe("open");
  expect(breaker.allow(600)).toBe(true);
  breaker.succeeded();
  expect(breaker.state(600)).toBe("closed");
});

// The chain itself is a provider like any other.
let replies: readonly LlmStep[] = [];
llmConformance("a chain of models", async () => ({
  port: failoverLlm([scriptedLlm(immediately, { firstTokenMs: 0, reply: () => replies })], quick),
  say: (...texts) => {
    replies = texts.map((text) => ({ type: "text", text }));
  },
  call: (id, name, argumentsValue) => {
    replies = [{ type: "tool-call", call: { id, name, arguments: argumentsValue } }];
  },
}));
ttsConformance("a chain of voices", async () => failoverTts([scriptedTts(immediately)], quick));
sttConformance("a chain of recognisers", async () => {
  const answer = () => ({ text: "an appointment", confidence: 0.9, language: "en" });
  const port = failoverStt([scriptedStt(immediately, { delayMs: 0, answer })], quick);
  return { port, audio: new Int16Array(16_000).fill(500), word: /appointment/ };
});
