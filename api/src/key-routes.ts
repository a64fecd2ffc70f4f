import { Elysia } from "elysia";
import { z } from "zod";
import { listAudit, verifyAudit } from "./audit.ts";
import type { KeyRing } from "./auth.ts";
import { id } from "./contract/ids.ts";
import { AuditEntry, AuditVerified, Key, KeyCreate, KeyCreated } from "./contract/keys.ts";
import { PageQuery, page } from "./contract/page.ts";
import { mutate, read } from "./idempotency.ts";
import { createKey, getKey, listKeys, revokeKey } from "./keys.ts";
import { op, scoped } from "./route.ts";
import type { Deps } from "./work.ts";

const params = z.object({ id: id("key") });

/** Keys, and the log of what was done with them. */
export function keyRoutes(deps: Deps & { keys: KeyRing }) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/keys", ({ request, query }) => read(deps, request, (work) => listKeys(work, query)), {
      ...op("keys:read", "voice", "List keys"),
      query: PageQuery,
      response: { 200: page(Key) },
    })
    .post(
      "/keys",
      ({ request, body }) =>
        mutate(deps, request, KeyCreated, async (work) => ({
          status: 201,
          body: await createKey(work, deps.keys, body),
        })),
      {
        ...op("keys:write", "voice", "Make a key of this workspace and environment; shown once"),
        body: KeyCreate,
        response: { 201: KeyCreated },
      },
    )
    .get("/keys/:id", ({ request, params }) => read(deps, request, (work) => getKey(work, params.id)), {
      ...op("keys:read", "voice", "Get a key"),
      params,
      response: { 200: Key },
    })
    .post(
      "/keys/:id/revoke",
      ({ request, params }) =>
        mutate(deps, request, Key, async (work) => ({
          status: 200,
          body: await revokeKey(work, deps.keys, params.id),
        })),
      { ...op("keys:write", "voice", "Revoke a key"), params, response: { 200: Key } },
    )
    .get("/audit", ({ request, query }) => read(deps, request, (work) => listAudit(work, query)), {
      ...op("audit:read", "voice", "Read the audit log"),
      query: PageQuery,
      response: { 200: page(AuditEntry) },
    })
    .get("/audit/verify", ({ request }) => read(deps, request, verifyAudit), {
      ...op("audit:read", "voice", "Walk the audit log's hash chain"),
      response: { 200: AuditVerified },
    });
}
