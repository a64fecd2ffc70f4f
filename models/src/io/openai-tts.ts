import { designResampler, Resampler } from "@sk-voice/media/resample.ts";
import type { TtsChunk, TtsPort, TtsRequest } from "../ports.ts";
import { OnsetTrimmer } from "../tts/trim.ts";
import { OpenAiClient, type OpenAiOptions } from "./openai-client.ts";

export interface OpenAiTtsOptions extends OpenAiOptions {
  /** Used when a request names no voice. */
  readonly voice: string;
}

/** `response_format: "pcm"` is 24 kHz mono 16-bit little-endian without a header. */
const PCM_RATE_HZ = 24_000;
const TO_PHONE = designResampler(PCM_RATE_HZ, 8000);

/** Speech, streamed as PCM. Gives no word times. */
export function openOpenAiTts(options: OpenAiTtsOptions): TtsPort {
  const name = `openai-tts ${options.model}`;
  const client = new OpenAiClient(name, options);
  return {
    name,
    warm: async () => undefined,
    speak: (request, signal) => speak(client, options, request, signal),
    close: async () => undefined,
  };
}

async function* speak(
  client: OpenAiClient,
  options: OpenAiTtsOptions,
  request: TtsRequest,
  signal: AbortSignal,
): AsyncGenerator<TtsChunk> {
  if (!/[\p{L}\p{N}]/u.test(request.text)) return;
  const voice = request.voice === "" ? options.voice : request.voice;
  const body = { model: options.model, input: request.text, voice, response_format: "pcm" as const };
  const bytes = client.stream<Uint8Array>(async function* (openai, deadline) {
    const response = await openai.audio.speech.create(body, { signal: deadline });
    if (response.body) yield* response.body as unknown as AsyncIterable<Uint8Array>;
  }, signal);
  const samples = new PcmReader();
  const converter = new Resampler(TO_PHONE);
  const onset = new OnsetTrimmer();
  for await (const part of bytes) {
    const chunk = onset.push(converter.push(samples.read(part)));
    if (chunk.length > 0) yield { samples: chunk };
  }
  const rest = onset.push(converter.flush());
  if (rest.length > 0) yield { samples: rest };
}

/** Network chunks end anywhere, in the middle of a sample too. */
class PcmReader {
  #odd: number | undefined;

  read(bytes: Uint8Array): Int16Array {
    const carried = this.#odd === undefined ? 0 : 1;
    const all = new Uint8Array(carried + bytes.length);
    if (this.#odd !== undefined) all[0] = this.#odd;
    all.set(bytes, carried);
    this.#odd = all.length % 2 === 1 ? all[all.length - 1] : undefined;
    return new Int16Array(all.buffer, 0, all.length >> 1);
  }
}
