import { Elysia } from "elysia";
import { z } from "zod";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import {
  ReplayRange,
  ReplayStarted,
  TestFired,
  Webhook,
  WebhookCreate,
  WebhookCreated,
  WebhookRotate,
  WebhookRotated,
  WebhookUpdate,
} from "../contract/webhooks.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  revokePreviousSecret,
  rotateSecret,
  testWebhook,
  updateWebhook,
} from "./endpoints.ts";
import { logRoutes } from "./log-routes.ts";
import { replayRange } from "./replay.ts";

const params = z.object({ id: id("webhook") });

function endpointRoutes(deps: Deps) {
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
    .post(
      "/webhooks/:id/rotate",
      ({ request, params, body }) =>
        mutate(deps, request, WebhookRotated, async (work) => ({
          status: 200,
          body: await rotateSecret(work, params.id, body.overlap_seconds),
        })),
      {
        ...op("webhooks:write", "voice", "Make a new signing secret; the old one signs too until the overlap ends"),
        params,
        body: WebhookRotate,
        response: { 200: WebhookRotated },
      },
    )
    .post(
      "/webhooks/:id/revoke-previous-secret",
      ({ request, params }) =>
        mutate(deps, request, Webhook, async (work) => ({
          status: 200,
          body: await revokePreviousSecret(work, params.id),
        })),
      { ...op("webhooks:write", "voice", "End a rotation's overlap now"), params, response: { 200: Webhook } },
    )
    .post(
      "/webhooks/:id/replay",
      ({ request, params, body }) =>
        mutate(deps, request, ReplayStarted, async (work) => ({
          status: 202,
          body: await replayRange(work, params.id, body),
        })),
      {
        ...op("webhooks:write", "voice", "Send the dead letters of a stretch of time once more"),
        params,
        body: ReplayRange,
        response: { 202: ReplayStarted },
      },
    );
}

export function webhookRoutes(deps: Deps) {
  return new Elysia().use(endpointRoutes(deps)).use(logRoutes(deps));
}
