import { expect, test } from "bun:test";
import { createProviders } from "./providers.ts";

const names = (environment: Record<string, string>) => {
  const { stt, llm, tts } = createProviders(environment);
  return [stt.name, llm?.name, tts.name];
};

test("without settings everything runs here, with a key it is hosted, and each can be chosen", () => {
  expect(names({})).toEqual(["moonshine-base", undefined, "flite"]);
  expect(names({ OPENAI_API_KEY: "sk-x" })).toEqual([
    "openai-stt gpt-4o-mini-transcribe → moonshine-base",
    "openai-llm gpt-4.1-mini",
    "openai-tts gpt-4o-mini-tts → flite",
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

test("several in order, the one on this machine last, or none", () => {
  const keys = { DEEPGRAM_API_KEY: "d", CARTESIA_API_KEY: "c", OPENAI_API_KEY: "o", SK_TTS_VOICE: "v" };
  const listed = names({ ...keys, SK_STT: "deepgram, openai", SK_STT_MODEL: "nova-2", SK_TTS: "cartesia" });
  expect(listed[0]).toBe("deepgram nova-2 → openai-stt gpt-4o-mini-transcribe → moonshine-base");
  expect(listed[2]).toBe("cartesia sonic-3.5 → flite");
  expect(names({ ...keys, SK_STT: "deepgram", SK_FALLBACK: "none" })[0]).toBe("deepgram nova-3");
  expect(createProviders({ ...keys, SK_STT: "deepgram" }).stt.streaming).toBe(true);
  expect(createProviders({ ...keys, SK_STT: "openai,deepgram" }).stt.streaming).toBe(false);
});

test.each([
  [{ SK_STT: "whisper" }, "SK_STT"],
  [{ SK_STT_MODEL: "huge" }, "SK_STT_MODEL is huge, expected one of base, tiny"],
  [{ SK_TTS_WORKERS: "0" }, "SK_TTS_WORKERS"],
  [{ SK_LLM: "openai" }, "SK_LLM=openai needs OPENAI_API_KEY"],
  [{ SK_TTS: "sherpa" }, "SK_TTS=sherpa needs SK_TTS_FOLDER"],
  [{ SK_STT: "deepgram" }, "SK_STT=deepgram needs DEEPGRAM_API_KEY"],
  [{ SK_TTS: "cartesia", CARTESIA_API_KEY: "c" }, "SK_TTS=cartesia needs SK_TTS_VOICE"],
  [{ OPENAI_BASE_URL: "file:///etc/passwd" }, "OPENAI_BASE_URL"],
] as [Record<string, string>, string][])("%j is refused by name", (environment, message) => {
  expect(() => createProviders(environment)).toThrow(message);
});
