/** The outbox: an event and its fan-out are rows of the transaction that did what the event speaks of. */
import { type EventData, WebhookEvent } from "../contract/events.ts";
import { query, start } from "../db/statements.ts";
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

const WRITE = (target: string) => `
  with event as (
    insert into events (id, workspace_id, livemode, type, body, created_at)
    values ($1, $2, $3, $4, $5, $6::timestamptz) returning id
  )
  insert into deliveries (id, workspace_id, livemode, event_id, webhook_id, status, next_at, created_at)
  select $7::text || lpad(row_number() over (order by w.id)::text, ${STEM_DIGITS}, '0'),
    w.workspace_id, w.livemode, event.id, w.id, 'pending', $6::timestamptz, $6::timestamptz
  from event, webhooks w
  where w.workspace_id = $2 and w.livemode = $3 and ${target}`;
/** Every endpoint that subscribed, but for one that the event is about. */
const TO_SUBSCRIBERS = WRITE(
  "w.disabled_at is null and w.deleted_at is null and w.events @> array[$4::text] and w.id is distinct from $8",
);
const TO_ONE = WRITE("w.id = $8");

/**
 * One statement: the event, and one delivery for every endpoint of the workspace that it goes to. Sent without waiting; the transaction's end does.
 * @returns the first delivery's id, if there is one
 */
function fanOut(work: Work, text: string, type: string, { id, body }: Written, webhookId: string | null): string {
  const { workspaceId, livemode } = work.who;
  const at = new Date(work.nowMs).toISOString();
  const stem = idStem("delivery", work.nowMs);
  work.emitted++;
  start(query(work.tx, text, [id, workspaceId, livemode, type, body, at, stem, webhookId]));
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
  fanOut(work, TO_SUBSCRIBERS, type, written, options.except ?? null);
  return written.id;
}

/** Writes a `ping` for one endpoint, whatever it subscribed to. */
export function emitPing(work: Work, webhookId: string): { event_id: string; delivery_id: string } {
  const written = envelope(work, "ping", { webhook_id: webhookId });
  return { event_id: written.id, delivery_id: fanOut(work, TO_ONE, "ping", written, webhookId) };
}
