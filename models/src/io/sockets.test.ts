import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { collect, hint, sttConformance, ttsConformance, unaborted } from "../../test/conformance.ts";
import { startFakeCartesia, startFakeDeepgram } from "../../test/speech-sockets.ts";
import { ProviderError } from "../ports.ts";
import { type CartesiaOptions, DEFAULT_CARTESIA_OPTIONS, openCartesiaTts } from "./cartesia-tts.ts";
import { DEFAULT_DEEPGRAM_OPTIONS, type DeepgramOptions, openDeepgramStt } from "./deepgram-stt.ts";

const deepgram = startFakeDeepgram();
const cartesia = startFakeCartesia();
afterAll(() => Promise.all([deepgram.close(), cartesia.close()]));
beforeEach(() => {
  deepgram.misbehave = cartesia.misbehave = undefined;
  deepgram.language = undefined;
});

const stt = (changes: Partial<DeepgramOptions> = {}) =>
  openDeepgramStt({ ...DEFAULT_DEEPGRAM_OPTIONS, apiKey: "k", baseUrl: deepgram.baseUrl, ...changes });
const tts = (changes: Partial<CartesiaOptions> = {}) =>
  openCartesiaTts({ ...DEFAULT_CARTESIA_OPTIONS, apiKey: "k", voice: "v", baseUrl: cartesia.baseUrl, ...changes });
const say = (text: string) => ({ text, language: "en-IN", voice: "" });

sttConformance("Deepgram's stream", async () => {
  deepgram.transcript = "I want an appointment.";
  return { port: stt(), audio: new Int16Array(16_000).fill(500), word: /appointment/ };
});
ttsConformance("Cartesia's stream", async () => tts());

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe("Deepgram", () => {
  test("key in the header, audio while it is spoken, language per word", async () => {
    deepgram.transcript = "namaste ji";
    deepgram.language = "hi";
    const session = stt({ language: "multi" }).open({ language: "en" });
    session.push(new Int16Array(8000));
    const { language, confidence } = await session.transcribe(hint(), unaborted());
    expect([language, confidence]).toEqual(["hi", 0.95]);
    expect(deepgram.headers.at(-1)?.["authorization"]).toBe("Token k");
    session.close();
  });

  test("words of the utterance before are not heard again, words of one sentence in two pieces are joined", async () => {
    const session = stt().open({ language: "en" });
    const hear = async (text: string) => {
      deepgram.transcript = text;
      session.push(new Int16Array(8000));
      return (await session.transcribe(hint(), unaborted())).text;
    };
    expect(await hear("good morning")).toBe("good morning");
    expect(await hear("to you")).toBe("good morning to you");
    session.reset(0);
    expect(await hear("hello")).toBe("hello");
    session.close();
  });

  test("audio sent and nothing back, a lost connection: retryable, and the next utterance works", async () => {
    deepgram.transcript = "hello";
    const session = stt({ answerTimeoutMs: 60 }).open({ language: "en" });
    session.push(new Int16Array(8000));
    deepgram.misbehave = "mute";
    const muted = await failure(session.transcribe(hint(), unaborted()));
    expect([muted.retryable, muted.message]).toEqual([true, expect.stringContaining("nothing came back")]);
    deepgram.misbehave = "hang-up";
    expect((await failure(session.transcribe(hint(), unaborted()))).message).toContain("ended (1011");
    deepgram.misbehave = undefined;
    session.reset(0);
    session.push(new Int16Array(8000));
    expect((await session.transcribe(hint(), unaborted())).text).toBe("hello");
    session.close();
  });

  test("an unreachable server is a failure of what was asked, not of the process", async () => {
    const session = stt({ baseUrl: "ws://127.0.0.1:45999" }).open({ language: "en" });
    session.push(new Int16Array(8000));
    expect((await failure(session.transcribe(hint(), unaborted()))).retryable).toBe(true);
    session.close();
  });
});

describe("Cartesia", () => {
  test("one connection for all sentences, opened by warming, replaced when old", async () => {
    const before = cartesia.connections;
    const port = tts();
    await port.warm();
    await Promise.all([collect(port.speak(say("One."), unaborted())), collect(port.speak(say("Two."), unaborted()))]);
    expect(cartesia.connections).toBe(before + 1);
    await port.close();
    const young = tts({ maxAgeMs: 0 });
    await collect(young.speak(say("One."), unaborted()));
    await collect(young.speak(say("Two."), unaborted()));
    expect(cartesia.connections).toBe(before + 3);
    await young.close();
  });

  test("a sentence that is not wanted any more is cancelled there too", async () => {
    const port = tts();
    for await (const _ of port.speak(say("One two three four."), unaborted())) break;
    await collect(port.speak(say("Next."), unaborted()));
    expect(cartesia.messages.some((message) => message["cancel"] === true)).toBe(true);
    await port.close();
  });

  test("refused: whose fault; silent or gone: retryable, and the voice works again", async () => {
    const port = tts({ gapTimeoutMs: 60 });
    const refused = await failure(collect(port.speak(say("an error"), unaborted())));
    expect([refused.retryable, refused.message]).toEqual([false, "cartesia sonic-3.5: 400: no such voice"]);
    cartesia.misbehave = "mute";
    expect((await failure(collect(port.speak(say("Hello."), unaborted())))).message).toContain(
      "nothing came for 60 ms",
    );
    cartesia.misbehave = "hang-up";
    expect((await failure(collect(port.speak(say("Hello."), unaborted())))).retryable).toBe(true);
    cartesia.misbehave = undefined;
    expect((await collect(port.speak(say("Hello."), unaborted()))).length).toBeGreaterThan(0);
    await port.close();
  });
});
