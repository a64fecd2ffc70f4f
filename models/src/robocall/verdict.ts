/** Scores of one moment: all evidence together, and each group of evidence as if it were all there is. */
import { EVIDENCE_GROUPS, type EvidenceGroup, FEATURE_COUNT, forgetGroup, knowsGroup } from "./features.ts";

export interface VerdictScores {
  /** Probability of a robocall, 0..1, from everything known. */
  readonly all: number;
  /** From each group alone; absent where nothing is known. These are the reasons shown to the owner. */
  readonly groups: Readonly<Partial<Record<EvidenceGroup, number>>>;
}

/** Rows of one verdict: everything, then each group alone. */
export const VERDICT_ROWS = 1 + EVIDENCE_GROUPS.length;

/** Fills `rows` (`VERDICT_ROWS` × `FEATURE_COUNT`) from the features of one moment. */
export function verdictRows(features: Float32Array, rows: Float32Array): void {
  for (let row = 0; row < VERDICT_ROWS; row++) {
    const part = rows.subarray(row * FEATURE_COUNT, (row + 1) * FEATURE_COUNT);
    part.set(features);
    if (row === 0) continue;
    for (const group of EVIDENCE_GROUPS) if (group !== EVIDENCE_GROUPS[row - 1]) forgetGroup(part, group);
  }
}

/** Reads the probabilities of `verdictRows` back. */
export function readVerdict(features: Float32Array, probabilities: ArrayLike<number>): VerdictScores {
  const groups: Partial<Record<EvidenceGroup, number>> = {};
  EVIDENCE_GROUPS.forEach((group, index) => {
    if (knowsGroup(features, group)) groups[group] = probabilities[index + 1]!;
  });
  return { all: probabilities[0]!, groups };
}
