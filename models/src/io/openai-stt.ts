import { encodeWav } from "@sk-voice/media/wav.ts";
import { toFile } from "openai";
import { ProviderError, type SttHint, type SttPort, type SttResult, type SttSession } from "../ports.ts";
import { cleanTranscript, confidenceOf } from "../stt/text.ts";
import { MAX_UTTERANCE_MS, UtteranceBuffer } from "../stt/utterance.ts";
import { type OpenAiCall, OpenAiClient, type OpenAiOptions } from "./openai-client.ts";

export interface OpenAiSttOptions extends OpenAiOptions {
  /** Ask for a streamed answer with log-probabilities. `gpt-4o-transcribe` and its kin do that, `whisper-1` and most servers do not. */
  readonly streams: boolean;
}

/** Servers refuse less, and it holds no word. */
const MIN_AUDIO_MS = 100;
/** Recognisers read only the end of a long prompt. */
const MAX_PROMPT_WORDS = 100;

/** Transcriptions of whole utterances. */
export function openOpenAiStt(options: OpenAiSttOptions): SttPort {
  const name = `openai-stt ${options.model}`;
  const client = new OpenAiClient(name, options);
  return {
    name,
    warm: async () => undefined,
    open: ({ language }) => new OpenAiSttSession(name, client, options, language),
    close: async () => undefined,
  };
}

interface Transcript {
  readonly text: string;
  readonly logProbs: readonly number[];
}

class OpenAiSttSession implements SttSession {
  readonly #audio = new UtteranceBuffer(MAX_UTTERANCE_MS);
  readonly #closed = new AbortController();

  constructor(
    private readonly name: string,
    private readonly client: OpenAiClient,
    private readonly options: OpenAiSttOptions,
    private readonly language: string,
  ) {}

  push(samples: Int16Array): void {
    this.#audio.push(samples);
  }

  async transcribe(hint: SttHint, signal: AbortSignal): Promise<SttResult> {
    if (signal.aborted) throw new ProviderError(this.name, "cancelled", false);
    if (this.#audio.durationMs < MIN_AUDIO_MS) return { text: "", confidence: undefined, language: undefined };
    const wav = encodeWav(8000, [this.#audio.snapshot()]);
    const either = AbortSignal.any([signal, this.#closed.signal]);
    let last: Transcript = { text: "", logProbs: [] };
    for await (const transcript of this.client.stream(this.#request(wav, hint), either)) last = transcript;
    const text = cleanTranscript(last.text, hint.speechMs);
    const mean = last.logProbs.reduce((sum, value) => sum + value, 0) / Math.max(1, last.logProbs.length);
    const confidence = text === "" || last.logProbs.length === 0 ? undefined : confidenceOf(mean);
    return { text, confidence, language: undefined };
  }

  reset(keepMs: number): void {
    this.#audio.reset(keepMs);
  }

  close(): void {
    this.#closed.abort();
  }

  #request(wav: Uint8Array, hint: SttHint): OpenAiCall<Transcript> {
    const { model, streams } = this.options;
    const language = this.language.split("-")[0]!;
    const prompt = hint.vocabulary.slice(0, MAX_PROMPT_WORDS).join(", ");
    return async function* (openai, signal) {
      const file = await toFile(wav, "utterance.wav", { type: "audio/wav" });
      const body = { model, file, response_format: "json" as const, language, ...(prompt === "" ? {} : { prompt }) };
      if (!streams) {
        const { text } = await openai.audio.transcriptions.create(body, { signal });
        return yield { text, logProbs: [] };
      }
      const events = await openai.audio.transcriptions.create(
        { ...body, stream: true, include: ["logprobs"] },
        { signal },
      );
      let text = "";
      for await (const event of events) {
        if (event.type === "transcript.text.delta") {
          text += event.delta;
          yield { text, logProbs: [] };
        } else if (event.type === "transcript.text.done") {
          const logProbs = (event.logprobs ?? []).map((token) => token.logprob ?? 0);
          yield { text: event.text, logProbs };
        }
      }
    };
  }
}
