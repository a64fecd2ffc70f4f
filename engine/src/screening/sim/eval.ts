/**
 * Evaluates the gate with the committed models on whole simulated calls, for any folder in the training data's format. Groups the weights
 * were trained on are left out. `bun engine/src/screening/sim/eval.ts DATA [PICTURE.svg] [CALLS_PER_KIND]`. Simulated interaction: these are
 * regression figures.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRobocallModels, ROBOCALL_WEIGHTS, type RobocallModels } from "@sk-voice/models/io/robocall.ts";
import { openSileroVad } from "@sk-voice/models/io/silero-vad.ts";
import type { VadModel } from "@sk-voice/models/ports.ts";
import { EVIDENCE_GROUPS, type EvidenceGroup } from "@sk-voice/models/robocall/features.ts";
import { FingerprintStore } from "@sk-voice/models/robocall/fingerprint-store.ts";
import { assume } from "@sk-voice/models/train/assumed.ts";
import { type Data, loadData } from "@sk-voice/models/train/data.ts";
import { reliability } from "@sk-voice/models/train/metrics.ts";
import { population, RECORDING_FAMILIES } from "@sk-voice/models/train/population.ts";
import { simulate } from "@sk-voice/models/train/simulate.ts";
import { z } from "zod";
import { UNDECIDED_AFTER_MS } from "../caller-gate.ts";
import type { ScreeningMode } from "../policy.ts";
import { GateScreen } from "./gate-screen.ts";
import { type EvaluatedCall, lines, reliabilitySvg, reliabilityText, seconds, share, tally } from "./report.ts";

const SEED = 7;

interface Bench {
  readonly data: Data;
  readonly accepts: (group: string) => boolean;
  readonly vad: VadModel;
  readonly models: RobocallModels;
}

interface Evaluation {
  readonly calls: number;
  readonly mode: ScreeningMode;
  readonly without?: EvidenceGroup;
  readonly seed?: number;
  readonly store?: FingerprintStore;
  readonly learn?: boolean;
}

async function evaluate({ data, accepts, vad, models }: Bench, evaluation: Evaluation): Promise<EvaluatedCall[]> {
  const { calls, mode, without, seed = SEED, store, learn } = evaluation;
  const planned = population(data, { seed, accepts, people: calls, recordings: calls });
  const evaluated = planned.map((each) => {
    const assumed = assume(each.robocall, each.random);
    const learnt = learn && store ? { store, id: each.file } : undefined;
    return { planned: each, screen: new GateScreen({ models, mode, assumed, without, learn: learnt }) };
  });
  const plans = evaluated.map(({ planned: each, screen }) => ({
    ...each,
    screen,
    ...(store && !learn ? { store } : {}),
  }));
  await simulate(plans, vad, UNDECIDED_AFTER_MS + 200);
  return evaluated;
}

/** Mean over families of the share suppressed within `withinMs` of answer. */
function macroRecall(calls: readonly EvaluatedCall[], withinMs: number): number {
  const shares = RECORDING_FAMILIES.flatMap((family) => {
    const mine = calls.filter(({ planned }) => planned.kind === family);
    const hits = mine.filter(({ screen }) => screen.verdict?.verdict === "robocall" && screen.verdict.atMs <= withinMs);
    return mine.length > 0 ? [hits.length / mine.length] : [];
  });
  return shares.reduce((a, b) => a + b, 0) / shares.length;
}

function summary(calls: readonly EvaluatedCall[]): string {
  const people = tally(calls.filter(({ planned }) => !planned.robocall));
  const recordings = tally(calls.filter(({ planned }) => planned.robocall));
  const macro = (ms: number) => `${(100 * macroRecall(calls, ms)).toFixed(1)} %`;
  return `people suppressed ${share(people.suppressed, people.calls)}; recordings suppressed, macro over families: ${macro(6000)} at 6 s, ${macro(12_050)} at 12 s; undecided people ${people.undecided}, recordings ${recordings.undecided}`;
}

function print(calls: readonly EvaluatedCall[]): void {
  const people = calls.filter(({ planned }) => !planned.robocall);
  const recordings = calls.filter(({ planned }) => planned.robocall);
  console.log(`\npeople, by kind\n${lines(people, ({ kind }) => kind)}`);
  console.log(`\npeople, by group\n${lines(people, ({ group }) => group)}`);
  console.log(`\nrecordings, by family\n${lines(recordings, ({ kind }) => kind)}`);
  console.log(`\nrecordings, by corpus\n${lines(recordings, ({ corpus }) => corpus)}`);
  const spoken = tally(
    recordings.filter(({ planned }) => ["tts-robocall", "tts-neural", "ivr-recorded-voice"].includes(planned.kind)),
  );
  console.log(
    `\nmonologues: verdict after answer p50 ${seconds(spoken.afterAnswerS, 0.5)} p95 ${seconds(spoken.afterAnswerS, 0.95)}; after their first sound p50 ${seconds(spoken.afterOnsetS, 0.5)} p95 ${seconds(spoken.afterOnsetS, 0.95)}`,
  );
}

const [folder, picture, size = "60"] = process.argv.slice(2);
if (!folder) {
  console.error(
    "usage: bun engine/src/screening/sim/eval.ts DATA [PICTURE.svg] [CALLS_PER_KIND]   (DATA holds MANIFEST.tsv)",
  );
  process.exit(2);
}
const perKind = Number(size);
const metadata = z
  .object({ trained_groups: z.array(z.string()) })
  .parse(JSON.parse(readFileSync(join(ROBOCALL_WEIGHTS, "robocall.json"), "utf8")));
const trained = new Set(metadata.trained_groups);
const bench: Bench = {
  data: loadData(folder),
  accepts: (group) => !trained.has(group),
  vad: await openSileroVad(),
  models: await openRobocallModels(),
};

const balanced = await evaluate(bench, { calls: perKind, mode: "balanced" });
console.log(`balanced: ${summary(balanced)}`);
print(balanced);

const scored = balanced.flatMap(({ planned, screen }) =>
  screen.scores.map((score) => [score, planned.robocall] as const),
);
const bins = reliability(scored);
console.log(`\nreliability of the score, all moments\n${reliabilityText(bins)}`);
if (picture) writeFileSync(picture, reliabilitySvg(bins));

const third = Math.max(5, Math.round(perKind / 3));
console.log(`\nstrict: ${summary(await evaluate(bench, { calls: third, mode: "strict" }))}`);
console.log(`shadow: ${summary(await evaluate(bench, { calls: third, mode: "shadow" }))}`);
console.log(`\nablations, ${third} calls per kind`);
console.log(`  with everything: ${summary(await evaluate(bench, { calls: third, mode: "balanced" }))}`);
for (const without of EVIDENCE_GROUPS) {
  console.log(
    `  without ${without}'s vote: ${summary(await evaluate(bench, { calls: third, mode: "balanced", without }))}`,
  );
}

const store = new FingerprintStore();
await evaluate(bench, { calls: third, mode: "balanced", store, learn: true });
const again = await evaluate(bench, { calls: third, mode: "balanced", seed: SEED + 1, store });
const byPrint = again.filter(({ screen }) => screen.verdict?.reason.by === "fingerprint");
console.log(
  `\nrepeats: ${store.entries.length} recordings remembered; in other calls ${byPrint.filter(({ planned }) => planned.robocall).length} recordings and ${byPrint.filter(({ planned }) => !planned.robocall).length} people were recognised by them, p50 ${seconds(
    byPrint.map(({ screen }) => (screen.verdict!.atMs - screen.onsetMs!) / 1000),
    0.5,
  )} after their first sound`,
);
await bench.vad.close();
await bench.models.close();
