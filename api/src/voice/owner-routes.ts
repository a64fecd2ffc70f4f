import { Elysia } from "elysia";
import { z } from "zod";
import { id } from "../contract/ids.ts";
import { Owner, OwnerChangeCreate, OwnerChanged, OwnerCreate, OwnerVerified, OwnerVerify } from "../contract/owners.ts";
import { page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { addOwner, changeByOwner, listOwners, removeOwner, verifyOwner } from "./owners.ts";

/** Owners by telephone. */
export function ownerRoutes(deps: Deps) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/owners", ({ request }) => read(deps, request, listOwners), {
      ...op("agent:read", "voice", "List who may change her knowledge by telephone"),
      response: { 200: page(Owner) },
    })
    .post(
      "/owners",
      ({ request, body }) =>
        mutate(deps, request, Owner, async (work) => ({ status: 201, body: await addOwner(work, body) })),
      {
        ...op("agent:write", "voice", "Let somebody change her knowledge by telephone; the PIN is kept hashed"),
        body: OwnerCreate,
        response: { 201: Owner },
      },
    )
    .delete(
      "/owners/:id",
      ({ request, params }) =>
        mutate(deps, request, null, async (work) => {
          await removeOwner(work, params.id);
          return { status: 204, body: null };
        }),
      {
        ...op("agent:write", "voice", "Take that right back", { 204: { description: "removed" } }),
        params: z.object({ id: id("user") }),
      },
    )
    .post(
      "/engine/owner-verifications",
      ({ request, body }) =>
        mutate(deps, request, OwnerVerified, async (work) => ({ status: 200, body: await verifyOwner(work, body) })),
      {
        ...op("engine:write", "voice", "Check the PIN an owner pressed; three wrong ones lock it (engines only)"),
        body: OwnerVerify,
        response: { 200: OwnerVerified },
      },
    )
    .post(
      "/engine/owner-changes",
      ({ request, body }) =>
        mutate(deps, request, OwnerChanged, async (work) => ({
          status: 201,
          body: { knowledge_version: await changeByOwner(work, body.call_id, body.change) },
        })),
      {
        ...op("engine:write", "voice", "Write what a verified owner changed by voice (engines only)"),
        body: OwnerChangeCreate,
        response: { 201: OwnerChanged },
      },
    );
}
