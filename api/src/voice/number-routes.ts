import { Elysia } from "elysia";
import { z } from "zod";
import { PhoneNumber } from "../contract/calls.ts";
import { E164 } from "../contract/common.ts";
import { id } from "../contract/ids.ts";
import { TestCall, TestCallClaim, TestCallCreate, TestCallProgress } from "../contract/outbound.ts";
import { page } from "../contract/page.ts";
import { principalOf } from "../exchange.ts";
import { mutate, read } from "../idempotency.ts";
import type { LiveHub } from "../live/hub.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { addNumber, listNumbers, removeNumber } from "./numbers.ts";
import { claimTestCall, getTestCall, placeTestCall, testCallRings } from "./test-calls.ts";

/** Numbers she answers on, and calls she places to prove herself. */
export function numberRoutes(deps: Deps & { readonly hub: LiveHub }) {
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
      async ({ request, body }) => {
        const answer = await mutate(deps, request, TestCall, async (work) => ({
          status: 201,
          body: await placeTestCall(work, body),
        }));
        if (answer.ok) deps.hub.testCallWaits(principalOf(request));
        return answer;
      },
      {
        ...op("calls:write", "voice", "Let her call you; 403 demo_exhausted when the demo's calls are used up"),
        body: TestCallCreate,
        response: { 201: TestCall },
      },
    )
    .get("/test-calls/:id", ({ request, params }) => read(deps, request, (work) => getTestCall(work, params.id)), {
      ...op("calls:read", "voice", "See how a test call goes"),
      params: z.object({ id: id("testCall") }),
      response: { 200: TestCall },
    })
    .post(
      "/engine/test-calls/claim",
      ({ request }) =>
        mutate(deps, request, TestCallClaim, async (work) => ({
          status: 200,
          body: { test_call: await claimTestCall(work) },
        })),
      {
        ...op("engine:write", "voice", "Take the next test call to place (engines only)"),
        response: { 200: TestCallClaim },
      },
    )
    .post(
      "/engine/test-calls/:id/progress",
      ({ request, params, body }) =>
        mutate(deps, request, TestCall, async (work) => ({
          status: 200,
          body: await testCallRings(work, params.id, body.call_id),
        })),
      {
        ...op("engine:write", "voice", "Tell that a test call rings (engines only)"),
        params: z.object({ id: id("testCall") }),
        body: TestCallProgress,
        response: { 200: TestCall },
      },
    );
}
