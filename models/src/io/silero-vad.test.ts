import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { speechOf } from "../../test/clips.ts";
import type { VadModel } from "../ports.ts";
import { type SpeechEdge, SpeechSegmenter } from "../vad/segmenter.ts";
import { WindowBuffer } from "../window.ts";
import { openEmbeddedTts } from "./embedded-tts.ts";
import { MAX_VAD_BATCH, openSileroVad, VAD_NAMES } from "./silero-vad.ts";

/** Deterministic noise-like audio, different per call and window. */
function window(call: number, index: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, i) => Math.sin((i + index * 256) * (0.05 + call * 0.013)) * 0.3);
}

for (const name of VAD_NAMES) {
  describe(name, () => {
    let vad: VadModel;
    beforeAll(async () => {
      vad = await openSileroVad(name);
    });
    afterAll(() => vad.close());

    test.each([2, 7, MAX_VAD_BATCH + 3])("a batch of %d equals as many single runs", async (calls) => {
      const batched = Array.from({ length: calls }, () => vad.createState());
      const single = Array.from({ length: calls }, () => vad.createState());
      const out = new Float32Array(calls);
      const one = new Float32Array(1);
      for (let index = 0; index < 4; index++) {
        const windows = new Float32Array(calls * 256);
        for (let call = 0; call < calls; call++) windows.set(window(call, index), call * 256);
        await vad.infer(windows, batched, out);
        for (let call = 0; call < calls; call++) {
          await vad.infer(window(call, index), [single[call]!], one);
          expect(Math.abs(out[call]! - one[0]!)).toBeLessThan(1e-5);
        }
      }
      const worst = batched.map((state, call) =>
        Math.max(...state.data.map((value, k) => Math.abs(value - single[call]!.data[k]!))),
      );
      expect(Math.max(...worst)).toBeLessThan(1e-4);
    });

    test("silence is not speech", async () => {
      const state = vad.createState();
      const out = new Float32Array(1);
      for (let i = 0; i < 20; i++) await vad.infer(new Float32Array(256), [state], out);
      expect(out[0]).toBeLessThan(0.2);
    });

    test("overlapping calls do not mix their tensors", async () => {
      const [a, b] = [vad.createState(), vad.createState()];
      const [outA, outB] = [new Float32Array(1), new Float32Array(1)];
      await Promise.all([vad.infer(window(0, 0), [a], outA), vad.infer(window(5, 0), [b], outB)]);
      const again = vad.createState();
      const out = new Float32Array(1);
      await vad.infer(window(0, 0), [again], out);
      expect(out[0]).toBe(outA[0]!);
      expect(again.data).toEqual(a.data);
    });

    test("too few samples is the caller's bug and says so", async () => {
      const states = [vad.createState(), vad.createState()];
      expect(vad.infer(new Float32Array(256), states, new Float32Array(2))).rejects.toThrow("2 VAD states need 512");
    });
  });
}

test("a sentence in silence, packet by packet: one start at its onset, an end at its end", async () => {
  const tts = openEmbeddedTts();
  const vad = await openSileroVad();
  const speech = await speechOf(tts, "I would like an appointment tomorrow.", "rms");
  const audio = new Int16Array(8000 + speech.length + 8000);
  audio.set(speech, 8000);
  const windows: { audio: Float32Array; endMs: number }[] = [];
  const buffer = new WindowBuffer(vad.windowSamples);
  for (let at = 0; at < audio.length; at += 160) {
    buffer.push(audio.subarray(at, at + 160), (window, samplesAfter) => {
      windows.push({ audio: window.slice(), endMs: (Math.min(at + 160, audio.length) - samplesAfter) / 8 });
    });
  }
  const segmenter = new SpeechSegmenter();
  const states = [vad.createState()];
  const out = new Float32Array(1);
  const edges: SpeechEdge[] = [];
  for (const window of windows) {
    await vad.infer(window.audio, states, out);
    const edge = segmenter.push(out[0]!, window.endMs);
    if (edge && edge.type !== "onset" && edge.type !== "onset-lost") edges.push(edge);
  }
  await Promise.all([tts.close(), vad.close()]);
  expect(edges[0]!.type).toBe("speech-start");
  expect(Math.abs(edges[0]!.atMs - 1000)).toBeLessThan(150);
  expect(edges.at(-1)!.type).toBe("speech-end");
  expect(Math.abs(edges.at(-1)!.atMs - (1000 + speech.length / 8))).toBeLessThan(250);
});
