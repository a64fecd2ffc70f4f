/** Sends an event once more: a new generation with the same event id and bytes and the whole schedule ahead of it; as often as asked. */
import { and, asc, desc, eq, gt, gte, inArray, lt, notExists } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { ReplayRange } from "../contract/webhooks.ts";
import { deliveries, events, webhooks } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { notFound, ProblemError } from "../problem.ts";
import { mine, own, type Work } from "../work.ts";
import { getWebhook } from "./endpoints.ts";

/** Who asks for a replay says that the endpoint is well again: a pause ends, and one try goes first. */
async function requireEnabled(work: Work, webhookId: string): Promise<void> {
  const webhook = await getWebhook(work, webhookId);
  const at = new Date(work.nowMs);
  if (!webhook.disabled) {
    await work.tx
      .update(webhooks)
      .set({ breakerUntil: at })
      .where(mine(work, webhooks, eq(webhooks.id, webhookId), gt(webhooks.breakerUntil, at)));
    return;
  }
  throw new ProblemError(
    409,
    "webhook_disabled",
    "The webhook is disabled; enable it first: PATCH it with disabled false.",
  );
}

export async function replayDelivery(work: Work, id: string): Promise<{ event_id: string; delivery_id: string }> {
  const [row] = await work.tx
    .select()
    .from(deliveries)
    .where(mine(work, deliveries, eq(deliveries.id, id)));
  if (row === undefined) throw notFound("delivery");
  await requireEnabled(work, row.webhookId);
  if (row.status === "pending") throw new ProblemError(409, "delivery_pending", "This delivery is still being tried.");
  const same = and(eq(deliveries.eventId, row.eventId), eq(deliveries.webhookId, row.webhookId));
  const [latest] = await work.tx.select().from(deliveries).where(same).orderBy(desc(deliveries.generation)).limit(1);
  const at = new Date(work.nowMs);
  const replay = again(work, { ...row, generation: latest?.generation ?? 0 }, at);
  const inserted = await work.tx
    .insert(deliveries)
    .values(replay)
    .onConflictDoNothing()
    .returning({ id: deliveries.id });
  if (inserted.length === 0)
    throw new ProblemError(409, "delivery_pending", "Another replay of this event has just begun.");
  work.emitted++;
  return { event_id: row.eventId, delivery_id: replay.id };
}

/** The next generation of a delivery. */
function again(work: Work, row: { eventId: string; webhookId: string; generation: number }, at: Date) {
  return {
    id: newId("delivery", work.nowMs),
    ...own(work),
    eventId: row.eventId,
    webhookId: row.webhookId,
    generation: row.generation + 1,
    status: "pending" as const,
    nextAt: at,
    createdAt: at,
  };
}

const MAX_REPLAY = 10_000;
const INSERT_BATCH = 1000;

/** Every event of a stretch of time whose last delivery to this webhook ended so; doing it again begins where the first time ended. */
export async function replayRange(work: Work, webhookId: string, range: ReplayRange) {
  await requireEnabled(work, webhookId);
  const newer = alias(deliveries, "newer");
  const later = and(
    eq(newer.eventId, deliveries.eventId),
    eq(newer.webhookId, deliveries.webhookId),
    gt(newer.generation, deliveries.generation),
  );
  const rows = await work.tx
    .select({ eventId: deliveries.eventId, webhookId: deliveries.webhookId, generation: deliveries.generation })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(
      mine(
        work,
        deliveries,
        eq(deliveries.webhookId, webhookId),
        eq(deliveries.status, range.status),
        gte(events.createdAt, new Date(range.since)),
        range.until === undefined ? undefined : lt(events.createdAt, new Date(range.until)),
        range.types === undefined ? undefined : inArray(events.type, range.types),
        notExists(work.tx.select({ one: newer.id }).from(newer).where(later)),
      ),
    )
    .orderBy(asc(deliveries.eventId))
    .limit(MAX_REPLAY + 1);
  const at = new Date(work.nowMs);
  const taken = rows.slice(0, MAX_REPLAY).map((row) => again(work, row, at));
  for (let from = 0; from < taken.length; from += INSERT_BATCH) {
    await work.tx
      .insert(deliveries)
      .values(taken.slice(from, from + INSERT_BATCH))
      .onConflictDoNothing();
  }
  if (taken.length > 0) work.emitted++;
  return { replayed: taken.length, more: rows.length > MAX_REPLAY };
}
