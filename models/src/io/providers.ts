/**
 * Chooses providers by configuration. Without any, everything runs on this machine and nothing needs a key; a key alone moves the language
 * model, recogniser and voice to the hosted service.
 *
 * | variable                                          | values                             | default                                  |
 * |---------------------------------------------------|------------------------------------|------------------------------------------|
 * | OPENAI_API_KEY, OPENAI_BASE_URL                   | key, address of a compatible server | none, https://api.openai.com/v1         |
 * | SK_STT                                            | embedded, openai, sherpa           | openai with a key, else embedded         |
 * | SK_TTS                                            | embedded, openai, sherpa           | openai with a key, else embedded         |
 * | SK_LLM                                            | none, openai                       | openai with a key, else none             |
 * | SK_VAD                                            | silero-v6, silero-v4               | silero-v6                                |
 * | SK_STT_MODEL                                      | base, tiny, or the server's name   | base; gpt-4o-mini-transcribe             |
 * | SK_TTS_MODEL, SK_TTS_VOICE                        | names                              | gpt-4o-mini-tts, alloy; flite: slt       |
 * | SK_LLM_MODEL                                      | name                               | gpt-4.1-mini                             |
 * | SK_STT_FOLDER, SK_TTS_FOLDER                      | folder of a sherpa model           | none                                     |
 * | SK_STT_WORKERS, SK_TTS_WORKERS                    | threads                            | 1                                        |
 * | SK_TTS_CACHE_MB                                   | phrases kept, 1 MB is a minute     | 8                                        |
 */
import { z } from "zod";
import type { LlmPort, SttPort, TtsPort, VadModel } from "../ports.ts";
import { cachedTts } from "../tts/cached.ts";
import { openEmbeddedStt } from "./embedded-stt.ts";
import { FLITE_VOICES, openEmbeddedTts } from "./embedded-tts.ts";
import { MOONSHINE_NAMES } from "./moonshine-model.ts";
import { DEFAULT_OPENAI_OPTIONS, type OpenAiOptions } from "./openai-client.ts";
import { openOpenAiLlm } from "./openai-llm.ts";
import { openOpenAiStt } from "./openai-stt.ts";
import { openOpenAiTts } from "./openai-tts.ts";
import { openSherpaStt } from "./sherpa-stt.ts";
import { openSherpaTts } from "./sherpa-tts.ts";
import { openSileroVad, VAD_NAMES } from "./silero-vad.ts";

const text = z.string().trim().min(1).optional();
const workers = z.coerce.number().int().min(1).max(64).default(1);

const Environment = z.object({
  OPENAI_API_KEY: text,
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/ }).default(DEFAULT_OPENAI_OPTIONS.baseUrl),
  SK_STT: z.enum(["embedded", "openai", "sherpa"]).optional(),
  SK_TTS: z.enum(["embedded", "openai", "sherpa"]).optional(),
  SK_LLM: z.enum(["none", "openai"]).optional(),
  SK_VAD: z.enum(VAD_NAMES).default("silero-v6"),
  SK_STT_MODEL: text,
  SK_STT_FOLDER: text,
  SK_STT_WORKERS: workers,
  SK_TTS_MODEL: text,
  SK_TTS_VOICE: text,
  SK_TTS_FOLDER: text,
  SK_TTS_WORKERS: workers,
  SK_TTS_CACHE_MB: z.coerce.number().min(0).max(1024).default(8),
  SK_LLM_MODEL: text,
});
type Environment = z.infer<typeof Environment>;

export interface Providers {
  readonly stt: SttPort;
  /** Undefined: the engine's own rules answer. */
  readonly llm: LlmPort | undefined;
  readonly tts: TtsPort;
  /** Each thread that runs calls loads its own. */
  readonly openVad: () => Promise<VadModel>;
}

/**
 * Nothing is loaded or connected yet: `warm()` does that. Variables it does not know are ignored, empty ones count as not set.
 * @throws Error naming the variable and what it should be.
 */
export function createProviders(environment: Readonly<Record<string, string | undefined>>): Providers {
  const settings = parse(environment);
  return {
    stt: sttOf(settings),
    llm: llmOf(settings),
    tts: cachedTts(ttsOf(settings), settings.SK_TTS_CACHE_MB * 1024 * 1024),
    openVad: () => openSileroVad(settings.SK_VAD),
  };
}

function parse(environment: Readonly<Record<string, string | undefined>>): Environment {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = Environment.safeParse(set);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`provider settings: ${issues.join("; ")}`);
}

function sttOf(settings: Environment): SttPort {
  const kind = settings.SK_STT ?? hostedByDefault(settings);
  const { SK_STT_MODEL: model, SK_STT_WORKERS: threads } = settings;
  if (kind === "openai") {
    const name = model ?? "gpt-4o-mini-transcribe";
    return openOpenAiStt({ ...openAi(settings, "SK_STT", name), streams: name.startsWith("gpt-") });
  }
  if (kind === "sherpa") {
    return openSherpaStt({ folder: required(settings, "SK_STT_FOLDER", "SK_STT=sherpa"), language: "en" }, threads);
  }
  return openEmbeddedStt({ model: oneOf("SK_STT_MODEL", MOONSHINE_NAMES, model ?? "base"), workers: threads });
}

function ttsOf(settings: Environment): TtsPort {
  const kind = settings.SK_TTS ?? hostedByDefault(settings);
  const { SK_TTS_MODEL: model, SK_TTS_VOICE: voice, SK_TTS_WORKERS: threads } = settings;
  if (kind === "openai") {
    return openOpenAiTts({ ...openAi(settings, "SK_TTS", model ?? "gpt-4o-mini-tts"), voice: voice ?? "alloy" });
  }
  if (kind === "sherpa") {
    return openSherpaTts({ folder: required(settings, "SK_TTS_FOLDER", "SK_TTS=sherpa") }, threads);
  }
  return openEmbeddedTts({ voice: oneOf("SK_TTS_VOICE", FLITE_VOICES, voice ?? "slt"), workers: threads });
}

function llmOf(settings: Environment): LlmPort | undefined {
  const kind = settings.SK_LLM ?? (settings.OPENAI_API_KEY ? "openai" : "none");
  if (kind === "none") return undefined;
  return openOpenAiLlm({
    ...openAi(settings, "SK_LLM", settings.SK_LLM_MODEL ?? "gpt-4.1-mini"),
    temperature: undefined,
  });
}

function hostedByDefault(settings: Environment): "openai" | "embedded" {
  return settings.OPENAI_API_KEY ? "openai" : "embedded";
}

/** A server on the own network may want no key; the hosted service does. */
function openAi(settings: Environment, variable: string, model: string): OpenAiOptions {
  const isHosted = settings.OPENAI_BASE_URL === DEFAULT_OPENAI_OPTIONS.baseUrl;
  const apiKey = isHosted ? required(settings, "OPENAI_API_KEY", `${variable}=openai`) : settings.OPENAI_API_KEY;
  return { ...DEFAULT_OPENAI_OPTIONS, apiKey: apiKey ?? "none", baseUrl: settings.OPENAI_BASE_URL, model };
}

function required(settings: Environment, variable: keyof Environment, why: string): string {
  const value = settings[variable];
  if (typeof value !== "string") throw new Error(`provider settings: ${why} needs ${variable}`);
  return value;
}

function oneOf<Name extends string>(variable: string, names: readonly Name[], value: string): Name {
  const found = names.find((name) => name === value);
  if (!found) throw new Error(`provider settings: ${variable} is ${value}, expected one of ${names.join(", ")}`);
  return found;
}
