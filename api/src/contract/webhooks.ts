import { z } from "zod";
import { Timestamp } from "./common.ts";
import { EVENT_TYPES } from "./events.ts";
import { id } from "./ids.ts";
import { PageQuery } from "./page.ts";

const Events = z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length);
/** Requests to the endpoint at once, from each delivery worker. */
const Concurrency = z.number().int().min(1).max(64);
const Url = z.url().max(2000).describe("https in live; http and loopback only for a local development workspace");

/** `POST /voice/v1/webhooks`, the quickstart. */
export const WebhookCreate = z.object({
  url: Url,
  events: Events,
  description: z.string().max(200).optional(),
  max_concurrency: Concurrency.optional(),
});
export type WebhookCreate = z.infer<typeof WebhookCreate>;

/** `PATCH /voice/v1/webhooks/{whk_}`. `disabled: false` also re-enables an endpoint that answered 410. */
export const WebhookUpdate = z
  .object({
    url: Url,
    events: Events,
    description: z.string().max(200).nullable(),
    disabled: z.boolean(),
    max_concurrency: Concurrency,
  })
  .partial();
export type WebhookUpdate = z.infer<typeof WebhookUpdate>;

export const Webhook = z.object({
  id: id("webhook"),
  url: z.string(),
  events: z.array(z.enum(EVENT_TYPES)),
  description: z.string().nullable(),
  livemode: z.boolean(),
  disabled: z.boolean(),
  disabled_reason: z.string().nullable(),
  max_concurrency: Concurrency,
  /** Two secrets sign until then. */
  rotation_until: Timestamp.nullable(),
  /** `failing`: its last tries failed. `paused`: so often that nothing is sent before `paused_until`. */
  health: z.object({
    state: z.enum(["ok", "failing", "paused"]),
    failures: z.number().int(),
    failing_since: Timestamp.nullable(),
    paused_until: Timestamp.nullable(),
  }),
  created_at: Timestamp,
});
export type Webhook = z.infer<typeof Webhook>;

/** The only answer that carries the signing secret (`whsec_…`). */
export const WebhookCreated = Webhook.extend({ secret: z.string() });
export type WebhookCreated = z.infer<typeof WebhookCreated>;

export const DELIVERY_STATUS = ["pending", "succeeded", "dead", "cancelled"] as const;

/** One event on its way to one endpoint. `dead` after the first try and seven retries. */
export const Delivery = z.object({
  id: id("delivery"),
  event_id: id("event"),
  event_type: z.string(),
  webhook_id: id("webhook"),
  status: z.enum(DELIVERY_STATUS),
  attempts: z.number().int().nonnegative(),
  next_attempt_at: Timestamp.nullable(),
  response_status: z.number().int().nullable(),
  latency_ms: z.number().int().nullable(),
  /** At most 4,096 bytes. */
  response_head: z.string().nullable(),
  error: z.string().nullable(),
  created_at: Timestamp,
  completed_at: Timestamp.nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

export const DeliveryQuery = PageQuery.extend({
  webhook_id: id("webhook").optional(),
  event_id: id("event").optional(),
  status: z.enum(DELIVERY_STATUS).optional(),
});

/** `POST /voice/v1/webhooks/{whk_}/test`: a signed `ping` is on its way. */
export const TestFired = z.object({ event_id: id("event"), delivery_id: id("delivery") });

/** `POST /voice/v1/webhooks/{whk_}/rotate`: the new secret signs at once, the old one too until the overlap ends; 0 revokes it now. */
export const WebhookRotate = z.object({ overlap_seconds: z.number().int().min(0).max(604_800).default(86_400) });
export const WebhookRotated = WebhookCreated;

/** One try of a delivery. */
export const DeliveryAttempt = z.object({
  number: z.number().int().positive(),
  at: Timestamp,
  response_status: z.number().int().nullable(),
  latency_ms: z.number().int(),
  response_head: z.string().nullable(),
  error: z.string().nullable(),
});
export const DeliveryDetail = Delivery.extend({ tries: z.array(DeliveryAttempt) });

/** `POST /voice/v1/webhooks/{whk_}/replay`: dead letters whose event is of this stretch of time, at most 10,000 a request. */
export const ReplayRange = z.object({
  since: Timestamp,
  until: Timestamp.optional(),
  status: z.enum(["dead", "succeeded"]).default("dead"),
  types: Events.optional(),
});
export type ReplayRange = z.infer<typeof ReplayRange>;
export const ReplayStarted = z.object({ replayed: z.number().int(), more: z.boolean() });

/** `GET /voice/v1/event-types`. */
export const EventTypeInfo = z.object({
  type: z.string(),
  description: z.string(),
  schema: z.record(z.string(), z.unknown()).describe("JSON Schema 2020-12 of the whole envelope"),
});
