import { Elysia } from "elysia";
import { z } from "zod";
import { Call, CallTools, HeardLedger, RecordingLink, RecordingLinkCreate } from "../contract/calls.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { getHeard, getTools, listQuarantine } from "./calls.ts";
import { linkRecording } from "./recording-links.ts";
import { releaseCall } from "./reports.ts";

const params = z.object({ id: id("call") });

/** What is asked of a call besides its record. */
export function callRoutes(deps: Deps) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/calls/:id/heard", ({ request, params }) => read(deps, request, (work) => getHeard(work, params.id)), {
      ...op("calls:read", "voice", "Read what of her words the caller really heard"),
      params,
      response: { 200: HeardLedger },
    })
    .get("/calls/:id/tool-calls", ({ request, params }) => read(deps, request, (work) => getTools(work, params.id)), {
      ...op("calls:read", "voice", "Read what she did in a call besides speaking"),
      params,
      response: { 200: CallTools },
    })
    .post(
      "/calls/:id/recording-links",
      ({ request, params, body }) =>
        mutate(deps, request, RecordingLink, async (work) => ({
          status: 201,
          body: await linkRecording(work, params.id, body.expires_in_seconds),
        })),
      {
        ...op("calls:read", "voice", "Make an address of the recording that works without a key until it expires"),
        params,
        body: RecordingLinkCreate,
        response: { 201: RecordingLink },
      },
    )
    .get("/quarantine", ({ request, query }) => read(deps, request, (work) => listQuarantine(work, query)), {
      ...op("calls:read", "voice", "List judged robocalls: kept, silent, releasable"),
      query: PageQuery,
      response: { 200: page(Call) },
    })
    .post(
      "/quarantine/:id/release",
      ({ request, params }) =>
        mutate(deps, request, Call, async (work) => ({ status: 200, body: await releaseCall(work, params.id) })),
      {
        ...op("calls:write", "voice", "Release a call: it was a human; its events fire now"),
        params,
        response: { 200: Call },
      },
    );
}
