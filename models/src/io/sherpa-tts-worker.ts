import { readdirSync } from "node:fs";
import { join } from "node:path";
import { designResampler, resample } from "@sk-voice/media/resample.ts";
import { loadSherpa, requireFiles } from "./sherpa.ts";
import { serveJobs } from "./worker-side.ts";
import type { TtsJob } from "./worker-tts.ts";

export interface SherpaTtsConfig {
  /** Folder with `tokens.txt`, `espeak-ng-data/` and one `*.onnx`; with `voices.bin` it is Kokoro, without it Piper (VITS). */
  readonly folder: string;
}

serveJobs<SherpaTtsConfig, TtsJob, Int16Array>(async ({ folder }) => {
  const sherpa = await loadSherpa();
  const voice = new sherpa.OfflineTts({ model: modelOf(folder), maxNumSentences: 1 });
  const toPhone = designResampler(voice.sampleRate, 8000);
  return {
    async run({ text, voice: speaker }) {
      const sid = Number.parseInt(speaker, 10) || 0;
      const { samples } = voice.generate({ text, sid, speed: 1 });
      const pcm = Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, value * 32767)));
      const response = resample(pcm, toPhone);
      return { response, transfer: [response.buffer as ArrayBuffer] };
    },
  };
});

function modelOf(folder: string): unknown {
  requireFiles([folder, join(folder, "tokens.txt")]);
  const files = readdirSync(folder);
  const onnx = files.find((name) => name.endsWith(".onnx"));
  if (!onnx) throw new Error(`no .onnx file in ${folder}: check the configured model folder`);
  const common = {
    model: join(folder, onnx),
    tokens: join(folder, "tokens.txt"),
    dataDir: files.includes("espeak-ng-data") ? join(folder, "espeak-ng-data") : "",
  };
  const runtime = { numThreads: 1, provider: "cpu", debug: false };
  return files.includes("voices.bin")
    ? { kokoro: { ...common, voices: join(folder, "voices.bin") }, ...runtime }
    : { vits: common, ...runtime };
}
