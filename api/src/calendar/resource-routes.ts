import { Elysia } from "elysia";
import { z } from "zod";
import { Feed, FeedCreate, FeedCreated, Resource, ResourceCreate, ResourceUpdate } from "../contract/calendar.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { createFeed, listFeeds, revokeFeed } from "./feed.ts";
import { createResource, deleteResource, getResource, listResources, updateResource } from "./resources.ts";

const params = z.object({ id: id("resource") });

export function resourceRoutes(deps: Deps) {
  return new Elysia({ prefix: "/calendar/v1" })
    .use(scoped)
    .get("/resources", ({ request, query }) => read(deps, request, (work) => listResources(work, query)), {
      ...op("calendar:read", "calendar", "List who or what can be booked"),
      query: PageQuery,
      response: { 200: page(Resource) },
    })
    .post(
      "/resources",
      ({ request, body }) =>
        mutate(deps, request, Resource, async (work) => ({ status: 201, body: await createResource(work, body) })),
      { ...op("calendar:write", "calendar", "Add a resource"), body: ResourceCreate, response: { 201: Resource } },
    )
    .get("/resources/:id", ({ request, params }) => read(deps, request, (work) => getResource(work, params.id)), {
      ...op("calendar:read", "calendar", "Get a resource"),
      params,
      response: { 200: Resource },
    })
    .patch(
      "/resources/:id",
      ({ request, params, body }) =>
        mutate(deps, request, Resource, async (work) => ({
          status: 200,
          body: await updateResource(work, params.id, body),
        })),
      {
        ...op("calendar:write", "calendar", "Change a resource's hours or services"),
        params,
        body: ResourceUpdate,
        response: { 200: Resource },
      },
    )
    .delete(
      "/resources/:id",
      ({ request, params }) =>
        mutate(deps, request, null, async (work) => {
          await deleteResource(work, params.id);
          return { status: 204, body: null };
        }),
      {
        ...op("calendar:write", "calendar", "Remove a resource; what is booked stays", {
          204: { description: "removed" },
        }),
        params,
      },
    )
    .get("/feeds", ({ request, query }) => read(deps, request, (work) => listFeeds(work, query)), {
      ...op("calendar:read", "calendar", "List iCalendar feeds"),
      query: PageQuery,
      response: { 200: page(Feed) },
    })
    .post(
      "/feeds",
      ({ request, body }) =>
        mutate(deps, request, FeedCreated, async (work) => ({
          status: 201,
          body: await createFeed(work, body.resource),
        })),
      {
        ...op("calendar:write", "calendar", "Make a secret iCalendar address"),
        body: FeedCreate,
        response: { 201: FeedCreated },
      },
    )
    .delete(
      "/feeds/:id",
      ({ request, params }) =>
        mutate(deps, request, null, async (work) => {
          await revokeFeed(work, params.id);
          return { status: 204, body: null };
        }),
      {
        ...op("calendar:write", "calendar", "Revoke an iCalendar address", { 204: { description: "revoked" } }),
        params: z.object({ id: id("calendarFeed") }),
      },
    );
}
