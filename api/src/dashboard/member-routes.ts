import { Elysia } from "elysia";
import { z } from "zod";
import { Member, MemberCreate, MemberUpdate } from "../contract/dashboard.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { createMember, listMembers, updateMember } from "./members.ts";
import { hashPassword } from "./password.ts";
import type { SessionRing } from "./sessions.ts";

export function memberRoutes(deps: Deps, sessions: SessionRing) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/members", ({ request, query }) => read(deps, request, (work) => listMembers(work, query)), {
      ...op("agent:read", "voice", "List who signs in to the dashboard"),
      query: PageQuery,
      response: { 200: page(Member) },
    })
    .post(
      "/members",
      async ({ request, body }) => {
        const hash = await hashPassword(body.password);
        return mutate(deps, request, Member, async (work) => ({
          status: 201,
          body: await createMember(work, body, hash),
        }));
      },
      {
        ...op("keys:write", "voice", "Let somebody sign in to the dashboard"),
        body: MemberCreate,
        response: { 201: Member },
      },
    )
    .patch(
      "/members/:id",
      async ({ request, params, body }) => {
        const hash = body.password === undefined ? undefined : await hashPassword(body.password);
        const response = await mutate(deps, request, Member, async (work) => ({
          status: 200,
          body: await updateMember(work, params.id, body, hash),
        }));
        sessions.forget();
        return response;
      },
      {
        ...op("keys:write", "voice", "Change a member; a new password or role ends their sessions"),
        params: z.object({ id: id("user") }),
        body: MemberUpdate,
        response: { 200: Member },
      },
    );
}
