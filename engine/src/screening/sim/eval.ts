/**
 * Evaluates the gate with the committed models on whole simulated calls, for any folder in the training data's format. Groups the weights
 * were trained on are left out. `bun engine/src/screening/sim/eval.ts DATA [PICTURE.svg] [CALLS_PER_KIND] [trained]`; with `trained` it takes them alone and only the first
 * table: thresholds are chosen there. Simulated interaction: these are regression figures.
 */
import { writeFileSync } from "node:fs";
import { EVIDENCE_GROUPS } from "@sk-voice/models/robocall/features.ts";
import { reliability } from "@sk-voice/models/train/metrics.ts";
import { RECORDING_FAMILIES } from "@sk-voice/models/train/population.ts";
import { evaluateAll } from "./eval-pool.ts";
import type { Evaluation } from "./evaluator.ts";
import { type EvaluatedCall, lines, reliabilitySvg, reliabilityText, seconds, share, tally } from "./report.ts";

const MONOLOGUES = new Set(["tts-robocall", "tts-neural", "ivr-recorded-voice"]);

/** Mean over families of the share suppressed within `withinMs` of answer. */
function macroRecall(calls: readonly EvaluatedCall[], withinMs: number): number {
  const shares = RECORDING_FAMILIES.flatMap((family) => {
    const mine = calls.filter(({ kind }) => kind === family);
    const hits = mine.filter(({ verdict }) => verdict?.verdict === "robocall" && verdict.atMs <= withinMs);
    return mine.length > 0 ? [hits.length / mine.length] : [];
  });
  return shares.reduce((a, b) => a + b, 0) / shares.length;
}

function summary(calls: readonly EvaluatedCall[]): string {
  const people = tally(calls.filter(({ robocall }) => !robocall));
  const recordings = tally(calls.filter(({ robocall }) => robocall));
  const macro = (ms: number) => `${(100 * macroRecall(calls, ms)).toFixed(1)} %`;
  return `people suppressed ${share(people.suppressed, people.calls)}; recordings suppressed, macro over families: ${macro(6000)} at 6 s, ${macro(12_050)} at 12 s; undecided people ${people.undecided}, recordings ${recordings.undecided}; people asked ${percent(people.challenged, people.calls)}, interrupted ${percent(people.interrupted, people.calls)}`;
}

const percent = (hits: number, count: number) => `${((100 * hits) / Math.max(1, count)).toFixed(0)} %`;

function print(calls: readonly EvaluatedCall[]): void {
  const people = calls.filter(({ robocall }) => !robocall);
  const recordings = calls.filter(({ robocall }) => robocall);
  console.log(`\npeople, by kind\n${lines(people, ({ kind }) => kind)}`);
  console.log(`\npeople, by group\n${lines(people, ({ group }) => group)}`);
  console.log(`\nrecordings, by family\n${lines(recordings, ({ kind }) => kind)}`);
  console.log(`\nrecordings, by corpus\n${lines(recordings, ({ corpus }) => corpus)}`);
  const spoken = tally(recordings.filter(({ kind }) => MONOLOGUES.has(kind)));
  console.log(
    `\nmonologues: verdict after answer p50 ${seconds(spoken.afterAnswerS, 0.5)} p95 ${seconds(spoken.afterAnswerS, 0.95)}; after their first sound p50 ${seconds(spoken.afterOnsetS, 0.5)} p95 ${seconds(spoken.afterOnsetS, 0.95)}`,
  );
}

const [folder, picture, size = "60", side = "held-out"] = process.argv.slice(2);
if (!folder || (side !== "held-out" && side !== "trained")) {
  console.error(
    "usage: bun engine/src/screening/sim/eval.ts DATA [PICTURE.svg] [CALLS_PER_KIND] [trained]   (DATA holds MANIFEST.tsv)",
  );
  process.exit(2);
}
const perKind = Number(size);
const third = Math.max(5, Math.round(perKind / 3));
const evaluations = new Map<string, Evaluation>([["balanced", { calls: perKind, mode: "balanced" }]]);
if (side === "held-out") {
  evaluations.set("strict", { calls: third, mode: "strict" });
  evaluations.set("shadow", { calls: third, mode: "shadow" });
  evaluations.set("repeats", { calls: third, mode: "balanced", repeats: true });
  evaluations.set("with everything", { calls: third, mode: "balanced" });
  for (const without of EVIDENCE_GROUPS)
    evaluations.set(`without ${without}'s vote`, { calls: third, mode: "balanced", without });
}
const seed = process.env["SK_SEED"];
const drawn = [...evaluations.values()].map((evaluation) =>
  seed === undefined ? evaluation : { ...evaluation, seed: Number(seed) },
);
const results = await evaluateAll(folder, side, drawn);
const [balanced = [], ...others] = results;
console.log(`balanced, ${side} groups: ${summary(balanced)}`);
print(balanced);

const bins = reliability(balanced.flatMap(({ robocall, scores }) => scores.map((score) => [score, robocall] as const)));
console.log(`\nreliability of the score, all moments\n${reliabilityText(bins)}`);
if (picture && picture !== "-") writeFileSync(picture, reliabilitySvg(bins));

console.log(`\n${third} calls per kind`);
[...evaluations.keys()].slice(1).forEach((name, index) => {
  console.log(`  ${name}: ${summary(others[index]!)}`);
  if (name === "repeats") printRepeats(others[index]!);
});

/** Recordings heard once before, by the same callers with other lines. */
function printRepeats(calls: readonly EvaluatedCall[]): void {
  const known = calls.filter(({ verdict }) => verdict?.reason.by === "fingerprint");
  const recordings = known.filter(({ robocall }) => robocall).length;
  const times = known.map(({ verdict, onsetMs }) => (verdict!.atMs - onsetMs!) / 1000);
  console.log(
    `    recognised by their print: ${recordings} recordings, ${known.length - recordings} people, p50 ${seconds(times, 0.5)} after the first sound`,
  );
}
