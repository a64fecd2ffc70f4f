/** Spreads the evaluation's tasks over the cores. */
import { availableParallelism } from "node:os";
import type { EvalAnswer } from "./eval-worker.ts";
import type { Evaluation, Side } from "./evaluator.ts";
import type { EvaluatedCall } from "./report.ts";

/** Each holds the whole data folder in memory. */
const MAX_THREADS = 4;

/** Results in the order of `evaluations`. Rejects when a thread fails. */
export async function evaluateAll(
  folder: string,
  side: Side,
  evaluations: readonly Evaluation[],
): Promise<EvaluatedCall[][]> {
  const results: EvaluatedCall[][] = [];
  let next = 0;
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        const evaluation = evaluations[next];
        if (!evaluation) return resolve();
        worker.postMessage({ id: next++, evaluation });
      };
      worker.onmessage = ({ data: { id, calls } }: MessageEvent<EvalAnswer>) => {
        results[id] = calls;
        give();
      };
      worker.onerror = ({ message }) => reject(new Error(`an evaluation failed: ${message}`));
      worker.postMessage({ folder, side });
      give();
    }).finally(() => worker.terminate());
  const threads = Math.min(MAX_THREADS, availableParallelism(), evaluations.length);
  await Promise.all(
    Array.from({ length: threads }, () => work(new Worker(new URL("./eval-worker.ts", import.meta.url)))),
  );
  return results;
}
