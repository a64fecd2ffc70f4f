import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { hint, sttConformance, unaborted } from "../../test/conformance.ts";
import { startFakeRealtime } from "../../test/speech-sockets.ts";
import { ProviderError } from "../ports.ts";
import { DEFAULT_REALTIME_OPTIONS, openRealtimeStt, type RealtimeSttOptions } from "./openai-realtime-stt.ts";

const server = startFakeRealtime();
afterAll(() => server.close());
beforeEach(() => {
  server.misbehave = undefined;
});

const stt = (changes: Partial<RealtimeSttOptions> = {}) =>
  openRealtimeStt({
    ...DEFAULT_REALTIME_OPTIONS,
    apiKey: "k",
    baseUrl: server.baseUrl.replace("ws:", "http:"),
    ...changes,
  });

sttConformance("OpenAI's realtime transcription", async () => {
  server.transcript = "I want an appointment.";
  return { port: stt(), audio: new Int16Array(16_000).fill(500), word: /appointment/ };
});

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

const sent = (type: string) => server.messages.filter((message) => message["type"] === type);

describe("OpenAI's realtime transcription", () => {
  test("µ-law while it is spoken, our turns, the business's words, the key in the header", async () => {
    server.transcript = "namaste";
    const session = stt().open({ language: "en-IN" });
    session.push(new Int16Array(4000));
    const { text, confidence } = await session.transcribe(hint("open", 1500, ["Asha Dental"]), unaborted());
    expect(text).toBe("namaste");
    expect(confidence).toBeCloseTo(0.95, 2);
    expect(server.headers.at(-1)?.["authorization"]).toBe("Bearer k");
    expect(sent("session.update").at(-1)).toMatchObject({
      session: {
        type: "transcription",
        audio: {
          input: {
            format: { type: "audio/pcmu" },
            transcription: { language: "en", prompt: "Asha Dental" },
            turn_detection: null,
          },
        },
      },
    });
    session.close();
  });

  test("more of the same utterance is committed alone; a new one begins with what was kept", async () => {
    const session = stt().open({ language: "en" });
    const hear = async (words: string, samples = 8000) => {
      server.transcript = words;
      session.push(new Int16Array(samples));
      return (await session.transcribe(hint(), unaborted())).text;
    };
    expect(await hear("good morning")).toBe("good morning");
    expect(await hear("to you")).toBe("good morning to you");
    // Too little to be committed: what is known counts.
    expect(await hear("x", 160)).toBe("good morning to you");
    session.reset(300);
    expect(await hear("hello", 0)).toBe("hello");
    session.close();
  });

  test("refused, silent or gone: whose fault, and the utterance is heard over a new connection", async () => {
    server.transcript = "an error";
    const session = stt({ answerTimeoutMs: 60 }).open({ language: "en" });
    session.push(new Int16Array(8000));
    expect((await failure(session.transcribe(hint(), unaborted()))).message).toContain("cannot hear");
    server.transcript = "hello";
    server.misbehave = "mute";
    session.push(new Int16Array(8000));
    expect((await failure(session.transcribe(hint(), unaborted()))).message).toContain("nothing came back");
    server.misbehave = "hang-up";
    session.push(new Int16Array(8000));
    expect((await failure(session.transcribe(hint(), unaborted()))).retryable).toBe(true);
    server.misbehave = undefined;
    expect((await stt().open({ language: "en" }).transcribe(hint(), unaborted())).text).toBe("");
    session.reset(0);
    session.push(new Int16Array(8000));
    expect((await session.transcribe(hint(), unaborted())).text).toBe("hello");
    session.close();
  });
});
