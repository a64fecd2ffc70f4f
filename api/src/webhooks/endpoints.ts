/** Webhook endpoints: where, what, and with which secrets. */
import { and, eq, isNull, like, not } from "drizzle-orm";
import type { PageQuery } from "../contract/page.ts";
import { Webhook, type WebhookCreate, type WebhookCreated, type WebhookUpdate } from "../contract/webhooks.ts";
import type { Database } from "../db/database.ts";
import { deliveries, webhooks } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import type { Seal } from "../seal.ts";
import { mine, own, type Work } from "../work.ts";
import { emitPing } from "./emit.ts";
import { generateSecret } from "./sign.ts";
import { refuseTarget } from "./target.ts";

type WebhookRow = typeof webhooks.$inferSelect;

function healthOf(row: WebhookRow, nowMs: number): Webhook["health"] {
  const paused = row.breakerUntil !== null && row.breakerUntil.getTime() > nowMs;
  return {
    state: paused ? "paused" : row.failures > 0 ? "failing" : "ok",
    failures: row.failures,
    failing_since: row.failingSince?.toISOString() ?? null,
    paused_until: paused ? (row.breakerUntil?.toISOString() ?? null) : null,
  };
}

function toWebhook(row: WebhookRow, nowMs: number): Webhook {
  const rotating = row.previousUntil !== null && row.previousUntil.getTime() > nowMs;
  return Webhook.parse({
    id: row.id,
    url: row.url,
    events: row.events,
    description: row.description,
    livemode: row.livemode,
    disabled: row.disabledAt !== null,
    disabled_reason: row.disabledReason,
    max_concurrency: row.maxConcurrency,
    rotation_until: rotating ? row.previousUntil?.toISOString() : null,
    health: healthOf(row, nowMs),
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
      secret: work.seal.seal(secret),
      ...(input.max_concurrency === undefined ? {} : { maxConcurrency: input.max_concurrency }),
      createdAt: new Date(work.nowMs),
    })
    .returning();
  if (row === undefined) throw new Error("bug: a webhook was not inserted");
  return { ...toWebhook(row, work.nowMs), secret };
}

function one(work: Work, id: string) {
  return mine(work, webhooks, eq(webhooks.id, id), isNull(webhooks.deletedAt));
}

export async function getWebhook(work: Work, id: string): Promise<Webhook> {
  const [row] = await work.tx.select().from(webhooks).where(one(work, id));
  if (row === undefined) throw notFound("webhook");
  return toWebhook(row, work.nowMs);
}

export async function listWebhooks(work: Work, query: PageQuery) {
  const { after, order, limit } = keyset(query, webhooks.id);
  const rows = await work.tx
    .select()
    .from(webhooks)
    .where(mine(work, webhooks, after, isNull(webhooks.deletedAt)))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, (row) => toWebhook(row, work.nowMs));
}

function disabling(work: Work, disabled: boolean | undefined) {
  if (disabled === undefined) return {};
  return disabled
    ? { disabledAt: new Date(work.nowMs), disabledReason: "disabled by the owner" }
    : { disabledAt: null, disabledReason: null, failures: 0, failingSince: null, breakerUntil: null };
}

export async function updateWebhook(work: Work, id: string, input: WebhookUpdate): Promise<Webhook> {
  if (input.url !== undefined) requireTarget(work, input.url);
  const set = {
    ...(input.url === undefined ? {} : { url: input.url }),
    ...(input.events === undefined ? {} : { events: unique(input.events) }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.max_concurrency === undefined ? {} : { maxConcurrency: input.max_concurrency }),
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

/** The new secret signs at once; the old one too until the overlap ends. @throws ProblemError 409 while another overlap runs */
export async function rotateSecret(work: Work, id: string, overlapSeconds: number): Promise<WebhookCreated> {
  const [before] = await work.tx.select().from(webhooks).where(one(work, id)).for("update");
  if (before === undefined) throw notFound("webhook");
  if (overlapSeconds > 0 && before.previousUntil !== null && before.previousUntil.getTime() > work.nowMs) {
    const until = before.previousUntil.toISOString();
    throw new ProblemError(
      409,
      "rotation_in_progress",
      `Two secrets sign until ${until}; end that first, or rotate with overlap_seconds 0.`,
    );
  }
  const secret = generateSecret();
  const overlap = overlapSeconds > 0;
  const [row] = await work.tx
    .update(webhooks)
    .set({
      secret: work.seal.seal(secret),
      previousSecret: overlap ? before.secret : null,
      previousUntil: overlap ? new Date(work.nowMs + overlapSeconds * 1000) : null,
    })
    .where(one(work, id))
    .returning();
  if (row === undefined) throw new Error("bug: a locked webhook is gone");
  return { ...toWebhook(row, work.nowMs), secret };
}

/** Ends a rotation's overlap now. */
export async function revokePreviousSecret(work: Work, id: string): Promise<Webhook> {
  await work.tx.update(webhooks).set({ previousSecret: null, previousUntil: null }).where(one(work, id));
  return getWebhook(work, id);
}

/** Secrets written before they were sealed. */
export async function sealStoredSecrets(db: Database, seal: Seal): Promise<void> {
  const open = await db.read((q) =>
    q
      .select({ id: webhooks.id, secret: webhooks.secret })
      .from(webhooks)
      .where(not(like(webhooks.secret, "sealed:%"))),
  );
  for (const { id, secret } of open) {
    await db.read((q) =>
      q
        .update(webhooks)
        .set({ secret: seal.seal(secret) })
        .where(eq(webhooks.id, id)),
    );
  }
}
