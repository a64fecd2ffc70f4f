/**
 * An endpoint's health, kept on its row. Pauses are not tries: what waits keeps its place in the schedule.
 *
 * | what happens                          | the endpoint                                             | event            |
 * |---------------------------------------|----------------------------------------------------------|------------------|
 * | a delivery succeeds                   | healthy                                                  |                  |
 * | `PAUSE_AFTER` failures in a row       | paused for 15 s, then one try; doubled up to 5 min       | webhook.failing  |
 * | nothing but failures for five days    | disabled                                                 | webhook.disabled |
 * | 410 Gone                              | disabled                                                 | webhook.disabled |
 */
import { type SQL, sql } from "drizzle-orm";
import type { Work } from "../work.ts";
import type { Claimed } from "./claim.ts";
import { emit } from "./emit.ts";

const PAUSE_AFTER = 5;
const PAUSE_MS = 15_000;
const MAX_PAUSE_MS = 300_000;
const DISABLE_AFTER_MS = 5 * 24 * 3600_000;

export function pauseMs(failures: number): number {
  return Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** Math.max(0, failures - PAUSE_AFTER));
}

/** Part of the statement that writes a success as `kept`: the endpoint is healthy again. */
export function healed(webhookId: string): SQL {
  return sql`update webhooks set failures = 0, failing_since = null, breaker_until = null
    where id = ${webhookId} and failures > 0 and exists (select from kept)`;
}

const DISABLED_REASON = {
  gone: "the endpoint answered 410 Gone",
  tired: "nothing but failures for five days",
};
/** The first pauses; the last one is for all that follow. */
const PAUSES = Array.from({ length: 6 }, (_, i) => pauseMs(PAUSE_AFTER + i));

interface Failed extends Record<string, unknown> {
  failures: number;
  failing_since: string;
  url: string;
  disabled_reason: string | null;
}

/**
 * One statement, so that the row of an endpoint which fails often is locked for as short as can be: with three statements the workers of 100,000
 * deliveries waited for each other's locks and sent 17 a second.
 * Those already under way when a pause began do not lengthen it.
 */
async function countFailure(work: Work, webhookId: string, gone: boolean): Promise<Failed | undefined> {
  const now = sql`${new Date(work.nowMs).toISOString()}::timestamptz`;
  const tired = sql`${now} - coalesce(failing_since, ${now}) >= ${DISABLE_AFTER_MS} * interval '1 millisecond'`;
  const pause = sql`(${sql.param(PAUSES)}::int[])[least(failures + 2 - ${PAUSE_AFTER}, ${PAUSES.length})] * interval '1 millisecond'`;
  const reason = sql`case when ${gone} then ${DISABLED_REASON.gone} when ${tired} then ${DISABLED_REASON.tired} end`;
  const [row] = await work.tx.execute<Failed>(sql`
    update webhooks set failures = failures + 1, failing_since = coalesce(failing_since, ${now}),
      breaker_until = case when failures + 1 >= ${PAUSE_AFTER} and (breaker_until is null or breaker_until <= ${now})
        then ${now} + ${pause} else breaker_until end,
      disabled_at = case when ${gone} or ${tired} then ${now} end, disabled_reason = ${reason}
    where id = ${webhookId} and disabled_at is null
    returning failures, failing_since, url, disabled_reason`);
  return row;
}

/** @param gone the endpoint answered 410 */
export async function recordFailure(work: Work, row: Claimed, gone: boolean): Promise<void> {
  const after = await countFailure(work, row.webhook_id, gone);
  if (after === undefined) return;
  const { failures, url, disabled_reason: reason } = after;
  const about = { webhook_id: row.webhook_id, url };
  const options = { except: row.webhook_id };
  if (reason !== null) emit(work, "webhook.disabled", { ...about, reason }, options);
  else if (failures === PAUSE_AFTER) {
    const failing_since = new Date(after.failing_since).toISOString();
    emit(work, "webhook.failing", { ...about, failures, failing_since }, options);
  }
}
