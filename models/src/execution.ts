/** Where models run and how many windows they take at once: chosen once, from what was measured at the start. */

export const DEVICES = ["cpu", "cuda"] as const;
/** Where a model runs. `cuda` needs onnxruntime's CUDA provider beside onnxruntime-node's own library (docker/README.md). */
export type Device = (typeof DEVICES)[number];

/** One measured size of batch. */
export interface BatchTiming {
  readonly batch: number;
  /** Of the whole batch. */
  readonly runMs: number;
}

/** Sizes that are measured. Above the last the tensors of a thread cost more than they save. */
export const BATCHES = [8, 16, 32, 64, 128] as const;

/** An inference blocks its media thread, whose calls are served to 2 ms. */
const MAX_RUN_MS = 2;
/** A larger batch must be worth its longer run. */
const WORTH = 1.15;

const perWindowMs = ({ batch, runMs }: BatchTiming) => runMs / batch;

/**
 * The smallest batch that costs hardly more per window than the cheapest, among those short enough not to keep other calls waiting. The smallest measured
 * one when every run is long.
 * @throws RangeError when nothing was measured.
 */
export function bestBatch(timings: readonly BatchTiming[]): BatchTiming {
  const [smallest] = [...timings].sort((a, b) => a.batch - b.batch);
  if (!smallest) throw new RangeError("no batch was measured");
  const short = timings.filter(({ runMs }) => runMs <= MAX_RUN_MS);
  const leastMs = Math.min(...short.map(perWindowMs));
  const good = short.filter((timing) => perWindowMs(timing) <= leastMs * WORTH).sort((a, b) => a.batch - b.batch);
  return good[0] ?? smallest;
}

/** The device whose best batch costs least per window. `undefined` was not measured. */
export function fastestVad(cpu: readonly BatchTiming[], cuda: readonly BatchTiming[] | undefined): Device {
  if (cuda === undefined) return "cpu";
  return perWindowMs(bestBatch(cuda)) < perWindowMs(bestBatch(cpu)) ? "cuda" : "cpu";
}
