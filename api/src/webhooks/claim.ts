/** Takes due deliveries for one worker. */
import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { ATTEMPT_TIMEOUT_MS } from "./deliver.ts";

/** Longer than an attempt can take, with room to record it. */
const LEASE_MS = ATTEMPT_TIMEOUT_MS + 5000;

export interface Claimed extends Record<string, unknown> {
  id: string;
  event_id: string;
  webhook_id: string;
  workspace_id: string;
  livemode: boolean;
  attempts: number;
  body: string;
  url: string;
  secret: string;
  /** Signs too while a rotation overlaps. */
  previous_secret: string | null;
  /** Of the endpoint, when claimed. */
  failures: number;
  local_development: boolean;
}

/**
 * @param room at most so many in all
 * @param inFlight what this worker is sending, per endpoint: an endpoint's places are its own, and one that is tried after a pause has one
 */
export async function claimDeliveries(
  db: Database,
  nowMs: number,
  token: string,
  room: number,
  inFlight: ReadonlyMap<string, number>,
): Promise<Claimed[]> {
  const now = new Date(nowMs).toISOString();
  const until = new Date(nowMs + LEASE_MS).toISOString();
  const busyIds = sql.param([...inFlight.keys()]);
  const busyCounts = sql.param([...inFlight.values()]);
  const query = sql`
    with busy as (select * from unnest(${busyIds}::text[], ${busyCounts}::int[]) as b(webhook_id, count)),
    due as (
      select d.id from webhooks w
      left join busy on busy.webhook_id = w.id
      cross join lateral (
        select id from deliveries
        where webhook_id = w.id and status = 'pending' and next_at <= ${now}::timestamptz
        order by next_at, id
        limit greatest(0, case when w.breaker_until is null then w.max_concurrency else 1 end - coalesce(busy.count, 0))
        for update skip locked
      ) d
      where w.disabled_at is null and w.deleted_at is null and (w.breaker_until is null or w.breaker_until <= ${now}::timestamptz)
      limit ${room}
    )
    update deliveries set claim = ${token}, next_at = ${until}::timestamptz
    from due, events e, webhooks w, workspaces p
    where deliveries.id = due.id and e.id = deliveries.event_id and w.id = deliveries.webhook_id and p.id = deliveries.workspace_id
    returning deliveries.id, deliveries.event_id, deliveries.webhook_id, deliveries.workspace_id, deliveries.livemode,
      deliveries.attempts, e.body, w.url, w.secret, w.failures, p.local_development,
      case when w.previous_until > ${now}::timestamptz then w.previous_secret end as previous_secret`;
  return [...(await db.read((q) => q.execute<Claimed>(query)))];
}
