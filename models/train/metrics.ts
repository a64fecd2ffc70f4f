/** Figures of merit, exact where it is cheap. */

/** Probability that a random robocall scores above a random person; ties count half. */
export function auc(people: readonly number[], robocalls: readonly number[]): number {
  const all = [...people.map((x) => [x, 0] as const), ...robocalls.map((x) => [x, 1] as const)].sort(
    (a, b) => a[0] - b[0],
  );
  let rankSum = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]![0] === all[from]![0]) to++;
    const rank = (from + to + 1) / 2;
    for (let k = from; k < to; k++) if (all[k]![1]) rankSum += rank;
    from = to;
  }
  const n = robocalls.length;
  return n === 0 || people.length === 0 ? Number.NaN : (rankSum - (n * (n + 1)) / 2) / (n * people.length);
}

/** Exact 95 % bounds of a share (Clopper, Pearson 1934), by bisection of the binomial distribution. */
export function clopperPearson(hits: number, count: number): readonly [low: number, high: number] {
  if (count === 0) return [0, 1];
  const low = hits === 0 ? 0 : bisect((p) => 1 - binomialCdf(hits - 1, count, p) - 0.025);
  const high = hits === count ? 1 : bisect((p) => 0.025 - binomialCdf(hits, count, p));
  return [low, high];
}

function bisect(rising: (p: number) => number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X ≤ hits) for X ~ Binomial(count, p). */
function binomialCdf(hits: number, count: number, p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return hits >= count ? 1 : 0;
  let logTerm = count * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= hits; k++) {
    logTerm += Math.log((count - k + 1) / k) + Math.log(p / (1 - p));
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/** Smallest value that `share` of them do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

export interface ReliabilityBin {
  /** Mean predicted probability and observed share of robocalls. */
  readonly predicted: number;
  readonly observed: number;
  readonly count: number;
}

/** Ten bins of predicted probability. */
export function reliability(scores: readonly (readonly [score: number, robocall: boolean])[]): ReliabilityBin[] {
  return Array.from({ length: 10 }, (_, bin) => {
    const inside = scores.filter(([score]) => Math.min(9, Math.floor(score * 10)) === bin);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
    return {
      predicted: mean(inside.map(([score]) => score)),
      observed: mean(inside.map(([, robocall]) => (robocall ? 1 : 0))),
      count: inside.length,
    };
  }).filter(({ count }) => count > 0);
}
