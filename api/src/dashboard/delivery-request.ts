/** What a delivery sends: the bytes of the event and the headers of its last try, signed anew, which after a rotation means with the new secret. */
import { desc, eq } from "drizzle-orm";
import type { DeliveryRequest } from "../contract/dashboard.ts";
import { deliveries, deliveryAttempts, events, webhooks } from "../db/schema.ts";
import { notFound } from "../problem.ts";
import { signatureHeaders } from "../webhooks/sign.ts";
import { mine, type Work } from "../work.ts";

export async function deliveryRequest(work: Work, id: string): Promise<DeliveryRequest> {
  const [row] = await work.tx
    .select({ url: webhooks.url, secret: webhooks.secret, eventId: events.id, body: events.body })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .innerJoin(webhooks, eq(webhooks.id, deliveries.webhookId))
    .where(mine(work, deliveries, eq(deliveries.id, id)));
  if (row === undefined) throw notFound("delivery");
  const [last] = await work.tx
    .select({ at: deliveryAttempts.at })
    .from(deliveryAttempts)
    .where(eq(deliveryAttempts.deliveryId, id))
    .orderBy(desc(deliveryAttempts.number))
    .limit(1);
  const atMs = last?.at.getTime() ?? work.nowMs;
  const signed = signatureHeaders(work.seal.open(row.secret), row.eventId, atMs, row.body);
  return { url: row.url, headers: { "content-type": "application/json", ...signed }, body: row.body };
}
