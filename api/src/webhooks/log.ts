/** The log of what was sent, and the events themselves. */
import { and, asc, eq } from "drizzle-orm";
import type { z } from "zod";
import type { PageQuery } from "../contract/page.ts";
import type { Delivery, DeliveryQuery } from "../contract/webhooks.ts";
import { deliveries, deliveryAttempts, events } from "../db/schema.ts";
import { keyset, toPage } from "../paging.ts";
import { notFound } from "../problem.ts";
import { mine, type Work } from "../work.ts";

function toDelivery({ delivery, type }: { delivery: typeof deliveries.$inferSelect; type: string }): Delivery {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    event_type: type,
    webhook_id: delivery.webhookId,
    status: delivery.status,
    attempts: delivery.attempts,
    next_attempt_at: delivery.status === "pending" ? delivery.nextAt.toISOString() : null,
    response_status: delivery.responseStatus,
    latency_ms: delivery.latencyMs,
    response_head: delivery.responseHead,
    error: delivery.error,
    created_at: delivery.createdAt.toISOString(),
    completed_at: delivery.completedAt?.toISOString() ?? null,
  };
}

export async function listDeliveries(work: Work, query: z.output<typeof DeliveryQuery>) {
  const { after, order, limit } = keyset(query, deliveries.id);
  const filters = and(
    query.webhook_id === undefined ? undefined : eq(deliveries.webhookId, query.webhook_id),
    query.event_id === undefined ? undefined : eq(deliveries.eventId, query.event_id),
    query.status === undefined ? undefined : eq(deliveries.status, query.status),
  );
  const rows = await work.tx
    .select({ delivery: deliveries, type: events.type })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(mine(work, deliveries, after, filters))
    .orderBy(order)
    .limit(limit);
  return toPage(
    rows.map((row) => ({ ...row, id: row.delivery.id })),
    query,
    toDelivery,
  );
}

export async function listEvents(work: Work, query: PageQuery & { type?: string | undefined }) {
  const { after, order, limit } = keyset(query, events.id);
  const byType = query.type === undefined ? undefined : eq(events.type, query.type);
  const rows = await work.tx
    .select()
    .from(events)
    .where(mine(work, events, after, byType))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, (row): unknown => JSON.parse(row.body));
}

export async function getEvent(work: Work, id: string): Promise<unknown> {
  const [row] = await work.tx
    .select()
    .from(events)
    .where(mine(work, events, eq(events.id, id)));
  if (row === undefined) throw notFound("event");
  return JSON.parse(row.body);
}

/** A delivery with every try of it. */
export async function getDelivery(work: Work, id: string) {
  const [row] = await work.tx
    .select({ delivery: deliveries, type: events.type })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(mine(work, deliveries, eq(deliveries.id, id)));
  if (row === undefined) throw notFound("delivery");
  const tries = await work.tx
    .select()
    .from(deliveryAttempts)
    .where(eq(deliveryAttempts.deliveryId, id))
    .orderBy(asc(deliveryAttempts.number));
  return {
    ...toDelivery(row),
    tries: tries.map((attempt) => ({
      number: attempt.number,
      at: attempt.at.toISOString(),
      response_status: attempt.responseStatus,
      latency_ms: attempt.latencyMs,
      response_head: attempt.responseHead,
      error: attempt.error,
    })),
  };
}
