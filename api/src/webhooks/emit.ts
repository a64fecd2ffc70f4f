/** The outbox: an event and its fan-out are rows of the transaction that did what the event speaks of. */
import { sql } from "drizzle-orm";
import { type EventData, WebhookEvent } from "../contract/events.ts";
import { start } from "../db/statements.ts";
import { idStem, newId, STEM_DIGITS } from "../ids.ts";
import type { Work } from "../work.ts";

interface Written {
  id: string;
  body: string;
}

function envelope<T extends WebhookEvent["type"]>(work: Work, type: T, data: EventData<T>): Written {
  const id = newId("event", work.nowMs);
  const created_at = new Date(work.nowMs).toISOString();
  // Rendered once, checked against the catalogue: a payload that breaks it is a bug here, not at the customer's.
  const body = WebhookEvent.parse({ id, type, created_at, livemode: work.who.livemode, data });
  return { id, body: JSON.stringify(body) };
}

/**
 * One statement: the event, and one delivery for every endpoint of the workspace that `target` chooses. Sent without waiting; the transaction's end does.
 * @returns the first delivery's id, if there is one
 */
function fanOut(work: Work, type: string, { id, body }: Written, target: ReturnType<typeof sql>): string {
  const { workspaceId, livemode } = work.who;
  const at = sql`${new Date(work.nowMs).toISOString()}::timestamptz`;
  const stem = idStem("delivery", work.nowMs);
  work.emitted++;
  start(
    work.tx.execute(sql`
    with event as (
      insert into events (id, workspace_id, livemode, type, body, created_at)
      values (${id}, ${workspaceId}, ${livemode}, ${type}, ${body}, ${at}) returning id
    )
    insert into deliveries (id, workspace_id, livemode, event_id, webhook_id, status, next_at, created_at)
    select ${stem}::text || lpad(row_number() over (order by w.id)::text, ${STEM_DIGITS}::int, '0'),
      w.workspace_id, w.livemode, event.id, w.id, 'pending', ${at}, ${at}
    from event, webhooks w
    where w.workspace_id = ${workspaceId} and w.livemode = ${livemode} and ${target}`),
  );
  return `${stem}${"1".padStart(STEM_DIGITS, "0")}`;
}

/**
 * Writes an event and one delivery for every endpoint that subscribed to it.
 * @param options.except an endpoint that this event is about and that would not hear it
 * @returns the event's id
 */
export function emit<T extends WebhookEvent["type"]>(
  work: Work,
  type: T,
  data: EventData<T>,
  options: { except?: string } = {},
): string {
  const written = envelope(work, type, data);
  const live = sql`w.disabled_at is null and w.deleted_at is null and w.events @> array[${type}::text]`;
  fanOut(work, type, written, options.except === undefined ? live : sql`${live} and w.id <> ${options.except}`);
  return written.id;
}

/** Writes a `ping` for one endpoint, whatever it subscribed to. */
export function emitPing(work: Work, webhookId: string): { event_id: string; delivery_id: string } {
  const written = envelope(work, "ping", { webhook_id: webhookId });
  return { event_id: written.id, delivery_id: fanOut(work, "ping", written, sql`w.id = ${webhookId}`) };
}
