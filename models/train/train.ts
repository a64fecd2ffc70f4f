/**
 * Trains both models from a data folder and writes them with metadata, parity vectors and model card into `models/weights/`.
 * `bun models/train/train.ts DATA [OUT]`; two cores, minutes; the same folder gives the same files.
 */
import { join } from "node:path";
import { openSileroVad } from "../src/io/silero-vad.ts";
import { EVIDENCE_GROUPS, FEATURE_VERSION, forgetGroup } from "../src/robocall/features.ts";
import { forward } from "../src/robocall/mlp.ts";
import { SOUND_CLASSES } from "../src/robocall/sound.ts";
import { modelCard } from "./card.ts";
import { corpusIdentity, leaveOneCorpusOut, shuffledLabels, silenceOnly, swappedChains } from "./controls.ts";
import { heldOut, loadData } from "./data.ts";
import { quantile } from "./metrics.ts";
import { population } from "./population.ts";
import { type RehearsedCall, rehearse } from "./snapshots.ts";
import { fitSound, soundExamples } from "./sound-model.ts";
import { fitText } from "./text-model.ts";
import { aucAt, examplesOf, fitVerdict } from "./verdict-model.ts";
import { writeWeights } from "./weights.ts";

const SEED = 1;
const TRAINED = { people: 80, recordings: 100 };
const TESTED = { people: 40, recordings: 50 };
const NETWORK = { epochs: 10, hidden: 32 };

const [folder, out = join(import.meta.dir, "../weights")] = process.argv.slice(2);
if (!folder) {
  console.error(
    "usage: bun models/train/train.ts DATA [OUT]   (DATA holds MANIFEST.tsv; see models/weights/README.md)",
  );
  process.exit(2);
}

const startedMs = performance.now();
const say = (text: string) =>
  console.log(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${text}`);
const vad = await openSileroVad();
const data = loadData(folder);
const accepts = { train: (group: string) => !heldOut(group), test: heldOut };
say(`${data.clips.length} clips; ${new Set(data.clips.map(({ group }) => group)).size} groups`);

const text = fitText(folder, SEED);
say(
  text
    ? `first words: AUC ${text.heldOutAuc.toFixed(3)} on held-out families`
    : "no text/ folder: the first-words model is left as it is",
);

const sound = fitSound(await soundExamples(data, accepts.train, 150, SEED, vad), SEED);
const soundTest = await soundExamples(data, accepts.test, 50, SEED + 1, vad);
const confusion = SOUND_CLASSES.map((_, truth) =>
  SOUND_CLASSES.map(
    (__, guess) =>
      soundTest.filter(({ input, label }) => label === truth && best(forward(sound, input)) === guess).length,
  ),
);
say(`sound classes, truth by row ${SOUND_CLASSES.join(" ")}: ${confusion.map((row) => row.join(" ")).join(" | ")}`);

const train = await rehearse(population(data, { seed: SEED + 2, accepts: accepts.train, ...TRAINED }), sound, vad);
const test = await rehearse(population(data, { seed: SEED + 3, accepts: accepts.test, ...TESTED }), sound, vad);
say(`${train.length} calls rehearsed for training, ${test.length} for testing`);

const verdict = fitVerdict(examplesOf(train), { seed: SEED, ...NETWORK });
const aucs = Object.fromEntries(
  [4000, 6000, 8000, 12_000].map((atMs) => [`${atMs / 1000} s`, aucAt(test, verdict, atMs)]),
);
say(`verdict AUC on held-out groups: ${list(aucs)}`);
const alone = Object.fromEntries(EVIDENCE_GROUPS.map((group) => [group, aucAt(only(test, group), verdict, 8000)]));
const without = Object.fromEntries(EVIDENCE_GROUPS.map((group) => [group, aucAt(hidden(test, group), verdict, 8000)]));
say(`each group alone, 8 s: ${list(alone)}`);
say(`without each group, 8 s: ${list(without)}`);

const controls = {
  shuffled: shuffledLabels(train, test, SEED),
  silence: silenceOnly(train, test, SEED),
  corpus: corpusIdentity(train, test, SEED),
  swapped: await swappedChains(data, accepts, sound, vad, SEED + 10),
};
say(
  `control, shuffled labels: mean AUC ${controls.shuffled.mean.toFixed(3)} ± ${controls.shuffled.error.toFixed(3)} (0.5 expected)`,
);
say(`control, the line's level alone: AUC ${controls.silence.toFixed(3)} (0.5 expected)`);
say(
  `control, corpus named from the features: ${pct(controls.corpus.accuracy)}, always the commonest: ${pct(controls.corpus.commonest)}`,
);
say(
  `control, swapped lines: AUC ${controls.swapped.all.toFixed(3)}, level alone ${controls.swapped.levelAlone.toFixed(3)} (below 0.5 expected)`,
);
const leftOut = leaveOneCorpusOut([...train, ...test], SEED);
for (const { corpus, calls, auc } of leftOut)
  say(`without corpus ${corpus} (${calls} calls): AUC ${auc.toFixed(3)} on it`);

const votes = Object.fromEntries(EVIDENCE_GROUPS.map((group) => [group, voteThreshold(only(train, group))]));
const threshold = Math.max(0.6, quantile(peopleScores(train, 2000), 0.98));
say(`thresholds: all ${threshold.toFixed(3)}; votes ${list(votes)}`);
const metadata = {
  feature_version: FEATURE_VERSION,
  data_sha256: data.hash,
  seed: SEED,
  threshold,
  votes,
  trained_groups: [...new Set(data.clips.map(({ group }) => group).filter(accepts.train))].sort(),
  metrics: {
    auc: aucs,
    alone,
    without,
    controls,
    left_out: leftOut,
    text_auc: text?.heldOutAuc ?? null,
    sound_confusion: confusion,
  },
};
await writeWeights(out, {
  sound,
  verdict,
  text: text?.weights,
  metadata,
  card: modelCard(metadata, test, verdict),
  sample: test,
});
say(`written to ${out}`);
await vad.close();

function best(values: Float64Array): number {
  return values.indexOf(Math.max(...values));
}

function only(calls: readonly RehearsedCall[], group: (typeof EVIDENCE_GROUPS)[number]): RehearsedCall[] {
  return edited(calls, (features) => {
    for (const other of EVIDENCE_GROUPS) if (other !== group) forgetGroup(features, other);
  });
}

function hidden(calls: readonly RehearsedCall[], group: (typeof EVIDENCE_GROUPS)[number]): RehearsedCall[] {
  return edited(calls, (features) => forgetGroup(features, group));
}

function edited(calls: readonly RehearsedCall[], edit: (features: Float32Array) => void): RehearsedCall[] {
  return calls.map((call) => ({
    ...call,
    snapshots: call.snapshots.map(({ atMs, features }) => {
      const copy = features.slice();
      edit(copy);
      return { atMs, features: copy };
    }),
  }));
}

/** A group votes against a caller only above what nine of ten moments of people in training reach: two votes are needed, one of them behaviour. */
function voteThreshold(calls: readonly RehearsedCall[]): number {
  return Math.max(0.5, quantile(peopleScores(calls, 4000), 0.9));
}

function peopleScores(calls: readonly RehearsedCall[], fromMs: number): number[] {
  return calls
    .filter(({ planned }) => !planned.robocall)
    .flatMap(({ snapshots }) =>
      snapshots.filter(({ atMs }) => atMs >= fromMs).map(({ features }) => forward(verdict, features)[0]!),
    );
}

function list(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(", ");
}

function pct(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
