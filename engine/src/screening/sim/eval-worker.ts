/** A thread of the evaluation: does one task after another. */
import { type Evaluation, Evaluator, type Side } from "./evaluator.ts";
import type { EvaluatedCall } from "./report.ts";

export interface EvalTask {
  readonly id: number;
  readonly evaluation: Evaluation;
}
export type EvalAnswer = { readonly id: number; readonly calls: EvaluatedCall[] };

declare const self: {
  onmessage: ((event: MessageEvent<{ folder: string; side: Side } | EvalTask>) => void) | null;
  postMessage(message: EvalAnswer): void;
};

let evaluator: Promise<Evaluator> | undefined;
self.onmessage = async ({ data }) => {
  if ("folder" in data) {
    evaluator = Evaluator.open(data.folder, data.side);
    return;
  }
  const calls = await (await evaluator!).run(data.evaluation);
  self.postMessage({ id: data.id, calls });
};
