/** Models and providers: the files, where they run, and one sentence there and back through each. */

import { chooseExecution, describeExecution, type Execution } from "@sk-voice/models/io/execution.ts";
import { checkModelFiles } from "@sk-voice/models/io/model-files.ts";
import { createProviders } from "@sk-voice/models/io/providers.ts";
import type { LlmPort, SttPort, TtsPort } from "@sk-voice/models/ports.ts";
import type { Finding } from "../../doctor/judge.ts";

type Environment = Record<string, string | undefined>;

const SENTENCE = "We are open from nine to five.";
const TIMEOUT_MS = 20_000;

export async function checkFiles(): Promise<Finding> {
  const files = await checkModelFiles();
  const bad = files.filter(({ state }) => state !== "ok");
  if (bad.length === 0) return { level: "ok", check: "models", detail: `${files.length} files as they should be` };
  const detail = bad.map(({ name, state }) => `${name} is ${state}`).join(", ");
  return { level: "fail", check: "models", detail, fix: "install again: rm -rf node_modules && bun install" };
}

export async function checkExecution(environment: Environment): Promise<[Finding, Execution]> {
  const execution = await chooseExecution(environment);
  const wanted = environment["SK_ONNX"] === "cuda" && execution.fallback !== undefined;
  const detail = describeExecution(execution);
  if (!wanted) return [{ level: "ok", check: "onnx", detail }, execution];
  return [{ level: "warn", check: "onnx", detail, fix: "install the CUDA provider, or set SK_ONNX=auto" }, execution];
}

/** Each alone, without the one that would step in for it. */
export async function checkProviders(environment: Environment): Promise<Finding[]> {
  const { stt, tts, llm } = createProviders({ ...environment, SK_FALLBACK: "none" });
  try {
    const spoken = await attempt(`voice ${tts.name}`, "SK_TTS and its key", () => speak(tts));
    const sound = spoken.value ?? new Int16Array(16_000);
    const heard = await attempt(`recogniser ${stt.name}`, "SK_STT and its key", () => hear(stt, sound));
    const thought = llm && (await attempt(`model ${llm.name}`, "SK_LLM and its key", () => reach(llm)));
    return [spoken.finding, heard.finding, ...(thought ? [thought.finding] : [])];
  } finally {
    await Promise.all([stt.close(), tts.close()]);
  }
}

interface Measured<T> {
  readonly value: T;
  readonly detail: string;
}

async function attempt<T>(
  check: string,
  settings: string,
  work: () => Promise<Measured<T>>,
): Promise<{ finding: Finding; value?: T }> {
  try {
    const late = Bun.sleep(TIMEOUT_MS).then(() => Promise.reject(new Error(`nothing after ${TIMEOUT_MS / 1000} s`)));
    const { value, detail } = await Promise.race([work(), late]);
    return { finding: { level: "ok", check, detail }, value };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { finding: { level: "fail", check, detail, fix: `check ${settings}, and the way to the provider` } };
  }
}

async function speak(tts: TtsPort): Promise<Measured<Int16Array>> {
  await tts.warm();
  const startMs = performance.now();
  let firstMs: number | undefined;
  const samples: number[] = [];
  const request = { text: SENTENCE, language: "en", voice: "" };
  for await (const chunk of tts.speak(request, new AbortController().signal)) {
    firstMs ??= performance.now() - startMs;
    for (const sample of chunk.samples) samples.push(sample);
  }
  if (firstMs === undefined) throw new Error("it said nothing");
  return { value: Int16Array.from(samples), detail: `first sound after ${Math.round(firstMs)} ms` };
}

async function hear(stt: SttPort, samples: Int16Array): Promise<Measured<string>> {
  await stt.warm();
  const session = stt.open({ language: "en" });
  const startMs = performance.now();
  session.push(samples);
  const hint = { expects: "open", vocabulary: [], speechMs: samples.length / 8 } as const;
  const { text } = await session.transcribe(hint, new AbortController().signal);
  session.close();
  const tookMs = Math.round(performance.now() - startMs);
  return { value: text, detail: `"${text}" after ${tookMs} ms for ${(samples.length / 8000).toFixed(1)} s of sound` };
}

async function reach(llm: LlmPort): Promise<Measured<undefined>> {
  const startMs = performance.now();
  await llm.warm();
  await llm.close();
  return { value: undefined, detail: `reached in ${Math.round(performance.now() - startMs)} ms` };
}
