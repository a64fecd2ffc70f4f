/**
 * Providers that say what a script says, after delays a scheduler controls: for tests in virtual time. They obey the same contract as the
 * real ones and pass the same conformance suite.
 */
import {
  type LlmDelta,
  type LlmPort,
  type LlmRequest,
  ProviderError,
  type SttHint,
  type SttPort,
  type SttResult,
  type TtsChunk,
  type TtsPort,
  type TtsRequest,
  type VadModel,
} from "../ports.ts";
import type { Scheduler } from "../scheduler.ts";
import { estimateWords } from "../tts/words.ts";

const SAMPLES_PER_MS = 8;

export interface SttScript {
  readonly delayMs: number;
  /** The text of an utterance. `utterance` counts `reset()`s of the session, so repeated requests for one utterance can agree. */
  answer(request: { readonly utterance: number; readonly samples: number; readonly hint: SttHint }): SttResult | Error;
}

export function scriptedStt(schedule: Scheduler, script: SttScript): SttPort {
  return {
    name: "scripted-stt",
    warm: async () => undefined,
    close: async () => undefined,
    open: () => {
      let utterance = 0;
      let samples = 0;
      const closed = new AbortController();
      return {
        push: (audio) => {
          samples += audio.length;
        },
        reset: (keepMs) => {
          utterance++;
          samples = Math.min(samples, keepMs * SAMPLES_PER_MS);
        },
        close: () => closed.abort(),
        transcribe: async (hint, signal) => {
          const request = { utterance, samples, hint };
          await delay(schedule, script.delayMs, AbortSignal.any([signal, closed.signal]), "scripted-stt");
          if (request.samples === 0) return { text: "", confidence: undefined, language: undefined };
          return orThrow(script.answer(request));
        },
      };
    },
  };
}

/** One item of a reply: something to say, or a wait before it. */
export type LlmStep = LlmDelta | { readonly type: "wait"; readonly ms: number } | Error;

export interface LlmScript {
  readonly firstTokenMs: number;
  reply(request: LlmRequest): readonly LlmStep[];
}

export function scriptedLlm(schedule: Scheduler, script: LlmScript): LlmPort {
  const name = "scripted-llm";
  async function* respond(request: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmDelta> {
    await delay(schedule, script.firstTokenMs, signal, name);
    for (const step of script.reply(request)) {
      if (signal.aborted) throw new ProviderError(name, "cancelled", false);
      if (step instanceof Error) throw step;
      if (step.type === "wait") await delay(schedule, step.ms, signal, name);
      else yield step;
    }
  }
  return {
    name,
    warm: async () => undefined,
    open: () => ({ respond, close: () => undefined }),
    close: async () => undefined,
  };
}

export interface TtsScript {
  readonly firstAudioMs: number;
  /** Speaking rate. Each character lasts this long, so a text's duration can be computed by hand. */
  readonly msPerCharacter: number;
  readonly chunkMs: number;
  /** Loud enough for a level meter or a scripted VAD to notice. */
  readonly amplitude: number;
}

export const DEFAULT_TTS_SCRIPT: TtsScript = { firstAudioMs: 100, msPerCharacter: 60, chunkMs: 400, amplitude: 4000 };

/** A 400 Hz tone for as long as the text would take to say. */
export function scriptedTts(schedule: Scheduler, script: TtsScript = DEFAULT_TTS_SCRIPT): TtsPort {
  const name = "scripted-tts";
  async function* speak(request: TtsRequest, signal: AbortSignal): AsyncGenerator<TtsChunk> {
    await delay(schedule, script.firstAudioMs, signal, name);
    const durationMs = request.text.trim().length * script.msPerCharacter;
    const words = estimateWords(request.text, [{ startMs: 0, endMs: durationMs }]);
    for (let startMs = 0; startMs < durationMs; startMs += script.chunkMs) {
      if (signal.aborted) throw new ProviderError(name, "cancelled", false);
      const endMs = Math.min(durationMs, startMs + script.chunkMs);
      const samples = new Int16Array((endMs - startMs) * SAMPLES_PER_MS);
      for (let i = 0; i < samples.length; i++) samples[i] = script.amplitude * Math.sin((i * Math.PI) / 10);
      yield { samples, words: words.filter((word) => word.startMs >= startMs && word.startMs < endMs) };
    }
  }
  return { name, warm: async () => undefined, speak, close: async () => undefined };
}

/** Loud is speech. For synthetic callers made of tones. */
export function scriptedVad(threshold = 0.01): VadModel {
  const windowSamples = 256;
  return {
    name: "scripted-vad",
    windowSamples,
    createState: () => ({ data: new Float32Array(1) }),
    close: async () => undefined,
    infer: async (windows, states, out) => {
      for (let call = 0; call < states.length; call++) {
        let energy = 0;
        for (let i = call * windowSamples; i < (call + 1) * windowSamples; i++) energy += windows[i]! * windows[i]!;
        out[call] = Math.sqrt(energy / windowSamples) >= threshold ? 0.95 : 0.02;
      }
    },
  };
}

function delay(schedule: Scheduler, ms: number, signal: AbortSignal, provider: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new ProviderError(provider, "cancelled", false));
    if (signal.aborted) return fail();
    const cancel = schedule(ms, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    const abort = () => {
      cancel();
      fail();
    };
    signal.addEventListener("abort", abort, { once: true });
  });
}

function orThrow(answer: SttResult | Error): SttResult {
  if (answer instanceof Error) throw answer;
  return answer;
}
