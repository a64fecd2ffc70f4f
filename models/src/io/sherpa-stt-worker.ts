import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Recognition } from "../stt/policy.ts";
import { prepareAudio } from "../stt/prepare.ts";
import { cleanTranscript } from "../stt/text.ts";
import { loadSherpa, requireFiles } from "./sherpa.ts";
import { serveJobs } from "./worker-side.ts";
import type { SttJob } from "./worker-stt.ts";

export interface SherpaSttConfig {
  /** Folder of a Whisper export: `*encoder*.onnx`, `*decoder*.onnx`, `*tokens.txt`. */
  readonly folder: string;
  /** BCP 47; Whisper is told its primary tag. */
  readonly language: string;
}

serveJobs<SherpaSttConfig, SttJob, Recognition>(async (config) => {
  const sherpa = await loadSherpa();
  const recognizer = new sherpa.OfflineRecognizer({
    featConfig: { sampleRate: 16_000, featureDim: 80 },
    modelConfig: modelOf(config),
  });
  return {
    async run({ samples, hint }) {
      const stream = recognizer.createStream();
      stream.acceptWaveform({ samples: prepareAudio(samples), sampleRate: 16_000 });
      recognizer.decode(stream);
      const text = cleanTranscript(recognizer.getResult(stream).text, hint.speechMs);
      return { response: { text, confidence: undefined }, transfer: [] };
    },
  };
});

function modelOf({ folder, language }: SherpaSttConfig): unknown {
  requireFiles([folder]);
  const files = readdirSync(folder);
  const find = (part: string) => {
    const name = files.find((file) => file.includes(part));
    if (!name) throw new Error(`no *${part}* file in ${folder}: check the configured model folder`);
    return join(folder, name);
  };
  return {
    whisper: {
      encoder: find("encoder"),
      decoder: find("decoder"),
      language: language.split("-")[0],
      task: "transcribe",
    },
    tokens: find("tokens.txt"),
    numThreads: 1,
    provider: "cpu",
    debug: 0,
  };
}
