import { describe, expect, test } from "bun:test";
import { type ColdInput, ColdTransfer } from "./cold-transfer.ts";
import { type WarmInput, WarmTransfer } from "./warm-transfer.ts";

type WarmStep = WarmInput["type"] | number | WarmInput;

function warm(...steps: readonly WarmStep[]): string[] {
  const core = new WarmTransfer(0, { ringMs: 25_000, acceptMs: 20_000, maxBridgedMs: 600_000 });
  const outputs: string[] = [];
  let now = 0;
  for (const step of steps) {
    if (typeof step === "number") now += step;
    const input = typeof step === "object" ? step : { type: typeof step === "number" ? "tick" : step };
    core.handle(now, input as WarmInput);
    for (let output = core.poll(); output; output = core.poll()) {
      outputs.push(output.type === "outcome" ? output.outcome : output.type);
    }
  }
  if (core.state === "over") expect(core.deadline()).toBe(Number.POSITIVE_INFINITY);
  return outputs;
}

const ended = (status: number) => ({ type: "human-ended", status }) as const;

describe("warm transfer", () => {
  const cases: [string, WarmStep[], string[]][] = [
    ["accepted, the human hangs up", ["answered", "accepts", ended(0)], ["whisper", "bridge", "bridged", "end-caller"]],
    [
      "accepted, the caller hangs up",
      ["answered", "accepts", "caller-ended"],
      ["whisper", "bridge", "bridged", "end-human"],
    ],
    ["too long", ["answered", "accepts", 600_001], ["whisper", "bridge", "bridged", "end-human", "end-caller"]],
    ["nobody answers", [24_999, 2], ["end-human", "no-answer"]],
    ["busy", [ended(486)], ["busy"]],
    ["declined by the telephone", [ended(603)], ["declined"]],
    ["switched off", [ended(480)], ["no-answer"]],
    ["no such number", [ended(404)], ["failed"]],
    ["the carrier is down", [ended(503)], ["failed"]],
    ["presses 2", ["answered", "declines"], ["whisper", "end-human", "declined"]],
    ["hangs up during the whisper", ["answered", ended(0)], ["whisper", "declined"]],
    ["a mailbox answers and accepts nothing", ["answered", 20_001], ["whisper", "end-human", "no-answer"]],
    ["the caller gives up while it rings", ["caller-ended", "answered", "accepts"], ["end-human"]],
    ["the caller gives up during the whisper", ["answered", "caller-ended", ended(0)], ["whisper", "end-human"]],
    ["accepts before answering", ["accepts", "declines"], []],
  ];
  for (const [what, steps, outputs] of cases) test(what, () => expect(warm(...steps)).toEqual(outputs));
});

function cold(...steps: readonly (ColdInput | number)[]): string[] {
  const core = new ColdTransfer(0);
  const outputs: string[] = [];
  let now = 0;
  for (const step of steps) {
    if (typeof step === "number") now += step;
    core.handle(now, typeof step === "number" ? { type: "tick" } : step);
    for (let output = core.poll(); output; output = core.poll()) outputs.push(output.outcome);
  }
  return outputs;
}

describe("cold transfer", () => {
  const result = (status: number) => ({ type: "refer-result", status }) as const;
  const progress = (status: number, isOver = status >= 200) => ({ type: "refer-progress", status, isOver }) as const;
  const cases: [string, (ColdInput | number)[], string[]][] = [
    ["taken", [result(202), progress(100), progress(180), progress(200)], ["referred"]],
    ["taken, the NOTIFY overtakes the 202", [progress(100), progress(200), result(202)], ["referred"]],
    ["busy", [result(202), progress(100), progress(486)], ["busy"]],
    ["refused by the carrier", [result(405)], ["failed"]],
    ["no answer to the REFER", [45_001], ["failed"]],
    ["a carrier that never notifies", [result(202), 3999, 2], ["referred"]],
    ["rings for ever", [result(202), progress(100), 44_999, 2], ["no-answer"]],
    ["the subscription ends without a word", [result(202), progress(100, true)], ["failed"]],
  ];
  for (const [what, steps, outputs] of cases) test(what, () => expect(cold(...steps)).toEqual(outputs));
});
