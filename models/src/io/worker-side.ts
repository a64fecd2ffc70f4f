import type { WorkerInput, WorkerOutput } from "./worker-pool.ts";

/** What a Worker of a `WorkerPool` does. `cancelled` may be asked between steps of a job. */
export interface JobRunner<Request, Response> {
  run(request: Request, cancelled: () => boolean): Promise<{ response: Response; transfer: Transferable[] }>;
}

/** Typed by hand because the DOM's `self` is a window here. */
interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** Serves a pool from inside a Worker: `start` gets the pool's `config` and loads the model, then one job runs at a time. */
export function serveJobs<Config, Request, Response>(
  start: (config: Config) => Promise<JobRunner<Request, Response>>,
): void {
  const scope = globalThis as unknown as WorkerScope;
  const send = (output: WorkerOutput<Response>, transfer: Transferable[] = []) => scope.postMessage(output, transfer);
  let runner: JobRunner<Request, Response>;
  let cancel: Int32Array;
  scope.onmessage = async (event: MessageEvent<WorkerInput<Request>>) => {
    const input = event.data;
    const id = input.type === "job" ? input.id : undefined;
    try {
      if (input.type === "start") {
        cancel = new Int32Array(input.cancel);
        runner = await start(input.config as Config);
        return send({ type: "ready" });
      }
      const done = await runner.run(input.request, () => Atomics.load(cancel, 0) === input.id);
      send({ type: "done", id: input.id, response: done.response }, done.transfer);
    } catch (error) {
      send({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
    }
  };
}
