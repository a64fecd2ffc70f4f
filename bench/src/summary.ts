/** Percentiles by nearest rank: every figure printed was really measured. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** 0, 5, … 100 %, for the percentile curve. */
  readonly curve: readonly number[];
}

const CURVE_STEPS = 20;

/** @throws RangeError without samples: a benchmark that measured nothing must not look like a fast one. */
export function summarise(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("nothing was measured");
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    count: sorted.length,
    min: sorted[0]!,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    max: sorted.at(-1)!,
    curve: Array.from({ length: CURVE_STEPS + 1 }, (_, step) => percentile(sorted, (100 * step) / CURVE_STEPS)),
  };
}

/** Nearest rank in ascending `sorted`. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}
