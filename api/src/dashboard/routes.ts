/** What the dashboard asks of the api besides the products' own routes; open to every key like the rest. */
import { Elysia } from "elysia";
import { z } from "zod";
import {
  CallEvent,
  CallQuality,
  DeliveryRequest,
  Insights,
  InsightsQuery,
  SampleData,
  Waveform,
  WaveformQuery,
} from "../contract/dashboard.ts";
import { id } from "../contract/ids.ts";
import { page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import { findRecording, openRecording } from "../voice/recording.ts";
import type { Deps } from "../work.ts";
import { callEvents, callQuality } from "./call-views.ts";
import { deliveryRequest } from "./delivery-request.ts";
import { insights } from "./insights.ts";
import { addSampleData, describeSampleData, removeSampleData } from "./sample-data.ts";
import { waveformOf } from "./waveform.ts";

const params = z.object({ id: id("call") });

function callViewRoutes(deps: Deps) {
  return new Elysia({ prefix: "/voice/v1/calls/:id" })
    .use(scoped)
    .get("/quality", ({ request, params }) => read(deps, request, (work) => callQuality(work, params.id)), {
      ...op("calls:read", "voice", "Read a call's response times and the quality of its line"),
      params,
      response: { 200: CallQuality },
    })
    .get(
      "/waveform",
      async ({ request, params, query }) => {
        const found = await read(deps, request, (work) => findRecording(work, params.id));
        return waveformOf(await openRecording(deps.recordings, found), query.points);
      },
      {
        ...op("calls:read", "voice", "Read the shape of a recording"),
        params,
        query: WaveformQuery,
        response: { 200: Waveform },
      },
    )
    .get(
      "/events",
      async ({ request, params }) => ({
        data: await read(deps, request, (work) => callEvents(work, params.id)),
        next_cursor: null,
      }),
      {
        ...op("events:read", "voice", "List the events of a call and their deliveries"),
        params,
        response: { 200: page(CallEvent) },
      },
    );
}

export function dashboardRoutes(deps: Deps) {
  return new Elysia().use(callViewRoutes(deps)).use(
    new Elysia({ prefix: "/voice/v1" })
      .use(scoped)
      .get("/insights", ({ request, query }) => read(deps, request, (work) => insights(work, query.days)), {
        ...op("calls:read", "voice", "Read figures by day, hour and outcome"),
        query: InsightsQuery,
        response: { 200: Insights },
      })
      .get(
        "/deliveries/:id/request",
        ({ request, params }) => read(deps, request, (work) => deliveryRequest(work, params.id)),
        {
          ...op("webhooks:read", "voice", "Read what a delivery sends: headers with their signature, and body"),
          params: z.object({ id: id("delivery") }),
          response: { 200: DeliveryRequest },
        },
      )
      .get("/sample-data", ({ request }) => read(deps, request, describeSampleData), {
        ...op("agent:read", "voice", "Is there sample data?"),
        response: { 200: SampleData },
      })
      .post(
        "/sample-data",
        ({ request }) =>
          mutate(deps, request, SampleData, async (work) => ({ status: 201, body: await addSampleData(work) })),
        { ...op("agent:write", "voice", "Add two weeks of sample data; fires nothing"), response: { 201: SampleData } },
      )
      .delete(
        "/sample-data",
        ({ request }) =>
          mutate(deps, request, SampleData, async (work) => ({ status: 200, body: await removeSampleData(work) })),
        { ...op("agent:write", "voice", "Take the sample data away again"), response: { 200: SampleData } },
      ),
  );
}
