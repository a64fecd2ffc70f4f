/**
 * Takes due deliveries, sends them, writes what came of it. Any number of workers may run on one database.
 *
 * | answer            | delivery                                  | endpoint |
 * |-------------------|-------------------------------------------|----------|
 * | 2xx               | succeeded                                 | healthy  |
 * | 410               | dead                                      | disabled |
 * | other, or no answer | pending again by the schedule, then dead | failing: see `health.ts` |
 *
 * A claim pushes `next_at` forward by the lease and puts down a token: a crashed worker's rows become due by themselves, and a worker
 * that comes late finds its token gone and changes nothing. Claims are per endpoint: one that hangs holds its own places only
 * (a global claim delayed a healthy endpoint by 90 s, this one by 0.1 s).
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Database } from "../db/database.ts";
import type { Log } from "../log.ts";
import type { Seal } from "../seal.ts";
import { attempt } from "./attempt.ts";
import { type Claimed, claimDeliveries } from "./claim.ts";
import type { Send } from "./deliver.ts";

/** Over this many at once the rows wait in the database. */
const AT_ONCE = 256;
/** The floor under the wake-up: other processes' events and due retries are found by it. */
const POLL_MS = 250;
/** After this many empty claims the poll slows down: 250 ms for ever cost the embedded database 4 % of a core. */
const EAGER_POLLS = 8;
const IDLE_POLL_MS = 1000;

export interface WorkerOptions {
  db: Database;
  clock: Clock;
  log: Log;
  send: Send;
  seal: Seal;
  /** 0 ≤ random() < 1 */
  random: () => number;
}

export interface DeliveryWorker {
  start(): void;
  /** Stops claiming and waits for what is being sent, at most the attempt timeout. */
  stop(): Promise<void>;
  wake(): void;
  /** Claims once and waits for all of it. @returns how many were sent */
  runOnce(): Promise<number>;
}

export function createDeliveryWorker(options: WorkerOptions): DeliveryWorker {
  const inFlight = new Map<string, number>();
  const sending = new Set<Promise<void>>();
  let stopped = true;
  let loop: Promise<void> = Promise.resolve();
  let ring: () => void = () => {};
  let rung = false;

  const wake = () => {
    rung = true;
    ring();
  };

  async function claim(): Promise<{ token: string; rows: Claimed[] }> {
    const room = AT_ONCE - sending.size;
    const token = randomUUID();
    if (room <= 0) return { token, rows: [] };
    return { token, rows: await claimDeliveries(options.db, options.clock.now(), token, room, inFlight) };
  }

  function deliver(row: Claimed, token: string): Promise<void> {
    inFlight.set(row.webhook_id, (inFlight.get(row.webhook_id) ?? 0) + 1);
    const done = attempt(options, row, token)
      .catch((error: unknown) =>
        options.log.error(
          { delivery: row.id, reason: String(error) },
          "a delivery was not recorded; its lease will end",
        ),
      )
      .finally(() => {
        const left = (inFlight.get(row.webhook_id) ?? 1) - 1;
        if (left === 0) inFlight.delete(row.webhook_id);
        else inFlight.set(row.webhook_id, left);
        sending.delete(done);
        wake();
      });
    sending.add(done);
    return done;
  }

  async function pause(ms: number): Promise<void> {
    if (rung) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    let empty = 0;
    while (!stopped) {
      if (rung) empty = 0;
      rung = false;
      try {
        const { token, rows } = await claim();
        for (const row of rows) deliver(row, token);
        if (rows.length > 0) {
          empty = 0;
          continue;
        }
      } catch (error) {
        options.log.warn({ reason: String(error) }, "deliveries cannot be claimed; trying again");
        rung = false;
      }
      empty++;
      await pause(empty > EAGER_POLLS ? IDLE_POLL_MS : POLL_MS);
    }
  }

  return {
    wake,
    start() {
      stopped = false;
      loop = run();
    },
    async stop() {
      stopped = true;
      wake();
      await loop;
      await Promise.all(sending);
    },
    async runOnce() {
      const { token, rows } = await claim();
      await Promise.all(rows.map((row) => deliver(row, token)));
      return rows.length;
    },
  };
}
