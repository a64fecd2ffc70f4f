import { Elysia } from "elysia";
import { z } from "zod";
import { PhoneNumber, TestCall, TestCallCreate } from "../contract/calls.ts";
import { E164 } from "../contract/common.ts";
import { id } from "../contract/ids.ts";
import { page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { addNumber, listNumbers, removeNumber } from "./numbers.ts";
import { claimTestCall, placeTestCall } from "./test-calls.ts";

/** Numbers she answers on, and calls she places to prove herself. */
export function numberRoutes(deps: Deps) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/numbers", ({ request }) => read(deps, request, listNumbers), {
      ...op("agent:read", "voice", "List the numbers she answers on"),
      response: { 200: page(PhoneNumber) },
    })
    .post(
      "/numbers",
      ({ request, body }) =>
        mutate(deps, request, PhoneNumber, async (work) => ({ status: 201, body: await addNumber(work, body.number) })),
      {
        ...op("agent:write", "voice", "Add a number"),
        body: z.object({ number: E164 }),
        response: { 201: PhoneNumber },
      },
    )
    .delete(
      "/numbers/:id",
      ({ request, params }) =>
        mutate(deps, request, null, async (work) => {
          await removeNumber(work, params.id);
          return { status: 204, body: null };
        }),
      {
        ...op("agent:write", "voice", "Remove a number", { 204: { description: "removed" } }),
        params: z.object({ id: id("number") }),
      },
    )
    .post(
      "/test-calls",
      ({ request, body }) =>
        mutate(deps, request, TestCall, async (work) => ({ status: 201, body: await placeTestCall(work, body.to) })),
      {
        ...op("calls:write", "voice", "Let her call you; 403 demo_exhausted when the demo's calls are used up"),
        body: TestCallCreate,
        response: { 201: TestCall },
      },
    )
    .post(
      "/engine/test-calls/claim",
      ({ request }) =>
        mutate(deps, request, z.object({ test_call: TestCall.nullable() }), async (work) => ({
          status: 200,
          body: { test_call: await claimTestCall(work) },
        })),
      {
        ...op("engine:write", "voice", "Take the next test call to place (engines only)"),
        response: { 200: z.object({ test_call: TestCall.nullable() }) },
      },
    );
}
