import { Elysia } from "elysia";
import { z } from "zod";
import {
  KnowledgeDiff,
  KnowledgeHit,
  KnowledgeSearch,
  KnowledgeVersion,
  KnowledgeVersionDetail,
} from "../contract/knowledge.ts";
import { PageQuery, page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { diffVersions, getVersion, listVersions, restoreVersion, searchKnowledge } from "./knowledge.ts";

const number = z.coerce.number().int().min(1).max(2_147_483_647);
const params = z.object({ version: number });

export function knowledgeRoutes(deps: Deps) {
  return new Elysia({ prefix: "/voice/v1/knowledge" })
    .use(scoped)
    .get("/versions", ({ request, query }) => read(deps, request, (work) => listVersions(work, query)), {
      ...op("agent:read", "voice", "List versions of what she knows"),
      query: PageQuery,
      response: { 200: page(KnowledgeVersion) },
    })
    .get(
      "/versions/:version",
      ({ request, params }) => read(deps, request, (work) => getVersion(work, params.version)),
      { ...op("agent:read", "voice", "Read a version"), params, response: { 200: KnowledgeVersionDetail } },
    )
    .post(
      "/versions/:version/restore",
      ({ request, params }) =>
        mutate(deps, request, KnowledgeVersion, async (work) => ({
          status: 200,
          body: await restoreVersion(work, params.version),
        })),
      {
        ...op("agent:write", "voice", "Make an earlier version the newest one"),
        params,
        response: { 200: KnowledgeVersion },
      },
    )
    .get("/diff", ({ request, query }) => read(deps, request, (work) => diffVersions(work, query.from, query.to)), {
      ...op("agent:read", "voice", "Compare two versions"),
      query: z.object({ from: number, to: number }),
      response: { 200: KnowledgeDiff },
    })
    .get(
      "/search",
      ({ request, query }) =>
        read(deps, request, async (work) => ({
          data: await searchKnowledge(work, query.q, query.limit),
          next_cursor: null,
        })),
      {
        ...op("agent:read", "voice", "Search what she knows"),
        query: KnowledgeSearch,
        response: { 200: page(KnowledgeHit) },
      },
    );
}
