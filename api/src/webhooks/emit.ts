/** The outbox: an event and its fan-out are rows of the transaction that did what the event speaks of. */
import { arrayContains, isNull, ne } from "drizzle-orm";
import { type EventData, WebhookEvent } from "../contract/events.ts";
import { deliveries, events, webhooks } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { mine, own, type Work } from "../work.ts";

async function write<T extends WebhookEvent["type"]>(work: Work, type: T, data: EventData<T>): Promise<string> {
  const id = newId("event", work.nowMs);
  const createdAt = new Date(work.nowMs);
  // Rendered once, checked against the catalogue: a payload that breaks it is a bug here, not at the customer's.
  const envelope = WebhookEvent.parse({
    id,
    type,
    created_at: createdAt.toISOString(),
    livemode: work.who.livemode,
    data,
  });
  await work.tx.insert(events).values({ id, ...own(work), type, body: JSON.stringify(envelope), createdAt });
  return id;
}

function delivery(work: Work, eventId: string, webhookId: string) {
  const at = new Date(work.nowMs);
  const id = newId("delivery", work.nowMs);
  return { id, ...own(work), eventId, webhookId, status: "pending" as const, nextAt: at, createdAt: at };
}

/**
 * Writes an event and one delivery for every endpoint that subscribed to it.
 * @param options.except an endpoint that this event is about and that would not hear it
 * @returns the event's id
 */
export async function emit<T extends WebhookEvent["type"]>(
  work: Work,
  type: T,
  data: EventData<T>,
  options: { except?: string } = {},
): Promise<string> {
  const eventId = await write(work, type, data);
  const targets = await work.tx
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(
      mine(
        work,
        webhooks,
        isNull(webhooks.disabledAt),
        isNull(webhooks.deletedAt),
        arrayContains(webhooks.events, [type]),
        options.except === undefined ? undefined : ne(webhooks.id, options.except),
      ),
    );
  if (targets.length > 0) {
    await work.tx.insert(deliveries).values(targets.map((target) => delivery(work, eventId, target.id)));
  }
  work.emitted++;
  return eventId;
}

/** Writes a `ping` for one endpoint, whatever it subscribed to. */
export async function emitPing(work: Work, webhookId: string): Promise<{ event_id: string; delivery_id: string }> {
  const eventId = await write(work, "ping", { webhook_id: webhookId });
  const row = delivery(work, eventId, webhookId);
  await work.tx.insert(deliveries).values(row);
  work.emitted++;
  return { event_id: eventId, delivery_id: row.id };
}
