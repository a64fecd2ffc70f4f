/**
 * Chooses providers by configuration. Without any, everything runs on this machine and nothing needs a key; a key alone moves the language
 * model, recogniser and voice to the hosted service. Several are asked in the order given, the next when one fails or says nothing for 2.5 s;
 * the one on this machine is always the last.
 *
 * | variable                                          | values                             | default                                  |
 * |---------------------------------------------------|------------------------------------|------------------------------------------|
 * | OPENAI_API_KEY, OPENAI_BASE_URL                   | key, address of a compatible server | none, https://api.openai.com/v1         |
 * | DEEPGRAM_API_KEY, DEEPGRAM_BASE_URL               | key, address                       | none, wss://api.deepgram.com             |
 * | CARTESIA_API_KEY, CARTESIA_BASE_URL               | key, address                       | none, wss://api.cartesia.ai              |
 * | SK_STT                                            | embedded, openai, openai-realtime, deepgram, sherpa; several by comma | openai with a key, else embedded |
 * | SK_TTS                                            | embedded, openai, cartesia, sherpa; several by comma | openai with a key, else embedded |
 * | SK_LLM                                            | none, openai                       | openai with a key, else none             |
 * | SK_VAD                                            | silero-v6, silero-v4               | silero-v6                                |
 * | SK_FALLBACK                                       | embedded, none                     | embedded                                 |
 * | SK_STT_MODEL (of the first in the list)           | base, tiny, or the server's name   | base; gpt-4o-mini-transcribe; nova-3     |
 * | SK_STT_LANGUAGE                                   | Deepgram's; multi follows the caller | the business's first                   |
 * | SK_TTS_MODEL, SK_TTS_VOICE (of the first)         | names                              | gpt-4o-mini-tts, alloy; flite: slt; sonic-3.5 |
 * | SK_LLM_MODEL                                      | name                               | gpt-4.1-mini                             |
 * | SK_STT_FOLDER, SK_TTS_FOLDER                      | folder of a sherpa model           | none                                     |
 * | SK_STT_WORKERS, SK_TTS_WORKERS                    | threads                            | 1                                        |
 * | SK_ONNX                                           | auto (where it is faster, measured at the start), cpu, cuda | auto            |
 * | SK_ONNX_STT, SK_ONNX_VAD, SK_VAD_BATCH            | written by the engine when it has chosen (`io/execution`) | cpu, cpu, 32      |
 * | SK_TTS_CACHE_MB                                   | phrases kept, 1 MB is a minute     | 8                                        |
 */
import { z } from "zod";
import { DEVICES } from "../execution.ts";
import { type FailoverOptions, failoverStt, failoverTts } from "../failover/index.ts";
import type { LlmPort, ProviderError, SttPort, TtsPort, VadModel } from "../ports.ts";
import { cachedTts } from "../tts/cached.ts";
import { DEFAULT_CARTESIA_OPTIONS, openCartesiaTts } from "./cartesia-tts.ts";
import { DEFAULT_DEEPGRAM_OPTIONS, openDeepgramStt } from "./deepgram-stt.ts";
import { openEmbeddedStt } from "./embedded-stt.ts";
import { FLITE_VOICES, openEmbeddedTts } from "./embedded-tts.ts";
import { MOONSHINE_NAMES, type MoonshineName } from "./moonshine-model.ts";
import { DEFAULT_OPENAI_OPTIONS, type OpenAiOptions } from "./openai-client.ts";
import { openOpenAiLlm } from "./openai-llm.ts";
import { DEFAULT_REALTIME_OPTIONS, openRealtimeStt } from "./openai-realtime-stt.ts";
import { openOpenAiStt } from "./openai-stt.ts";
import { openOpenAiTts } from "./openai-tts.ts";
import { openSherpaStt } from "./sherpa-stt.ts";
import { openSherpaTts } from "./sherpa-tts.ts";
import { MAX_VAD_BATCH, openSileroVad, VAD_NAMES } from "./silero-vad.ts";

const text = z.string().trim().min(1).optional();
const workers = z.coerce.number().int().min(1).max(64).default(1);

const STT_KINDS = ["embedded", "openai", "openai-realtime", "deepgram", "sherpa"] as const;
const TTS_KINDS = ["embedded", "openai", "cartesia", "sherpa"] as const;
type SttKind = (typeof STT_KINDS)[number];
type TtsKind = (typeof TTS_KINDS)[number];

/** "deepgram, openai" */
function listOf<const Kind extends string>(kinds: readonly Kind[]) {
  return z
    .string()
    .transform((list) => list.split(",").map((name) => name.trim()))
    .pipe(z.array(z.enum(kinds)).min(1));
}

const Environment = z.object({
  OPENAI_API_KEY: text,
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/ }).default(DEFAULT_OPENAI_OPTIONS.baseUrl),
  DEEPGRAM_API_KEY: text,
  DEEPGRAM_BASE_URL: z.url({ protocol: /^wss?$/ }).default(DEFAULT_DEEPGRAM_OPTIONS.baseUrl),
  CARTESIA_API_KEY: text,
  CARTESIA_BASE_URL: z.url({ protocol: /^wss?$/ }).default(DEFAULT_CARTESIA_OPTIONS.baseUrl),
  SK_STT: listOf(STT_KINDS).optional(),
  SK_TTS: listOf(TTS_KINDS).optional(),
  SK_FALLBACK: z.enum(["embedded", "none"]).default("embedded"),
  SK_STT_LANGUAGE: text,
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
  SK_ONNX: z.enum(["auto", ...DEVICES]).default("auto"),
  SK_ONNX_STT: z.enum(DEVICES).default("cpu"),
  SK_ONNX_VAD: z.enum(DEVICES).default("cpu"),
  SK_VAD_BATCH: z.coerce.number().int().min(1).max(128).default(MAX_VAD_BATCH),
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

/** Nothing for this long: the next provider is asked as well. */
const HEDGE_AFTER_MS = 2500;

/**
 * Nothing is loaded or connected yet: `warm()` does that. Variables it does not know are ignored, empty ones count as not set.
 * @param onFailure a provider failed and another goes on.
 * @throws Error naming the variable and what it should be.
 */
export function createProviders(
  environment: Readonly<Record<string, string | undefined>>,
  onFailure?: (error: ProviderError) => void,
): Providers {
  const settings = parse(environment);
  const options = failoverOptions(onFailure);
  return {
    stt: chain(
      sttKinds(settings).map((kind, n) => sttOf(settings, kind, n === 0)),
      (ports) => failoverStt(ports, options),
    ),
    llm: llmOf(settings),
    tts: chain(
      ttsKinds(settings).map((kind, n) => ttsOf(settings, kind, n === 0)),
      (ports) => failoverTts(ports, options),
    ),
    openVad: () => openSileroVad(settings.SK_VAD, settings.SK_ONNX_VAD, settings.SK_VAD_BATCH),
  };
}

/** @throws Error naming the variable and what it should be. */
export const onnxChoice = (environment: Readonly<Record<string, string | undefined>>) => parse(environment).SK_ONNX;

/** The recogniser on this machine that takes part, first or as the last resort. @throws Error naming a wrong variable. */
export function embeddedSttModel(environment: Readonly<Record<string, string | undefined>>): MoonshineName | undefined {
  const settings = parse(environment);
  const at = sttKinds(settings).indexOf("embedded");
  return at < 0 ? undefined : moonshineOf(at === 0 ? settings.SK_STT_MODEL : undefined);
}

const moonshineOf = (model: string | undefined) => oneOf("SK_STT_MODEL", MOONSHINE_NAMES, model ?? "base");

/** The clock and timers of this process. */
export function failoverOptions(onFailure?: (error: ProviderError) => void): FailoverOptions {
  return {
    hedgeAfterMs: HEDGE_AFTER_MS,
    now: () => performance.now(),
    schedule: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    ...(onFailure ? { onFailure } : {}),
  };
}

function chain<Port>(ports: readonly Port[], join: (ports: readonly Port[]) => Port): Port {
  const [only] = ports;
  return ports.length === 1 && only !== undefined ? only : join(ports);
}

/** Those asked for, then the one that needs no network. */
function sttKinds(settings: Environment): SttKind[] {
  const asked = settings.SK_STT ?? [hostedByDefault(settings)];
  return withFallback(settings, asked, asked.includes("embedded") || asked.includes("sherpa"));
}

function ttsKinds(settings: Environment): TtsKind[] {
  const asked = settings.SK_TTS ?? [hostedByDefault(settings)];
  return withFallback(settings, asked, asked.includes("embedded") || asked.includes("sherpa"));
}

function withFallback<Kind>(
  { SK_FALLBACK }: Environment,
  asked: readonly Kind[],
  isLocal: boolean,
): (Kind | "embedded")[] {
  return isLocal || SK_FALLBACK === "none" ? [...asked] : [...asked, "embedded"];
}

function parse(environment: Readonly<Record<string, string | undefined>>): Environment {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = Environment.safeParse(set);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`provider settings: ${issues.join("; ")}`);
}

/** The model that was named is the first provider's. */
function sttOf(settings: Environment, kind: SttKind, first: boolean): SttPort {
  const threads = settings.SK_STT_WORKERS;
  const model = first ? settings.SK_STT_MODEL : undefined;
  switch (kind) {
    case "openai": {
      const name = model ?? "gpt-4o-mini-transcribe";
      return openOpenAiStt({ ...openAi(settings, "SK_STT", name), streams: name.startsWith("gpt-") });
    }
    case "openai-realtime": {
      const { apiKey, baseUrl } = openAi(settings, "SK_STT", model ?? DEFAULT_REALTIME_OPTIONS.model);
      return openRealtimeStt({ ...DEFAULT_REALTIME_OPTIONS, apiKey, baseUrl, ...(model ? { model } : {}) });
    }
    case "deepgram":
      return openDeepgramStt({
        ...DEFAULT_DEEPGRAM_OPTIONS,
        apiKey: required(settings, "DEEPGRAM_API_KEY", "SK_STT=deepgram"),
        baseUrl: settings.DEEPGRAM_BASE_URL,
        model: model ?? DEFAULT_DEEPGRAM_OPTIONS.model,
        language: settings.SK_STT_LANGUAGE,
      });
    case "sherpa":
      return openSherpaStt({ folder: required(settings, "SK_STT_FOLDER", "SK_STT=sherpa"), language: "en" }, threads);
    case "embedded":
      return openEmbeddedStt({ model: moonshineOf(model), device: settings.SK_ONNX_STT, workers: threads });
  }
}

/** Each keeps what it has said: cached phrases are heard in their own voice while it is down. */
function ttsOf(settings: Environment, kind: TtsKind, first: boolean): TtsPort {
  return cachedTts(rawTtsOf(settings, kind, first), settings.SK_TTS_CACHE_MB * 1024 * 1024);
}

function rawTtsOf(settings: Environment, kind: TtsKind, first: boolean): TtsPort {
  const threads = settings.SK_TTS_WORKERS;
  const [model, voice] = first ? [settings.SK_TTS_MODEL, settings.SK_TTS_VOICE] : [];
  switch (kind) {
    case "openai":
      return openOpenAiTts({ ...openAi(settings, "SK_TTS", model ?? "gpt-4o-mini-tts"), voice: voice ?? "alloy" });
    case "cartesia":
      return openCartesiaTts({
        ...DEFAULT_CARTESIA_OPTIONS,
        apiKey: required(settings, "CARTESIA_API_KEY", "SK_TTS=cartesia"),
        baseUrl: settings.CARTESIA_BASE_URL,
        model: model ?? DEFAULT_CARTESIA_OPTIONS.model,
        voice: required(settings, "SK_TTS_VOICE", "SK_TTS=cartesia"),
      });
    case "sherpa":
      return openSherpaTts({ folder: required(settings, "SK_TTS_FOLDER", "SK_TTS=sherpa") }, threads);
    case "embedded":
      return openEmbeddedTts({ voice: oneOf("SK_TTS_VOICE", FLITE_VOICES, voice ?? "slt"), workers: threads });
  }
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
