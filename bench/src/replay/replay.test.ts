import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallOutput } from "@sk-voice/engine/call/events.ts";
import { decodeTape } from "@sk-voice/engine/replay/tape.ts";
import { interruptingParty } from "@sk-voice/engine/sim/party.ts";
import { playTape } from "@sk-voice/engine/sim/player/player.ts";
import { simulateCall } from "@sk-voice/engine/sim/world.ts";
import { CallMeter } from "./measure.ts";
import { policyOf } from "./policies.ts";

const folder = mkdtempSync(join(tmpdir(), "sk-replay-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said = (text: string): CallOutput => ({ type: "caption", speaker: "caller", text });
const DUCK: CallOutput = { type: "duck" };
const UNDUCK: CallOutput = { type: "unduck" };
const INTERRUPT: CallOutput = { type: "interrupt" };
const speak = (item: number): CallOutput => ({ type: "speak", item, text: "x", onInterrupt: "drop", place: "last" });
const think = (turn: number): CallOutput => ({ type: "think", turn, messages: [] });

function measured(outputs: readonly (readonly [atMs: number, output: CallOutput])[]) {
  const meter = new CallMeter();
  for (const [atMs, output] of outputs) meter.output(atMs, output);
  return meter.figures(undefined);
}

test("a cough is a resume, words are a barge-in, words that nobody understood a false stop", () => {
  expect(
    measured([
      [0, speak(1)],
      [1000, DUCK],
      [1300, UNDUCK],
      [2000, speak(2)],
      [3000, DUCK],
      [3400, UNDUCK],
      [3400, INTERRUPT],
      [4000, said("stop")],
      [4000, think(1)],
      [4100, speak(3)],
      [6000, DUCK],
      [6400, UNDUCK],
      [6400, INTERRUPT],
      [7500, speak(4)],
    ]),
  ).toEqual({ responsesMs: [], turns: 1, cutOffs: 0, bargeIns: 2, falseStops: 1, resumesMs: [300] });
});

test("a caller who goes on within a second of her turn was cut off", () => {
  const { cutOffs } = measured([
    [1000, think(1)],
    [1200, speak(1)],
    [1500, DUCK],
    [1900, UNDUCK],
    [1900, INTERRUPT],
    [2500, said("and then")],
  ]);
  expect(cutOffs).toBe(1);
});

test("policies by name and by file; what is none is refused with what there is", () => {
  expect(policyOf("silence-600").endpoint).toMatchObject({ fixedMs: 600, finishedMs: 450 });
  const file = join(folder, "mine.json");
  writeFileSync(file, '{"interruption":{"blipMs":300},"silenceMs":5000}');
  expect(policyOf(file)).toMatchObject({ silenceMs: 5000, interruption: { blipMs: 300, holdMs: 240 } });
  writeFileSync(file, '{"endpoint":{"finishedMS":1}}');
  expect(() => policyOf(file)).toThrow(/mine\.json is not a policy[\s\S]*finishedMS/);
  expect(() => policyOf("slow")).toThrow("there are default, quick");
});

test("an impatient policy answers sooner, from the same tape", async () => {
  const lines: string[] = [];
  await simulateCall({
    seed: 3,
    party: interruptingParty(["a haircut", "What are your opening hours?"], Number.POSITIVE_INFINITY),
    network: {},
    maxMs: 20_000,
    tape: { write: (line) => lines.push(line), close: () => {} },
  });
  const tape = decodeTape(lines.join("\n"));
  const response = async (policy: string) => {
    const meter = new CallMeter();
    const { report } = await playTape(tape, { policy: policyOf(policy), observe: meter.output });
    return meter.figures(report).responsesMs[0]!;
  };
  const [usual, quick, patient] = [await response("default"), await response("quick"), await response("patient")];
  expect(quick).toBeLessThan(usual);
  expect(patient).toBeGreaterThan(usual);
});
