/** One try of a claimed delivery: sign, send, write what came of it. */
import { sql } from "drizzle-orm";
import type { Queries } from "../db/database.ts";
import { systemPrincipal, workFor } from "../work.ts";
import type { Claimed } from "./claim.ts";
import type { AttemptResult } from "./deliver.ts";
import { healed, recordFailure } from "./health.ts";
import { parseRetryAfterMs, retryDelayMs } from "./schedule.ts";
import { signatureHeaders } from "./sign.ts";
import type { WorkerOptions } from "./worker.ts";

export async function attempt(options: WorkerOptions, row: Claimed, token: string): Promise<void> {
  const startedMs = options.clock.now();
  const clockMs = performance.now();
  const sealed = row.previous_secret === null ? [row.secret] : [row.secret, row.previous_secret];
  const secrets = sealed.map((secret) => options.seal.open(secret));
  const result = await options.send({
    url: row.url,
    headers: signatureHeaders(secrets, row.event_id, startedMs, row.body),
    body: row.body,
    policy: { livemode: row.livemode, localDevelopment: row.local_development },
  });
  await record(options, row, token, {
    ...result,
    startedMs,
    latencyMs: Math.round(performance.now() - clockMs),
  });
}

type Tried = AttemptResult & { startedMs: number; latencyMs: number };

interface Verdict {
  status: "succeeded" | "pending" | "dead";
  attempts: number;
  error: string | null;
  nextMs: number;
  nowMs: number;
}

function judge(options: WorkerOptions, row: Claimed, result: Tried): Verdict {
  const nowMs = options.clock.now();
  const attempts = row.attempts + 1;
  const succeeded = result.status !== null && result.status >= 200 && result.status < 300;
  const delayMs =
    succeeded || result.status === 410
      ? undefined
      : retryDelayMs(attempts, parseRetryAfterMs(result.retryAfter, nowMs), options.random());
  const status = succeeded ? "succeeded" : delayMs === undefined ? "dead" : "pending";
  const error = result.error ?? (succeeded ? null : `the endpoint answered ${result.status}`);
  return { status, attempts, error, nextMs: nowMs + (delayMs ?? 0), nowMs };
}

/** Delivery, log line and, after a success, the endpoint's health in one statement. @returns false for a worker that came late: its claim is gone and nothing changes */
async function write(tx: Queries, row: Claimed, token: string, result: Tried, verdict: Verdict): Promise<boolean> {
  const at = (ms: number) => new Date(ms).toISOString();
  const { status, attempts, error, nextMs, nowMs } = verdict;
  const kept = await tx.execute<{ id: string }>(sql`
    with kept as (
      update deliveries set status = ${status}, attempts = ${attempts}, claim = null, next_at = ${at(nextMs)}::timestamptz,
        completed_at = ${status === "pending" ? null : at(nowMs)}::timestamptz, response_status = ${result.status},
        latency_ms = ${result.latencyMs}, response_head = ${result.head}, error = ${error}
      where id = ${row.id} and claim = ${token} and status = 'pending'
      returning id
    ), logged as (
      insert into delivery_attempts (delivery_id, number, at, response_status, latency_ms, response_head, error)
      select id, ${attempts}::int, ${at(result.startedMs)}::timestamptz, ${result.status}::int, ${result.latencyMs}::int,
        ${result.head}::text, ${error}::text
      from kept
    )${status === "succeeded" && row.failures > 0 ? sql`, healed as (${healed(row.webhook_id)})` : sql``}
    select id from kept`);
  return kept.length > 0;
}

async function record(options: WorkerOptions, row: Claimed, token: string, result: Tried): Promise<void> {
  const verdict = judge(options, row, result);
  const { db, log, clock, seal } = options;
  if (verdict.status === "succeeded") {
    await db.read((tx) => write(tx, row, token, result, verdict));
    return;
  }
  const who = systemPrincipal(row.workspace_id, row.livemode);
  await db.transaction(async (tx) => {
    if (!(await write(tx, row, token, result, verdict))) return;
    const work = workFor({ clock, seal, publicUrl: "", demoCalls: 0 }, who, tx);
    await recordFailure(work, row, result.status === 410);
  });
  const { status, attempts } = verdict;
  if (status === "dead") log.warn({ delivery: row.id, webhook: row.webhook_id, attempts }, "a delivery is dead");
}
