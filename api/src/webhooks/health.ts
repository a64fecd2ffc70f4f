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
import { and, eq, gt } from "drizzle-orm";
import type { Queries } from "../db/database.ts";
import { webhooks } from "../db/schema.ts";
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

export async function recordSuccess(tx: Queries, webhookId: string): Promise<void> {
  await tx
    .update(webhooks)
    .set({ failures: 0, failingSince: null, breakerUntil: null })
    .where(and(eq(webhooks.id, webhookId), gt(webhooks.failures, 0)));
}

/** @param gone the endpoint answered 410 */
export async function recordFailure(work: Work, row: Claimed, gone: boolean): Promise<void> {
  const [before] = await work.tx.select().from(webhooks).where(eq(webhooks.id, row.webhook_id)).for("update");
  if (before === undefined || before.disabledAt !== null) return;
  const failures = before.failures + 1;
  const at = new Date(work.nowMs);
  const failingSince = before.failingSince ?? at;
  // Those already under way when the pause began do not lengthen it.
  const paused = before.breakerUntil !== null && before.breakerUntil.getTime() > work.nowMs;
  const pause = failures >= PAUSE_AFTER && !paused ? new Date(work.nowMs + pauseMs(failures)) : before.breakerUntil;
  const tired = work.nowMs - failingSince.getTime() >= DISABLE_AFTER_MS;
  const reason = gone ? "the endpoint answered 410 Gone" : tired ? "nothing but failures for five days" : undefined;
  await work.tx
    .update(webhooks)
    .set({
      failures,
      failingSince,
      breakerUntil: pause,
      ...(reason === undefined ? {} : { disabledAt: at, disabledReason: reason }),
    })
    .where(eq(webhooks.id, row.webhook_id));
  const about = { webhook_id: row.webhook_id, url: before.url };
  const options = { except: row.webhook_id };
  if (reason !== undefined) await emit(work, "webhook.disabled", { ...about, reason }, options);
  else if (failures === PAUSE_AFTER) {
    await emit(work, "webhook.failing", { ...about, failures, failing_since: failingSince.toISOString() }, options);
  }
}
