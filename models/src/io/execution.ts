/**
 * `SK_ONNX`: cpu, cuda, or auto (where it is faster, measured). Chosen once at the start; the result goes to the threads as the settings SK_ONNX_STT,
 * SK_ONNX_VAD and SK_VAD_BATCH, which `createProviders` reads.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BATCHES, type BatchTiming, bestBatch, type Device, fastestVad } from "../execution.ts";
import type { SttPort } from "../ports.ts";
import { openEmbeddedStt } from "./embedded-stt.ts";
import type { MoonshineName } from "./moonshine-model.ts";
import { embeddedSttModel, onnxChoice } from "./providers.ts";
import { openSileroVad } from "./silero-vad.ts";

export interface Execution {
  readonly stt: Device;
  readonly vad: Device;
  readonly vadBatch: number;
  /** One window in a batch of that size. */
  readonly vadWindowUs: number;
  /** Why CUDA was asked for and is not used; absent when it is, or nobody asked. */
  readonly fallback?: string;
  /** Milliseconds of two seconds of sound, by device; only where there was something to choose. */
  readonly sttMs?: Readonly<Record<Device, number>>;
  /** The environment with what was chosen, for `createProviders` in every thread. */
  readonly environment: Record<string, string | undefined>;
}

const RUNS = 5;
const PROBE_AUDIO_SAMPLES = 16_000;

/** Some 100 ms on a CPU; with CUDA both devices load the recogniser once. @throws Error naming a wrong setting. */
export async function chooseExecution(environment: Readonly<Record<string, string | undefined>>): Promise<Execution> {
  const choice = onnxChoice(environment);
  const missing = choice === "cpu" ? "not asked for" : await cudaMissing();
  const cpu = await measureVad("cpu");
  const cuda = missing === undefined ? await measureVad("cuda") : undefined;
  const vad = cuda && choice === "cuda" ? "cuda" : fastestVad(cpu, cuda);
  const best = bestBatch(vad === "cuda" && cuda ? cuda : cpu);
  const model = embeddedSttModel(environment);
  const sttMs = cuda && choice === "auto" && model ? await measureBoth(model) : undefined;
  const stt = sttMs ? (sttMs.cuda < sttMs.cpu ? "cuda" : "cpu") : cuda ? "cuda" : "cpu";
  return {
    stt,
    vad,
    vadBatch: best.batch,
    vadWindowUs: Math.round((best.runMs / best.batch) * 10_000) / 10,
    ...(missing !== undefined && choice !== "cpu" ? { fallback: missing } : {}),
    ...(sttMs ? { sttMs } : {}),
    environment: { ...environment, SK_ONNX_STT: stt, SK_ONNX_VAD: vad, SK_VAD_BATCH: String(best.batch) },
  };
}

/** Why models cannot run on CUDA here; `undefined` when they can. Looks before it loads: the runtime prints an error of its own. */
async function cudaMissing(): Promise<string | undefined> {
  const entry = fileURLToPath(import.meta.resolve("onnxruntime-node"));
  const folder = join(dirname(entry), "../bin/napi-v6", process.platform, process.arch);
  for (const name of ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"]) {
    if (!existsSync(join(folder, name))) return `${name} is not in ${folder} (docker/README.md says how to install it)`;
  }
  try {
    await (await openSileroVad("silero-v6", "cuda")).close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The best of a few runs of each size. */
async function measureVad(device: Device): Promise<BatchTiming[]> {
  const model = await openSileroVad("silero-v6", device, BATCHES[BATCHES.length - 1]);
  const timings: BatchTiming[] = [];
  for (const batch of BATCHES) {
    const windows = Float32Array.from({ length: batch * model.windowSamples }, (_, i) => 0.1 * Math.sin(i / 7));
    const states = Array.from({ length: batch }, () => model.createState());
    const out = new Float32Array(batch);
    let runMs = Number.POSITIVE_INFINITY;
    for (let run = 0; run <= RUNS; run++) {
      const startMs = performance.now();
      await model.infer(windows, states, out);
      // The first one allocates.
      if (run > 0) runMs = Math.min(runMs, performance.now() - startMs);
    }
    timings.push({ batch, runMs });
  }
  await model.close();
  return timings;
}

async function measureBoth(model: MoonshineName): Promise<Record<Device, number>> {
  return { cpu: await measureStt(model, "cpu"), cuda: await measureStt(model, "cuda") };
}

async function measureStt(model: MoonshineName, device: Device): Promise<number> {
  const stt = openEmbeddedStt({ model, device });
  try {
    await stt.warm();
    await timeDecode(stt);
    return Math.min(await timeDecode(stt), await timeDecode(stt));
  } finally {
    await stt.close();
  }
}

async function timeDecode(stt: SttPort): Promise<number> {
  const session = stt.open({ language: "en" });
  session.push(Int16Array.from({ length: PROBE_AUDIO_SAMPLES }, (_, i) => 3000 * Math.sin(i / 7) * Math.sin(i / 900)));
  const startMs = performance.now();
  await session.transcribe({ expects: "open", vocabulary: [], speechMs: 2000 }, new AbortController().signal);
  session.close();
  return performance.now() - startMs;
}

/** What `doctor` and the log say, one line. */
export function describeExecution({ stt, vad, vadBatch, vadWindowUs, fallback, sttMs }: Execution): string {
  const measured = sttMs ? ` (${Math.round(sttMs.cpu)} ms on the CPU, ${Math.round(sttMs.cuda)} ms on CUDA)` : "";
  const where = `recogniser on ${stt}${measured}, voice detection on ${vad}, ${vadBatch} windows at once, ${vadWindowUs} µs each`;
  return fallback === undefined ? where : `CUDA is not used: ${fallback}; ${where}`;
}
