import { expect, test } from "bun:test";
import { chooseExecution, describeExecution } from "./execution.ts";
import { createProviders } from "./providers.ts";

test("where CUDA is asked for and missing, models run on the CPU and the reason is said", async () => {
  const execution = await chooseExecution({ SK_ONNX: "cuda" });
  // On a machine with the provider and a GPU there is nothing to fall back from.
  if (execution.fallback === undefined) return expect(execution.vad).toBe("cuda");
  expect(execution).toMatchObject({ stt: "cpu", vad: "cpu" });
  expect(describeExecution(execution)).toStartWith("CUDA is not used: ");
});

test("what was chosen reaches the voice detector of every thread by its settings", async () => {
  const { environment, fallback, vadBatch } = await chooseExecution({ SK_ONNX: "cpu" });
  expect(fallback).toBeUndefined();
  const vad = await createProviders(environment).openVad();
  expect(vad.maxBatch).toBe(vadBatch);
  await vad.close();
});

test("an unknown device is named", async () => {
  expect(chooseExecution({ SK_ONNX: "rocm" })).rejects.toThrow("SK_ONNX");
});
