/** Models: everything that listens, thinks or speaks for the engine. Start with the ports; every provider implements them. */

// The contract between engine and providers.

export * from "./ports.ts";

// Which providers, by settings; and the same ports from another thread.

export { chooseExecution, describeExecution, type Execution } from "./io/execution.ts";
export { createProviders, type Providers } from "./io/providers.ts";
export { connectSpeech, type SpeechChannel, serveSpeech } from "./io/remote-speech.ts";

// On this machine: recogniser (Moonshine), voice (flite), voice activity (Silero).

export { DEFAULT_EMBEDDED_STT_OPTIONS, type EmbeddedSttOptions, openEmbeddedStt } from "./io/embedded-stt.ts";
export {
  DEFAULT_EMBEDDED_TTS_OPTIONS,
  type EmbeddedTtsOptions,
  FLITE_VOICES,
  openEmbeddedTts,
} from "./io/embedded-tts.ts";
export { openSileroVad, VAD_NAMES, type VadName } from "./io/silero-vad.ts";

// On a server that speaks the OpenAI wire format.

export { DEFAULT_OPENAI_OPTIONS, type OpenAiOptions } from "./io/openai-client.ts";
export { type OpenAiLlmOptions, openOpenAiLlm } from "./io/openai-llm.ts";
export { type OpenAiSttOptions, openOpenAiStt } from "./io/openai-stt.ts";
export { type OpenAiTtsOptions, openOpenAiTts } from "./io/openai-tts.ts";

// Models the operator supplies, through sherpa-onnx-node.

export { openSherpaStt } from "./io/sherpa-stt.ts";
export { openSherpaTts } from "./io/sherpa-tts.ts";

// Pure: packets to windows to speech edges; streamed text to sentences; language and mood of what was said; cached phrases.

export { languageOf } from "./language.ts";
export { SentenceSplitter } from "./llm/sentences.ts";
export { type Friction, NO_FRICTION, type Sentiment, sentimentOf } from "./sentiment.ts";
export { cachedTts } from "./tts/cached.ts";
export { DEFAULT_SEGMENTER_OPTIONS, type SegmenterOptions, type SpeechEdge, SpeechSegmenter } from "./vad/segmenter.ts";
export { WindowBuffer } from "./window.ts";
