import { Elysia } from "elysia";
import { z } from "zod";
import { EVENT_TYPES, WebhookEvent } from "../contract/events.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import {
  Delivery,
  DeliveryQuery,
  TestFired,
  Webhook,
  WebhookCreate,
  WebhookCreated,
  WebhookUpdate,
} from "../contract/webhooks.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listDeliveries,
  listEvents,
  listWebhooks,
  testWebhook,
  updateWebhook,
} from "./endpoints.ts";
import { replayDelivery } from "./replay.ts";

const params = z.object({ id: id("webhook") });
const EventQuery = PageQuery.extend({ type: z.enum([...EVENT_TYPES, "ping"]).optional() });

export function webhookRoutes(deps: Deps) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .post(
      "/webhooks",
      ({ request, body }) =>
        mutate(deps, request, WebhookCreated, async (work) => ({ status: 201, body: await createWebhook(work, body) })),
      {
        ...op("webhooks:write", "voice", "Subscribe to events"),
        body: WebhookCreate,
        response: { 201: WebhookCreated },
      },
    )
    .get("/webhooks", ({ request, query }) => read(deps, request, (work) => listWebhooks(work, query)), {
      ...op("webhooks:read", "voice", "List webhooks"),
      query: PageQuery,
      response: { 200: page(Webhook) },
    })
    .get("/webhooks/:id", ({ request, params }) => read(deps, request, (work) => getWebhook(work, params.id)), {
      ...op("webhooks:read", "voice", "Get a webhook"),
      params,
      response: { 200: Webhook },
    })
    .patch(
      "/webhooks/:id",
      ({ request, params, body }) =>
        mutate(deps, request, Webhook, async (work) => ({
          status: 200,
          body: await updateWebhook(work, params.id, body),
        })),
      {
        ...op("webhooks:write", "voice", "Change, disable or enable a webhook"),
        params,
        body: WebhookUpdate,
        response: { 200: Webhook },
      },
    )
    .delete(
      "/webhooks/:id",
      ({ request, params }) =>
        mutate(deps, request, null, async (work) => {
          await deleteWebhook(work, params.id);
          return { status: 204, body: null };
        }),
      { ...op("webhooks:write", "voice", "Delete a webhook", { 204: { description: "deleted" } }), params },
    )
    .post(
      "/webhooks/:id/test",
      ({ request, params }) =>
        mutate(deps, request, TestFired, async (work) => ({ status: 202, body: await testWebhook(work, params.id) })),
      { ...op("webhooks:write", "voice", "Send a signed ping"), params, response: { 202: TestFired } },
    )
    .get("/deliveries", ({ request, query }) => read(deps, request, (work) => listDeliveries(work, query)), {
      ...op("webhooks:read", "voice", "Read the delivery log"),
      query: DeliveryQuery,
      response: { 200: page(Delivery) },
    })
    .post(
      "/deliveries/:id/replay",
      ({ request, params }) =>
        mutate(deps, request, TestFired, async (work) => ({
          status: 202,
          body: await replayDelivery(work, params.id),
        })),
      {
        ...op("webhooks:write", "voice", "Send an event to its webhook once more"),
        params: z.object({ id: id("delivery") }),
        response: { 202: TestFired },
      },
    )
    .get(
      "/events",
      async ({ request, query }) => {
        const found = await read(deps, request, (work) => listEvents(work, query));
        return { ...found, data: found.data.map((event) => WebhookEvent.parse(event)) };
      },
      { ...op("events:read", "voice", "List events"), query: EventQuery, response: { 200: page(WebhookEvent) } },
    );
}
