/** With a tiny model of the same shape: is over what ends in silence. The real one is not shipped. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MEL_BANDS, MEL_FRAMES } from "../turn/log-mel.ts";
import { ModelWriter } from "../vad/onnx-file.ts";
import { addModel } from "./cli/models.ts";
import { findSmartTurn, openSmartTurn } from "./smart-turn.ts";

const folder = mkdtempSync(join(tmpdir(), "sk-models-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** Probability: how quiet the last 100 ms are, against a threshold. `scale` 0 answers one half, `raw` no probability at all. */
function tinyModel(raw = false): Uint8Array {
  const model = new ModelWriter();
  const input = model.input("input_features", "float32", [1, MEL_BANDS, MEL_FRAMES]);
  const weights = new Float32Array(MEL_BANDS * MEL_FRAMES);
  for (let band = 0; band < MEL_BANDS; band++)
    weights.fill(-0.05, band * MEL_FRAMES + MEL_FRAMES - 10, (band + 1) * MEL_FRAMES);
  const flat = model.node("Flatten", [input], { axis: 1 });
  const sum = model.node("MatMul", [flat, model.floats(weights, [weights.length, 1])]);
  if (raw) model.node("Mul", [sum, model.floats(Float32Array.of(100), [1])], {}, "logits");
  else model.node("Sigmoid", [sum], {}, "logits");
  model.output("logits", [1, 1]);
  return model.bytes(17);
}

const tone = (ms: number) => Int16Array.from({ length: ms * 8 }, (_, n) => 8000 * Math.sin(n / 3));
const { signal } = new AbortController();

test("a model is added by its hash alone, loaded, and asked about the end of a turn", async () => {
  const file = join(folder, "published.onnx");
  const bytes = tinyModel();
  writeFileSync(file, bytes);
  expect(addModel(join(folder, "models"), file, undefined)).rejects.toThrow(`--sha256 ${sha256(bytes)}`);
  expect(addModel(join(folder, "models"), file, "0".repeat(64))).rejects.toThrow("not what you asked for");
  expect(findSmartTurn(join(folder, "models"))).toBeUndefined();
  await addModel(join(folder, "models"), file, sha256(bytes));
  const found = findSmartTurn(join(folder, "models"));
  expect(found?.sha256).toBe(sha256(bytes));
  const model = openSmartTurn(found!);
  const quiet = await model.overProbability(Int16Array.from([...tone(2000), ...new Int16Array(8 * 300)]), signal);
  const loud = await model.overProbability(tone(2300), signal);
  expect(quiet).toBeGreaterThan(0.8);
  expect(loud).toBeLessThan(0.2);
  await model.close();
});

test("what is no such model is refused and not kept; one that was changed afterwards is not used", async () => {
  const other = join(folder, "other.onnx");
  const bytes = tinyModel(true);
  writeFileSync(other, bytes);
  const empty = join(folder, "empty");
  expect(await addModel(empty, other, sha256(bytes)).catch((error: Error) => error.message)).toContain(
    "no Smart Turn v3",
  );
  expect(readdirSync(empty)).toEqual([]);
  const changed = openSmartTurn({ path: other, sha256: "1".repeat(64) });
  expect(await changed.warm().catch((error: Error) => error.message)).toContain("has changed");
  await changed.close();
});
