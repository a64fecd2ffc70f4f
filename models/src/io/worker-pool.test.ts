import { afterEach, expect, test } from "bun:test";
import { WorkerPool } from "./worker-pool.ts";

const pools: WorkerPool<string, string>[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function open(changes: { workers?: number; maxQueued?: number; broken?: boolean } = {}) {
  const pool = new WorkerPool<string, string>({
    name: "pool",
    url: new URL("../../test/crashing-worker.ts", import.meta.url),
    config: { broken: changes.broken ?? false },
    workers: changes.workers ?? 1,
    maxQueued: changes.maxQueued ?? 8,
  });
  pools.push(pool);
  return pool;
}
const ask = (pool: WorkerPool<string, string>, message: string, signal = new AbortController().signal) =>
  pool.run(() => ({ message, transfer: [] }), signal);

test("jobs run, in order, on as many threads as there are", async () => {
  const pool = open({ workers: 2 });
  await pool.warm();
  expect(await Promise.all(["a", "b", "c", "d"].map((message) => ask(pool, message)))).toEqual([
    "a!",
    "b!",
    "c!",
    "d!",
  ]);
});

test("a failing job fails alone", async () => {
  const pool = open();
  await expect(ask(pool, "fail")).rejects.toMatchObject({
    name: "ProviderError",
    retryable: true,
    message: "pool: cannot",
  });
  expect(await ask(pool, "b")).toBe("b!");
});

test.each(["die", "crash"])("a thread that does `%s` fails its job and is replaced", async (message) => {
  const pool = open();
  await pool.warm();
  await expect(ask(pool, message)).rejects.toMatchObject({ retryable: true });
  expect(await ask(pool, "b")).toBe("b!");
});

test("a model that cannot be loaded fails `warm` and every job, at once", async () => {
  const pool = open({ broken: true });
  await expect(pool.warm()).rejects.toThrow("model file is missing");
  await expect(ask(pool, "a")).rejects.toMatchObject({ name: "ProviderError" });
});

test("cancelling frees the thread for the next job", async () => {
  const pool = open();
  await pool.warm();
  const controller = new AbortController();
  const waiting = ask(pool, "wait", controller.signal);
  const next = ask(pool, "b");
  controller.abort();
  await expect(waiting).rejects.toThrow("cancelled");
  expect(await next).toBe("b!");
});

test("a cancelled job that waits leaves the queue without being made", async () => {
  const pool = open();
  await pool.warm();
  const first = new AbortController();
  const running = ask(pool, "wait", first.signal);
  running.catch(() => undefined);
  const second = new AbortController();
  let made = false;
  const waiting = pool.run(() => {
    made = true;
    return { message: "b", transfer: [] };
  }, second.signal);
  second.abort();
  await expect(waiting).rejects.toThrow("cancelled");
  first.abort();
  expect(await ask(pool, "c")).toBe("c!");
  expect(made).toBe(false);
});

test("closing rejects what runs and what waits", async () => {
  const pool = open();
  await pool.warm();
  const jobs = [ask(pool, "wait"), ask(pool, "b")];
  const settled = Promise.allSettled(jobs);
  await pool.close();
  expect((await settled).map((job) => job.status)).toEqual(["rejected", "rejected"]);
  await expect(ask(pool, "c")).rejects.toThrow("is closed");
});
