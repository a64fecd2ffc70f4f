import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { speechOf } from "../../test/clips.ts";
import { hint, sttConformance, unaborted } from "../../test/conformance.ts";
import { wordErrors } from "../../test/word-errors.ts";
import type { AnswerKind, SttPort, SttResult, TtsPort } from "../ports.ts";
import { openEmbeddedStt } from "./embedded-stt.ts";
import { openEmbeddedTts } from "./embedded-tts.ts";

const tts: TtsPort = openEmbeddedTts();
afterAll(() => tts.close());

sttConformance("Moonshine tiny", async () => ({
  port: openEmbeddedStt({ model: "tiny" }),
  audio: await speechOf(tts, "Hello, can I speak to somebody about my bill?", "rms"),
  word: /bill/i,
}));

describe("Moonshine base on phone audio", () => {
  let stt: SttPort;
  beforeAll(async () => {
    stt = openEmbeddedStt({ model: "base", beamBudgetMs: 10_000 });
    await stt.warm();
  });
  afterAll(() => stt.close());

  async function hear(
    text: string,
    expects: AnswerKind = "open",
    vocabulary: readonly string[] = [],
    voice = "slt",
  ): Promise<SttResult> {
    const session = stt.open({ language: "en" });
    const audio = await speechOf(tts, text, voice);
    session.push(audio);
    const result = await session.transcribe(hint(expects, audio.length / 8, vocabulary), unaborted());
    session.close();
    return result;
  }

  const SENTENCES = [
    "I'd like to book an appointment for tomorrow at three pm",
    "Hello, can I speak to somebody about my bill please",
    "My name is Sarah Thompson",
    "Do you have anything on Friday morning",
    "I need to cancel my appointment on Monday",
    "How much does a haircut cost",
    "What time do you close today",
    "I don't have it with me right now",
  ];

  test("at most one word in eight is wrong, over two voices", async () => {
    let errors = 0;
    let words = 0;
    const wrong: string[] = [];
    for (const [i, sentence] of SENTENCES.entries()) {
      const { text } = await hear(sentence, "open", [], i % 2 === 0 ? "slt" : "rms");
      const result = wordErrors(sentence, text);
      errors += result.errors;
      words += result.words;
      if (result.errors > 0) wrong.push(`${sentence} -> ${text}`);
    }
    if (errors / words > 1 / 8) throw new Error(`${errors} of ${words} words wrong:\n${wrong.join("\n")}`);
    expect(words).toBeGreaterThan(50);
  }, 30_000);

  test("digits come out as digits when a number was asked for", async () => {
    const { text } = await hear("nine eight seven, six five four, three two one zero", "digits");
    expect(text.replace(/\D/g, "")).toBe("9876543210");
  });

  test("a sentence instead of the number asked for stays a sentence", async () => {
    expect((await hear("I don't have it with me right now", "digits")).text.toLowerCase()).toContain("don't have it");
  });

  test("a name of the business's list is preferred to what it sounds like", async () => {
    const { text } = await hear("Can I speak with doctor Kowalski", "open", ["Kowalski", "root canal"]);
    expect(text).toContain("Kowalski");
  });

  test("silence and noise are no words", async () => {
    let seed = 7;
    const noise = Int16Array.from({ length: 12_000 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 1_073_741 - 1000;
    });
    for (const audio of [new Int16Array(12_000), noise]) {
      const session = stt.open({ language: "en" });
      session.push(audio);
      expect((await session.transcribe(hint("open", 0), unaborted())).text).toBe("");
      session.close();
    }
  });

  test("a full queue refuses at once and says it may be asked again", async () => {
    const busy = openEmbeddedStt({ model: "tiny", maxQueued: 2 });
    const sessions = Array.from({ length: 5 }, () => busy.open({ language: "en" }));
    const results = await Promise.allSettled(
      sessions.map((session) => {
        session.push(new Int16Array(4000));
        return session.transcribe(hint("open", 0), unaborted());
      }),
    );
    const refused = results.filter((result) => result.status === "rejected").map((result) => result.reason);
    expect(refused.length).toBe(3);
    for (const error of refused) expect(error).toMatchObject({ name: "ProviderError", retryable: true });
    await busy.close();
  });
});
