import { expect, test } from "bun:test";
import { hint, llmConformance, sttConformance, ttsConformance, unaborted } from "../../test/conformance.ts";
import type { Scheduler } from "../scheduler.ts";
import type { LlmStep } from "./scripted.ts";
import { scriptedLlm, scriptedStt, scriptedTts, scriptedVad } from "./scripted.ts";

const immediately: Scheduler = (_, run) => {
  let cancelled = false;
  queueMicrotask(() => {
    if (!cancelled) run();
  });
  return () => {
    cancelled = true;
  };
};

sttConformance("the scripted recogniser", async () => ({
  port: scriptedStt(immediately, {
    delayMs: 100,
    answer: () => ({ text: "an appointment", confidence: 0.9, language: "en" }),
  }),
  audio: new Int16Array(8000),
  word: /appointment/,
}));

ttsConformance("the scripted voice", async () => scriptedTts(immediately));

llmConformance("the scripted model", async () => {
  let steps: LlmStep[] = [];
  return {
    port: scriptedLlm(immediately, { firstTokenMs: 300, reply: () => steps }),
    say: (...texts) => {
      steps = texts.flatMap((text) => [
        { type: "text" as const, text },
        { type: "wait" as const, ms: 1 },
      ]);
    },
    call: (id, name, argumentsValue) => {
      steps = [{ type: "tool-call", call: { id, name, arguments: argumentsValue } }];
    },
  };
});

test("delays are the scheduler's alone: nothing happens until virtual time says so", async () => {
  const queue: { delayMs: number; run: () => void }[] = [];
  const stt = scriptedStt(
    (delayMs, run) => {
      queue.push({ delayMs, run });
      return () => undefined;
    },
    { delayMs: 180, answer: ({ utterance }) => ({ text: `utterance ${utterance}`, confidence: 1, language: "en" }) },
  );
  const session = stt.open({ language: "en" });
  session.push(new Int16Array(160));
  let text: string | undefined;
  const asked = session.transcribe(hint(), unaborted()).then((result) => {
    text = result.text;
  });
  await Promise.resolve();
  expect(text).toBeUndefined();
  expect(queue.map((entry) => entry.delayMs)).toEqual([180]);
  queue[0]!.run();
  await asked;
  expect(text).toBe("utterance 0");
});

test("the scripted VAD calls loud speech", async () => {
  const vad = scriptedVad();
  const windows = new Float32Array(512).fill(0.1, 256);
  const out = new Float32Array(2);
  await vad.infer(windows, [vad.createState(), vad.createState()], out);
  expect(out[0]).toBeLessThan(0.35);
  expect(out[1]).toBeGreaterThan(0.5);
});
