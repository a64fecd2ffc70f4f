/** Experiments that must fail, or the model has learned the corpora instead of callers; and the one that shows what carries over. */
import type { VadModel } from "../src/ports.ts";
import { EVIDENCE_GROUPS, forgetGroup } from "../src/robocall/features.ts";
import { forward, type Mlp } from "../src/robocall/mlp.ts";
import type { Data } from "./data.ts";
import { type Example, fit } from "./fit.ts";
import { auc } from "./metrics.ts";
import { population } from "./population.ts";
import { Random } from "./random.ts";
import { type RehearsedCall, rehearse } from "./snapshots.ts";
import { aucAt, examplesOf, fitVerdict, scoresAt } from "./verdict-model.ts";

const AT_MS = 8000;
const QUICK = { epochs: 4, hidden: 16 };

const DEALS = 40;

/**
 * Labels dealt out at random, call by call. Whatever direction one deal prefers, the two kinds of callers lie far apart in it: an AUC deviates by 0.2 from the mean of all deals,
 * and that mean must be near 0.5. Without the signs that training forces upon features: with them it knows before it learns that who ignores her is a robocall.
 */
export function shuffledLabels(
  train: readonly RehearsedCall[],
  test: readonly RehearsedCall[],
  seed: number,
): { readonly mean: number; readonly error: number } {
  const random = new Random(seed);
  const labels = train.map(({ planned }) => planned.robocall);
  const aucs = Array.from({ length: DEALS }, (_, deal) => {
    random.shuffle(labels);
    const dealt = train.map((call, index) => ({ ...call, planned: { ...call.planned, robocall: labels[index]! } }));
    return aucAt(test, fitVerdict(examplesOf(dealt), { seed: seed + deal, ...QUICK, monotone: false }), AT_MS);
  });
  const mean = aucs.reduce((a, b) => a + b, 0) / DEALS;
  const variance = aucs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (DEALS - 1);
  return { mean, error: Math.sqrt(variance / DEALS) };
}

/** Only the line's level and noise, of calls in which someone speaks: must end near 0.5. */
export function silenceOnly(train: readonly RehearsedCall[], test: readonly RehearsedCall[], seed: number): number {
  const spoken = (calls: readonly RehearsedCall[]) =>
    calls
      .filter(
        ({ planned }) => planned.corpus !== "generated" && planned.kind !== "muted" && planned.kind !== "hold-music",
      )
      .map((call) => ({
        ...call,
        snapshots: call.snapshots.map((each) => ({ ...each, features: lineOnly(each.features) })),
      }));
  return aucAt(spoken(test), fitVerdict(examplesOf(spoken(train)), { seed, ...QUICK }), AT_MS);
}

function lineOnly(features: Float32Array): Float32Array {
  const copy = features.slice();
  for (const group of EVIDENCE_GROUPS) if (group !== "level") forgetGroup(copy, group);
  return copy;
}

/** Share of people's moments whose corpus a classifier names, against always naming the commonest: must be close. */
export function corpusIdentity(
  train: readonly RehearsedCall[],
  test: readonly RehearsedCall[],
  seed: number,
): { readonly accuracy: number; readonly commonest: number } {
  const corpora = [
    ...new Set(train.filter(({ planned }) => !planned.robocall).map(({ planned }) => planned.corpus)),
  ].sort();
  const examples = (calls: readonly RehearsedCall[]): Example[] =>
    calls
      .filter(({ planned }) => !planned.robocall && corpora.includes(planned.corpus))
      .flatMap(({ planned, snapshots }) =>
        snapshots
          .slice(-1)
          .map(({ features }) => ({ input: features, label: corpora.indexOf(planned.corpus), weight: 1 })),
      );
  const options = { seed, hidden: 16, classes: corpora.length, epochs: 40, rate: 0.01, decay: 0.02 };
  const mlp = fit(examples(train), options);
  const tested = examples(test);
  const right = tested.filter(({ input, label }) => {
    const out = forward(mlp, input);
    return out.indexOf(Math.max(...out)) === label;
  });
  const counts = corpora.map((_, k) => tested.filter(({ label }) => label === k).length);
  return { accuracy: right.length / tested.length, commonest: Math.max(...counts) / tested.length };
}

/** Trained with people on quiet lines and machines on noisy ones, tested the other way round: a model of lines falls below 0.5. */
export async function swappedChains(
  data: Data,
  accepts: { readonly train: (group: string) => boolean; readonly test: (group: string) => boolean },
  sound: Mlp,
  vad: VadModel,
  seed: number,
): Promise<{ readonly all: number; readonly levelAlone: number }> {
  const sizes = { people: 25, recordings: 32 };
  const plan = (side: "train" | "test", peopleLine: "quiet" | "noisy", add: number) =>
    population(data, { seed: seed + add, accepts: accepts[side], ...sizes, peopleLine });
  const train = await rehearse(plan("train", "quiet", 1), sound, vad);
  const test = await rehearse(plan("test", "noisy", 2), sound, vad);
  const mlp = fitVerdict(examplesOf(train), { seed, ...QUICK });
  const level = (calls: readonly RehearsedCall[]) =>
    calls.map((call) => ({
      ...call,
      snapshots: call.snapshots.map((each) => ({ ...each, features: lineOnly(each.features) })),
    }));
  return { all: aucAt(test, mlp, AT_MS), levelAlone: aucAt(level(test), mlp, AT_MS) };
}

export interface LeftOut {
  readonly corpus: string;
  readonly robocall: boolean;
  readonly calls: number;
  /** Against the held-out callers of the other side. */
  readonly auc: number;
}

/** For every corpus: trained without it, tested on it. */
export function leaveOneCorpusOut(all: readonly RehearsedCall[], seed: number): LeftOut[] {
  const corpora = [...new Set(all.map(({ planned }) => planned.corpus))].sort();
  return corpora.map((corpus) => {
    const left = all.filter(({ planned }) => planned.corpus === corpus);
    const rest = all.filter(({ planned }) => planned.corpus !== corpus);
    const robocall = left[0]!.planned.robocall;
    const mlp = fitVerdict(examplesOf(rest), { seed, ...QUICK });
    const mine = scoresAt(left, mlp, AT_MS);
    const others = scoresAt(rest, mlp, AT_MS);
    const value = robocall ? auc(others.people, mine.robocalls) : auc(mine.people, others.robocalls);
    return { corpus, robocall, calls: left.length, auc: value };
  });
}
