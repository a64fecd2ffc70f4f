/**
 * Ears and voice of all calls: embedded models in threads of their own, or hosted ones. They live beside the signalling thread; each media
 * thread reaches them through a channel.
 */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import { encodeUlaw } from "@sk-voice/media/g711/ulaw.ts";
import { createProviders } from "@sk-voice/models/io/providers.ts";
import { serveSpeech } from "@sk-voice/models/io/remote-speech.ts";
import type { TtsPort, TtsRequest } from "@sk-voice/models/ports.ts";
import { spokenTts } from "../spoken/spoken-tts.ts";
import type { Log } from "./log.ts";
import { stockTexts, stockVoice } from "./stock-audio.ts";

export interface Speech {
  /** A new channel, for one media thread. */
  connect(): MessagePort;
  /** Has the voice say what every call begins with once, so that it is cached. */
  prepare(settings: AgentSettings): Promise<void>;
  /** A sentence for somebody who chooses a voice: μ-law at 8 kHz, at most 15 s of it. @throws ProviderError */
  sample(request: TtsRequest): Promise<Uint8Array>;
  close(): Promise<void>;
}

const SAMPLE_MAX = 15 * 8000;

/** Loads the models (about a second). @throws ProviderError when one cannot be loaded. */
export async function openSpeech(
  environment: Record<string, string | undefined>,
  settings: AgentSettings,
  log: Log,
): Promise<Speech> {
  const { stt, tts } = createProviders(environment, (error) =>
    log.warn({ err: error }, "a provider failed; another goes on"),
  );
  await Promise.all([stt.warm(), tts.warm()]);
  const speech: Speech = {
    connect: () => {
      const { port1, port2 } = new MessageChannel();
      serveSpeech(port1, stt, tts);
      return port2;
    },
    prepare: (current) => rehearse(spokenTts(tts), current, log),
    async sample(request) {
      const abort = new AbortController();
      const ulaw = new Uint8Array(SAMPLE_MAX);
      let filled = 0;
      for await (const { samples } of spokenTts(tts).speak(request, abort.signal)) {
        const fitting = samples.subarray(0, SAMPLE_MAX - filled);
        encodeUlaw(fitting, ulaw.subarray(filled));
        filled += fitting.length;
        if (filled === SAMPLE_MAX) break;
      }
      abort.abort();
      return ulaw.subarray(0, filled);
    },
    close: async () => {
      await Promise.all([stt.close(), tts.close()]);
    },
  };
  await speech.prepare(settings);
  log.info({ stt: stt.name, tts: tts.name }, "speech ready");
  return speech;
}

async function rehearse(tts: TtsPort, settings: AgentSettings, log: Log): Promise<void> {
  const { signal } = new AbortController();
  for (const text of stockTexts(settings)) {
    try {
      for await (const _ of tts.speak({ text, ...stockVoice(settings) }, signal));
    } catch (error) {
      return log.warn({ err: error }, "the voice could not rehearse the greeting; it is made during the call");
    }
  }
}
