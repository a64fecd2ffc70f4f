import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SOUND_CLASSES } from "../robocall/sound.ts";
import { openRobocallModels, ROBOCALL_WEIGHTS } from "./robocall.ts";

interface Vector {
  readonly input: number[];
  readonly output: number[];
}

const models = await openRobocallModels();
afterAll(() => models.close());

const parity: Record<"sound" | "verdict", Vector[]> = JSON.parse(
  readFileSync(join(ROBOCALL_WEIGHTS, "robocall-parity.json"), "utf8"),
);

test("the sound model answers as trained, to 1e-6", async () => {
  expect(parity.sound.length).toBeGreaterThan(10);
  for (const { input, output } of parity.sound) {
    const answer = await models.classify(Float32Array.from(input));
    expect(answer.length).toBe(SOUND_CLASSES.length);
    for (let k = 0; k < output.length; k++) expect(Math.abs(answer[k]! - output[k]!)).toBeLessThan(1e-6);
  }
});

test("the verdict model answers as trained, to 1e-6, whoever else asks meanwhile", async () => {
  expect(parity.verdict.length).toBeGreaterThan(10);
  const answers = await Promise.all(parity.verdict.map(({ input }) => models.judge(Float32Array.from(input))));
  answers.forEach(({ all }, index) => {
    expect(Math.abs(all - parity.verdict[index]!.output[0]!)).toBeLessThan(1e-6);
  });
});

test("what many calls ask at once is answered in few runs, each with its own answer", async () => {
  const asks = Array.from({ length: 70 }, (_, k) => parity.sound[k % parity.sound.length]!);
  const before = models.runs;
  const answers = await Promise.all(asks.map(({ input }) => models.classify(Float32Array.from(input))));
  expect(models.runs - before).toBe(3);
  answers.forEach((answer, index) => {
    const { output } = asks[index]!;
    for (let k = 0; k < output.length; k++) expect(Math.abs(answer[k]! - output[k]!)).toBeLessThan(1e-6);
  });
});

test("weights of another feature version are refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weights-"));
  const metadata = JSON.parse(readFileSync(join(ROBOCALL_WEIGHTS, "robocall.json"), "utf8"));
  writeFileSync(join(folder, "robocall.json"), JSON.stringify({ ...metadata, feature_version: 999 }));
  await expect(openRobocallModels(folder)).rejects.toThrow("train them again");
  rmSync(folder, { recursive: true });
});
