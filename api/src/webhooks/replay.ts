/** Sends an event once more: a new generation with the same event id and bytes and the whole schedule ahead of it; as often as asked. */
import { and, desc, eq } from "drizzle-orm";
import { deliveries } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { notFound, ProblemError } from "../problem.ts";
import { mine, own, type Work } from "../work.ts";
import { getWebhook } from "./endpoints.ts";

export async function replayDelivery(work: Work, id: string): Promise<{ event_id: string; delivery_id: string }> {
  const [row] = await work.tx
    .select()
    .from(deliveries)
    .where(mine(work, deliveries, eq(deliveries.id, id)));
  if (row === undefined) throw notFound("delivery");
  const webhook = await getWebhook(work, row.webhookId);
  if (webhook.disabled) {
    throw new ProblemError(
      409,
      "webhook_disabled",
      "Its webhook is disabled; enable it first: PATCH it with disabled false.",
    );
  }
  if (row.status === "pending") throw new ProblemError(409, "delivery_pending", "This delivery is still being tried.");
  const same = and(eq(deliveries.eventId, row.eventId), eq(deliveries.webhookId, row.webhookId));
  const [latest] = await work.tx.select().from(deliveries).where(same).orderBy(desc(deliveries.generation)).limit(1);
  const at = new Date(work.nowMs);
  const replay = {
    id: newId("delivery", work.nowMs),
    ...own(work),
    eventId: row.eventId,
    webhookId: row.webhookId,
    generation: (latest?.generation ?? 0) + 1,
    status: "pending" as const,
    nextAt: at,
    createdAt: at,
  };
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
