/** Fits the verdict model and measures it moment by moment. */
import { EVIDENCE_GROUPS, FALLING, FEATURES, forgetGroup, RISING } from "../src/robocall/features.ts";
import { forward, type Mlp } from "../src/robocall/mlp.ts";
import { type Example, fit } from "./fit.ts";
import { auc } from "./metrics.ts";
import type { Random } from "./random.ts";
import type { RehearsedCall } from "./snapshots.ts";

/** Each group is hidden this often, so that none becomes load-bearing; half of the time all but one are, so that each can stand alone. */
const HIDDEN = 0.25;
const ALONE = 0.4;

function hideGroups(features: Float32Array, random: Random): void {
  const alone = random.chance(ALONE) ? random.pick(EVIDENCE_GROUPS) : undefined;
  for (const group of EVIDENCE_GROUPS) {
    if (alone ? group !== alone : random.chance(HIDDEN)) forgetGroup(features, group);
  }
}

/** People weigh as much as recordings in total. */
export function examplesOf(calls: readonly RehearsedCall[]): Example[] {
  const moments = (robocall: boolean) =>
    calls.filter(({ planned }) => planned.robocall === robocall).reduce((sum, call) => sum + call.snapshots.length, 0);
  const [people, robocalls] = [moments(false), moments(true)];
  return calls.flatMap(({ planned, snapshots }) =>
    snapshots.map(({ features }) => ({
      input: features,
      label: planned.robocall ? 1 : 0,
      weight: (people + robocalls) / 2 / (planned.robocall ? robocalls : people),
    })),
  );
}

export interface VerdictFit {
  readonly seed: number;
  readonly epochs: number;
  readonly hidden: number;
  /** False: a higher value may mean anything. */
  readonly monotone?: boolean;
}

export function fitVerdict(examples: readonly Example[], { seed, epochs, hidden, monotone = true }: VerdictFit): Mlp {
  const indexOf = (name: string) => FEATURES.indexOf(name);
  return fit(examples, {
    seed,
    hidden,
    classes: 1,
    epochs,
    rate: 0.005,
    decay: 0.02,
    disturb: hideGroups,
    rising: monotone ? RISING.map(indexOf) : [],
    falling: monotone ? FALLING.map(indexOf) : [],
  });
}

/** Scores of every call at (about) `atMs`, people's and robocalls'. */
export function scoresAt(
  calls: readonly RehearsedCall[],
  mlp: Mlp,
  atMs: number,
): { people: number[]; robocalls: number[] } {
  const scores = (robocall: boolean) =>
    calls
      .filter(({ planned }) => planned.robocall === robocall)
      .map(({ snapshots }) => forward(mlp, snapshots.findLast((each) => each.atMs <= atMs + 40)!.features)[0]!);
  return { people: scores(false), robocalls: scores(true) };
}

export function aucAt(calls: readonly RehearsedCall[], mlp: Mlp, atMs: number): number {
  const { people, robocalls } = scoresAt(calls, mlp, atMs);
  return auc(people, robocalls);
}
