/** Webhook endpoints and the log of what was sent to them. */
import { and, eq, isNull } from "drizzle-orm";
import type { z } from "zod";
import type { PageQuery } from "../contract/page.ts";
import {
  type Delivery,
  type DeliveryQuery,
  Webhook,
  type WebhookCreate,
  type WebhookCreated,
  type WebhookUpdate,
} from "../contract/webhooks.ts";
import { deliveries, events, webhooks } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound } from "../problem.ts";
import { mine, own, type Work } from "../work.ts";
import { emitPing } from "./emit.ts";
import { generateSecret } from "./sign.ts";
import { refuseTarget } from "./target.ts";

type WebhookRow = typeof webhooks.$inferSelect;

function toWebhook(row: WebhookRow): Webhook {
  return Webhook.parse({
    id: row.id,
    url: row.url,
    events: row.events,
    description: row.description,
    livemode: row.livemode,
    disabled: row.disabledAt !== null,
    disabled_reason: row.disabledReason,
    created_at: row.createdAt.toISOString(),
  });
}

function requireTarget(work: Work, url: string): void {
  const refusal = refuseTarget(url, work.who);
  if (refusal !== undefined) throw invalid("/url", refusal);
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

export async function createWebhook(work: Work, input: WebhookCreate): Promise<WebhookCreated> {
  requireTarget(work, input.url);
  const secret = generateSecret();
  const [row] = await work.tx
    .insert(webhooks)
    .values({
      id: newId("webhook", work.nowMs),
      ...own(work),
      url: input.url,
      events: unique(input.events),
      description: input.description ?? null,
      secret,
      createdAt: new Date(work.nowMs),
    })
    .returning();
  if (row === undefined) throw new Error("bug: a webhook was not inserted");
  return { ...toWebhook(row), secret };
}

function one(work: Work, id: string) {
  return mine(work, webhooks, eq(webhooks.id, id), isNull(webhooks.deletedAt));
}

export async function getWebhook(work: Work, id: string): Promise<Webhook> {
  const [row] = await work.tx.select().from(webhooks).where(one(work, id));
  if (row === undefined) throw notFound("webhook");
  return toWebhook(row);
}

export async function listWebhooks(work: Work, query: PageQuery) {
  const { after, order, limit } = keyset(query, webhooks.id);
  const rows = await work.tx
    .select()
    .from(webhooks)
    .where(mine(work, webhooks, after, isNull(webhooks.deletedAt)))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toWebhook);
}

function disabling(work: Work, disabled: boolean | undefined) {
  if (disabled === undefined) return {};
  return disabled
    ? { disabledAt: new Date(work.nowMs), disabledReason: "disabled by the owner" }
    : { disabledAt: null, disabledReason: null };
}

export async function updateWebhook(work: Work, id: string, input: WebhookUpdate): Promise<Webhook> {
  if (input.url !== undefined) requireTarget(work, input.url);
  const set = {
    ...(input.url === undefined ? {} : { url: input.url }),
    ...(input.events === undefined ? {} : { events: unique(input.events) }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...disabling(work, input.disabled),
  };
  if (Object.keys(set).length > 0) await work.tx.update(webhooks).set(set).where(one(work, id));
  // Re-enabled: what waited is due now.
  if (input.disabled === false) work.emitted++;
  return getWebhook(work, id);
}

/** Nothing more is sent; the delivery log stays. */
export async function deleteWebhook(work: Work, id: string): Promise<void> {
  const at = new Date(work.nowMs);
  const rows = await work.tx
    .update(webhooks)
    .set({ deletedAt: at })
    .where(one(work, id))
    .returning({ id: webhooks.id });
  if (rows.length === 0) throw notFound("webhook");
  await work.tx
    .update(deliveries)
    .set({ status: "cancelled", completedAt: at })
    .where(and(eq(deliveries.webhookId, id), eq(deliveries.status, "pending")));
}

export async function testWebhook(work: Work, id: string) {
  await getWebhook(work, id);
  return emitPing(work, id);
}

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
