/**
 * Takes due deliveries, sends them, writes what came of it. Any number of workers may run on one database.
 *
 * | answer            | delivery                                  | endpoint |
 * |-------------------|-------------------------------------------|----------|
 * | 2xx               | succeeded                                 |          |
 * | 410               | dead                                      | disabled |
 * | other, or no answer | pending again by the schedule, then dead |          |
 *
 * A claim pushes `next_at` forward by the lease and puts down a token: a crashed worker's rows become due by themselves, and a worker
 * that comes late finds its token gone and changes nothing. Claims are per endpoint: one that hangs holds its own places only
 * (a global claim delayed a healthy endpoint by 90 s, this one by 0.1 s).
 */
import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Database } from "../db/database.ts";
import { deliveries, deliveryAttempts, webhooks } from "../db/schema.ts";
import type { Log } from "../log.ts";
import { ATTEMPT_TIMEOUT_MS, type AttemptResult, type Send } from "./deliver.ts";
import { parseRetryAfterMs, retryDelayMs } from "./schedule.ts";
import { signatureHeaders } from "./sign.ts";

/** Longer than an attempt can take, with room to record it. */
const LEASE_MS = ATTEMPT_TIMEOUT_MS + 5000;
const PER_ENDPOINT = 8;
/** Over this many at once the rows wait in the database. */
const AT_ONCE = 256;
/** The floor under the wake-up: other processes' events and due retries are found by it. */
const POLL_MS = 250;
/** After this many empty claims the poll slows down: 250 ms for ever cost the embedded database 4 % of a core. */
const EAGER_POLLS = 8;
const IDLE_POLL_MS = 1000;

interface Claimed extends Record<string, unknown> {
  id: string;
  event_id: string;
  webhook_id: string;
  attempts: number;
  body: string;
  url: string;
  secret: string;
  livemode: boolean;
  local_development: boolean;
}

export interface WorkerOptions {
  db: Database;
  clock: Clock;
  log: Log;
  send: Send;
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
    const rows = await options.db.read((q) =>
      q.execute<Claimed>(claimQuery(options.clock.now(), token, room, inFlight)),
    );
    return { token, rows: [...rows] };
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

function claimQuery(nowMs: number, token: string, room: number, inFlight: ReadonlyMap<string, number>) {
  const now = new Date(nowMs).toISOString();
  const until = new Date(nowMs + LEASE_MS).toISOString();
  const busyIds = sql.param([...inFlight.keys()]);
  const busyCounts = sql.param([...inFlight.values()]);
  return sql`
    with busy as (select * from unnest(${busyIds}::text[], ${busyCounts}::int[]) as b(webhook_id, count)),
    due as (
      select d.id from webhooks w
      left join busy on busy.webhook_id = w.id
      cross join lateral (
        select id from deliveries
        where webhook_id = w.id and status = 'pending' and next_at <= ${now}::timestamptz
        order by next_at, id
        limit greatest(0, ${PER_ENDPOINT}::int - coalesce(busy.count, 0))
        for update skip locked
      ) d
      where w.disabled_at is null and w.deleted_at is null
      limit ${room}
    )
    update deliveries set claim = ${token}, next_at = ${until}::timestamptz
    from due, events e, webhooks w, workspaces p
    where deliveries.id = due.id and e.id = deliveries.event_id and w.id = deliveries.webhook_id and p.id = deliveries.workspace_id
    returning deliveries.id, deliveries.event_id, deliveries.webhook_id, deliveries.attempts, deliveries.livemode,
      e.body, w.url, w.secret, p.local_development`;
}

async function attempt(options: WorkerOptions, row: Claimed, token: string): Promise<void> {
  const startedMs = options.clock.now();
  const clockMs = performance.now();
  const result = await options.send({
    url: row.url,
    headers: signatureHeaders(row.secret, row.event_id, startedMs, row.body),
    body: row.body,
    policy: { livemode: row.livemode, localDevelopment: row.local_development },
  });
  await record(options, row, token, { ...result, startedMs, latencyMs: Math.round(performance.now() - clockMs) });
}

async function record(
  { db, clock, random, log }: WorkerOptions,
  row: Claimed,
  token: string,
  result: AttemptResult & { startedMs: number; latencyMs: number },
): Promise<void> {
  const nowMs = clock.now();
  const attempts = row.attempts + 1;
  const succeeded = result.status !== null && result.status >= 200 && result.status < 300;
  const gone = result.status === 410;
  const delayMs =
    succeeded || gone ? undefined : retryDelayMs(attempts, parseRetryAfterMs(result.retryAfter, nowMs), random());
  const status = succeeded ? "succeeded" : delayMs === undefined ? "dead" : "pending";
  const seen = {
    responseStatus: result.status,
    latencyMs: result.latencyMs,
    responseHead: result.head,
    error: result.error ?? (succeeded ? null : `the endpoint answered ${result.status}`),
  };
  await db.transaction(async (tx) => {
    const kept = await tx
      .update(deliveries)
      .set({
        ...seen,
        status,
        attempts,
        claim: null,
        nextAt: new Date(nowMs + (delayMs ?? 0)),
        completedAt: status === "pending" ? null : new Date(nowMs),
      })
      .where(and(eq(deliveries.id, row.id), eq(deliveries.claim, token), eq(deliveries.status, "pending")))
      .returning({ id: deliveries.id });
    if (kept.length === 0) return;
    await tx
      .insert(deliveryAttempts)
      .values({ deliveryId: row.id, number: attempts, at: new Date(result.startedMs), ...seen });
    if (gone) {
      await tx
        .update(webhooks)
        .set({ disabledAt: new Date(nowMs), disabledReason: "the endpoint answered 410 Gone" })
        .where(eq(webhooks.id, row.webhook_id));
    }
  });
  if (status === "dead") log.warn({ delivery: row.id, webhook: row.webhook_id, attempts, gone }, "a delivery is dead");
}
