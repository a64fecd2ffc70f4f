import { expect, test } from "bun:test";
import { createProviders } from "./providers.ts";

const names = (environment: Record<string, string>) => {
  const { stt, llm, tts } = createProviders(environment);
  return [stt.name, llm?.name, tts.name];
};

test("without settings everything runs here, with a key it is hosted, and each can be chosen", () => {
  expect(names({})).toEqual(["moonshine-base", undefined, "flite"]);
  expect(names({ OPENAI_API_KEY: "sk-x" })).toEqual([
    "openai-stt gpt-4o-mini-transcribe",
    "openai-llm gpt-4.1-mini",
    "openai-tts gpt-4o-mini-tts",
  ]);
  expect(names({ OPENAI_API_KEY: "sk-x", SK_STT: "embedded", SK_STT_MODEL: "tiny", SK_TTS: "embedded" })).toEqual([
    "moonshine-tiny",
    "openai-llm gpt-4.1-mini",
    "flite",
  ]);
  expect(names({ SK_LLM: "openai", OPENAI_BASE_URL: "http://127.0.0.1:8000/v1", SK_LLM_MODEL: "qwen" })[1]).toBe(
    "openai-llm qwen",
  );
  expect(names({ SK_STT: "", OPENAI_API_KEY: " " })).toEqual(["moonshine-base", undefined, "flite"]);
});

test.each([
  [{ SK_STT: "whisper" }, "SK_STT"],
  [{ SK_STT_MODEL: "huge" }, "SK_STT_MODEL is huge, expected one of base, tiny"],
  [{ SK_TTS_WORKERS: "0" }, "SK_TTS_WORKERS"],
  [{ SK_LLM: "openai" }, "SK_LLM=openai needs OPENAI_API_KEY"],
  [{ SK_TTS: "sherpa" }, "SK_TTS=sherpa needs SK_TTS_FOLDER"],
  [{ OPENAI_BASE_URL: "file:///etc/passwd" }, "OPENAI_BASE_URL"],
] as [Record<string, string>, string][])("%j is refused by name", (environment, message) => {
  expect(() => createProviders(environment)).toThrow(message);
});
