import { Elysia } from "elysia";
import { z } from "zod";
import { Agent, AgentUpdate } from "../contract/agent.ts";
import { Call, CallQuery, Transcript } from "../contract/calls.ts";
import { EngineReport, EngineReportResult } from "../contract/engine.ts";
import { id } from "../contract/ids.ts";
import { page } from "../contract/page.ts";
import { exchangeOf, principalOf } from "../exchange.ts";
import { mutate, read } from "../idempotency.ts";
import type { LiveHub } from "../live/hub.ts";
import { op, scoped } from "../route.ts";
import { relayReport } from "../suite/relay.ts";
import type { Remotes } from "../suite/remotes.ts";
import type { Deps } from "../work.ts";
import { getAgent, updateAgent } from "./agent.ts";
import { callRoutes } from "./call-routes.ts";
import { getCall, getTranscript, listCalls } from "./calls.ts";
import { knowledgeRoutes } from "./knowledge-routes.ts";
import { numberRoutes } from "./number-routes.ts";
import { ownerRoutes } from "./owner-routes.ts";
import { findRecording, openRecording, serveRecording } from "./recording.ts";
import { recordReport } from "./reports.ts";

const WAV = { "audio/wav": { schema: { type: "string", format: "binary" } } };
const RECORDING = {
  200: { description: "the whole recording", content: WAV },
  206: { description: "the byte range asked for", content: WAV },
};

const params = z.object({ id: id("call") });

type VoiceDeps = Deps & { remotes: Remotes; hub: LiveHub };

function mainRoutes(deps: VoiceDeps) {
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/calls", ({ request, query }) => read(deps, request, (work) => listCalls(work, query)), {
      ...op("calls:read", "voice", "List calls"),
      query: CallQuery,
      response: { 200: page(Call) },
    })
    .get("/calls/:id", ({ request, params }) => read(deps, request, (work) => getCall(work, params.id)), {
      ...op("calls:read", "voice", "Get a call"),
      params,
      response: { 200: Call },
    })
    .get(
      "/calls/:id/transcript",
      ({ request, params }) => read(deps, request, (work) => getTranscript(work, params.id)),
      {
        ...op("calls:read", "voice", "Read a call's transcript"),
        params,
        response: { 200: Transcript },
      },
    )
    .get(
      "/calls/:id/recording",
      async ({ request, params }) => {
        const found = await read(deps, request, (work) => findRecording(work, params.id));
        return serveRecording(await openRecording(deps.recordings, found), params.id, request.headers.get("range"));
      },
      { ...op("calls:read", "voice", "Stream a call's recording (stereo WAV, byte ranges)", RECORDING), params },
    )
    .get("/agent", ({ request }) => read(deps, request, getAgent), {
      ...op("agent:read", "voice", "Read her settings and knowledge"),
      response: { 200: Agent },
    })
    .patch(
      "/agent",
      ({ request, body }) =>
        mutate(deps, request, Agent, async (work) => ({ status: 200, body: await updateAgent(work, body) })),
      {
        ...op("agent:write", "voice", "Change her settings or knowledge"),
        body: AgentUpdate,
        response: { 200: Agent },
      },
    )
    .post(
      "/engine/reports",
      async ({ request, body }) => {
        const relayed = await relayReport(
          deps,
          deps.remotes,
          principalOf(request),
          body,
          exchangeOf(request).requestId,
        );
        return mutate(deps, request, EngineReportResult, async (work) => {
          const { result, first } = await recordReport(work, body, relayed);
          return { status: first ? 201 : 200, body: result };
        });
      },
      {
        ...op("engine:write", "voice", "Report what happened in a call (engines only)"),
        body: EngineReport,
        response: { 200: EngineReportResult, 201: EngineReportResult },
      },
    );
}

export function voiceRoutes(deps: VoiceDeps) {
  return new Elysia()
    .use(mainRoutes(deps))
    .use(callRoutes(deps))
    .use(knowledgeRoutes(deps))
    .use(numberRoutes(deps))
    .use(ownerRoutes(deps));
}
