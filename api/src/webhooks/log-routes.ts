import { Elysia } from "elysia";
import { z } from "zod";
import { EVENT_TYPES, WebhookEvent } from "../contract/events.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { Delivery, DeliveryDetail, DeliveryQuery, EventTypeInfo, TestFired } from "../contract/webhooks.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { eventTypes } from "./catalogue.ts";
import { getDelivery, getEvent, listDeliveries, listEvents } from "./log.ts";
import { replayDelivery } from "./replay.ts";

const EventQuery = PageQuery.extend({ type: z.enum([...EVENT_TYPES, "ping"]).optional() });
const params = z.object({ id: id("delivery") });

export function logRoutes(deps: Deps) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/deliveries", ({ request, query }) => read(deps, request, (work) => listDeliveries(work, query)), {
      ...op("webhooks:read", "voice", "Read the delivery log"),
      query: DeliveryQuery,
      response: { 200: page(Delivery) },
    })
    .get("/deliveries/:id", ({ request, params }) => read(deps, request, (work) => getDelivery(work, params.id)), {
      ...op("webhooks:read", "voice", "Read a delivery with every try"),
      params,
      response: { 200: DeliveryDetail },
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
        params,
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
    )
    .get(
      "/events/:id",
      async ({ request, params }) => WebhookEvent.parse(await read(deps, request, (work) => getEvent(work, params.id))),
      {
        ...op("events:read", "voice", "Get an event"),
        params: z.object({ id: id("event") }),
        response: { 200: WebhookEvent },
      },
    )
    .get("/event-types", () => ({ data: eventTypes(), next_cursor: null }), {
      ...op("events:read", "voice", "List the types of events with their JSON Schemas"),
      response: { 200: page(EventTypeInfo) },
    });
}
