/** What every provider must do, whoever made it. Each test file runs this against one of them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  type AnswerKind,
  type LlmDelta,
  type LlmPort,
  type LlmRequest,
  ProviderError,
  type SttHint,
  type SttPort,
  type TtsChunk,
  type TtsPort,
} from "../src/ports.ts";

export const hint = (expects: AnswerKind = "open", speechMs = 1500, vocabulary: readonly string[] = []): SttHint => ({
  expects,
  vocabulary,
  speechMs,
});

export const unaborted = (): AbortSignal => new AbortController().signal;

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export interface SttSubject {
  readonly port: SttPort;
  /** 8 kHz audio in which `word` is said. */
  readonly audio: Int16Array;
  readonly word: RegExp;
}

export function sttConformance(name: string, make: () => Promise<SttSubject>): void {
  describe(`${name} obeys SttPort`, () => {
    let subject: SttSubject;
    beforeAll(async () => {
      subject = await make();
      await subject.port.warm();
    });
    afterAll(() => subject.port.close());

    test("writes what was said, pushed in packets from one reused buffer", async () => {
      const session = subject.port.open({ language: "en" });
      const packet = new Int16Array(160);
      for (let at = 0; at + 160 <= subject.audio.length; at += 160) {
        packet.set(subject.audio.subarray(at, at + 160));
        session.push(packet);
        packet.fill(12_345);
      }
      const result = await session.transcribe(hint(), unaborted());
      expect(result.text).toMatch(subject.word);
      if (result.confidence !== undefined) {
        expect(result.confidence).toBeGreaterThan(0);
        expect(result.confidence).toBeLessThanOrEqual(1);
      }
      session.close();
    });

    test("may be asked again about the same utterance, and at the same time", async () => {
      const session = subject.port.open({ language: "en" });
      session.push(subject.audio);
      const both = await Promise.all([
        session.transcribe(hint(), unaborted()),
        session.transcribe(hint(), unaborted()),
      ]);
      const again = await session.transcribe(hint(), unaborted());
      for (const result of [...both, again]) expect(result.text).toMatch(subject.word);
      session.close();
    });

    test("no audio is no text", async () => {
      const session = subject.port.open({ language: "en" });
      expect((await session.transcribe(hint("open", 0), unaborted())).text).toBe("");
      session.push(subject.audio);
      session.reset(0);
      expect((await session.transcribe(hint("open", 0), unaborted())).text).toBe("");
      session.close();
    });

    test("a cancelled request rejects, before and while it runs, and leaves the session usable", async () => {
      const session = subject.port.open({ language: "en" });
      session.push(subject.audio);
      expect((await failure(session.transcribe(hint(), AbortSignal.abort()))).retryable).toBe(false);
      const controller = new AbortController();
      const running = session.transcribe(hint(), controller.signal);
      controller.abort();
      await failure(running);
      expect((await session.transcribe(hint(), unaborted())).text).toMatch(subject.word);
      session.close();
    });

    test("closing a session ends what it was asked, and no other session's", async () => {
      const [leaving, staying] = [subject.port.open({ language: "en" }), subject.port.open({ language: "en" })];
      leaving.push(subject.audio);
      staying.push(subject.audio);
      const left = failure(leaving.transcribe(hint(), unaborted()));
      const stayed = staying.transcribe(hint(), unaborted());
      leaving.close();
      await left;
      expect((await stayed).text).toMatch(subject.word);
      staying.close();
    });
  });
}

export function ttsConformance(name: string, make: () => Promise<TtsPort>): void {
  describe(`${name} obeys TtsPort`, () => {
    let tts: TtsPort;
    const request = (text: string) => ({ text, language: "en", voice: "" });
    const samplesOf = (chunks: readonly TtsChunk[]) => chunks.reduce((sum, chunk) => sum + chunk.samples.length, 0);
    beforeAll(async () => {
      tts = await make();
      await tts.warm();
    });
    afterAll(() => tts.close());

    test("speaks: as long as such a text takes, audible, longer texts longer", async () => {
      const short = await collect(tts.speak(request("Good morning."), unaborted()));
      const long = await collect(
        tts.speak(request("Good morning. Thank you for calling, how can I help you today?"), unaborted()),
      );
      expect(samplesOf(short) / 8).toBeGreaterThan(300);
      expect(samplesOf(short) / 8).toBeLessThan(3000);
      expect(samplesOf(long)).toBeGreaterThan(2 * samplesOf(short));
      expect(Math.max(...short.flatMap((chunk) => [...chunk.samples]))).toBeGreaterThan(1000);
    });

    test("starts without silence: caller-heard latency", async () => {
      const [first] = await collect(tts.speak(request("Hello there."), unaborted()));
      expect(first!.samples.findIndex((sample) => Math.abs(sample) > 130)).toBeLessThan(30 * 8);
    });

    test("words, where given, are the text's, in order and within the audio", async () => {
      const text = "Yes, we are open tomorrow. Shall I book it?";
      const chunks = await collect(tts.speak(request(text), unaborted()));
      const words = chunks.flatMap((chunk) => chunk.words ?? []);
      if (words.length === 0) return;
      expect(words.map((word) => word.text).join(" ")).toBe(text);
      let last = 0;
      for (const word of words) {
        expect(word.startMs).toBeGreaterThanOrEqual(last);
        last = word.startMs;
      }
      expect(words.at(-1)!.endMs).toBeLessThanOrEqual(samplesOf(chunks) / 8 + 1);
    });

    test("chunks belong to the receiver: spoiling one does not spoil the next time", async () => {
      const once = await collect(tts.speak(request("One moment, please."), unaborted()));
      const before = once.map((chunk) => chunk.samples.slice());
      for (const chunk of once) chunk.samples.fill(0);
      const again = await collect(tts.speak(request("One moment, please."), unaborted()));
      const flat = (parts: readonly Int16Array[]) => parts.flatMap((part) => [...part]);
      expect(flat(again.map((chunk) => chunk.samples))).toEqual(flat(before));
    });

    test("nothing to say is no audio", async () => {
      expect(samplesOf(await collect(tts.speak(request(" "), unaborted())))).toBe(0);
    });

    test("a cancelled request rejects, before and in the middle, and the voice goes on working", async () => {
      await failure(collect(tts.speak(request("Hello."), AbortSignal.abort())));
      const controller = new AbortController();
      const speaking = tts.speak(request("One two three. ".repeat(20)), controller.signal)[Symbol.asyncIterator]();
      await speaking.next();
      controller.abort();
      const rest = (async () => {
        while (!(await speaking.next()).done);
      })();
      await failure(rest);
      expect(samplesOf(await collect(tts.speak(request("Hello."), unaborted())))).toBeGreaterThan(0);
    });

    test("a receiver may stop listening in the middle", async () => {
      for await (const chunk of tts.speak(request("One two three. ".repeat(5)), unaborted())) {
        expect(chunk.samples.length).toBeGreaterThan(0);
        break;
      }
      expect(samplesOf(await collect(tts.speak(request("Hello."), unaborted())))).toBeGreaterThan(0);
    });
  });
}

export interface LlmSubject {
  readonly port: LlmPort;
  /** Makes the next reply say this. */
  say(...texts: string[]): void;
  /** Makes the next reply call this tool. */
  call(id: string, name: string, argumentsValue: unknown): void;
}

export const llmRequest = (): LlmRequest => ({
  messages: [
    { role: "system", content: "You answer the phone." },
    { role: "user", content: "Hello" },
    { role: "assistant", content: "", toolCalls: [{ id: "c0", name: "lookup", arguments: { q: "x" } }] },
    { role: "tool", toolCallId: "c0", content: "{}" },
  ],
  tools: [{ name: "book", description: "Books.", parameters: { type: "object", properties: {} } }],
  nowEpochMs: 0,
});

export function llmConformance(name: string, make: () => Promise<LlmSubject>): void {
  describe(`${name} obeys LlmPort`, () => {
    let subject: LlmSubject;
    beforeAll(async () => {
      subject = await make();
      await subject.port.warm();
    });
    afterAll(() => subject.port.close());
    const reply = (signal = unaborted()) => collect(subject.port.open({}).respond(llmRequest(), signal));
    const textOf = (deltas: readonly LlmDelta[]) =>
      deltas.map((delta) => (delta.type === "text" ? delta.text : "")).join("");

    test("streams text in order", async () => {
      subject.say("Good ", "morning. ", "How can I help?");
      const deltas = await reply();
      expect(textOf(deltas)).toBe("Good morning. How can I help?");
      expect(deltas.filter((delta) => delta.type === "text").length).toBeGreaterThan(1);
    });

    test("a tool call comes whole, its arguments parsed", async () => {
      subject.call("call_7", "book", { service: "haircut", at: "15:00" });
      const calls = (await reply()).filter((delta) => delta.type === "tool-call");
      expect(calls).toEqual([
        { type: "tool-call", call: { id: "call_7", name: "book", arguments: { service: "haircut", at: "15:00" } } },
      ]);
    });

    test("a cancelled request rejects, before and in the middle", async () => {
      subject.say("One ", "two ", "three ", "four");
      await failure(reply(AbortSignal.abort()));
      const controller = new AbortController();
      const running = (async () => {
        for await (const _ of subject.port.open({}).respond(llmRequest(), controller.signal)) controller.abort();
      })();
      await failure(running);
    });

    test("two calls at once do not mix", async () => {
      subject.say("Hello ", "there");
      const [a, b] = await Promise.all([reply(), reply()]);
      expect(textOf(a)).toBe("Hello there");
      expect(textOf(b)).toBe("Hello there");
    });
  });
}
