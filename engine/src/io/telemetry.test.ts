/** Spans reach a collector over OTLP/HTTP with the call's own ids; `/metrics` is what Prometheus reads. */
import { afterAll, expect, test } from "bun:test";
import { spanIdOf, traceIdOf } from "../observe/trace-context.ts";
import { REPORT } from "../sim/outcome.ts";
import { Metrics } from "./metrics.ts";

interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly { traceId: string; spanId: string; parentSpanId?: string; name: string }[];
    }[];
  }[];
}

const bodies: Sent[] = [];
const collector = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    if (new URL(request.url).pathname === "/v1/traces") bodies.push((await request.json()) as Sent);
    return Response.json({});
  },
});
afterAll(() => collector.stop(true));

test("an ended call is one trace at the collector", async () => {
  const module = JSON.stringify(new URL("./telemetry.ts", import.meta.url).href);
  const fixture = JSON.stringify(new URL("../sim/outcome.ts", import.meta.url).href);
  const code = `
    const { openTelemetry } = await import(${module});
    const { REPORT } = await import(${fixture});
    const telemetry = openTelemetry(process.env, "engine-1");
    telemetry.ended(REPORT);
    await telemetry.close();`;
  const endpoint = `http://127.0.0.1:${collector.port}`;
  const child = Bun.spawn([process.execPath, "-e", code], {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    stderr: "pipe",
  });
  expect(await new Response(child.stderr).text()).toBe("");
  const spans = bodies.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
  expect(spans.map(({ name }) => name)).toEqual(["call", "turn", "endpointing", "stt", "llm", "tts", "engine"]);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf(REPORT.call_id)]));
  expect(spans[0]?.spanId).toBe(spanIdOf(REPORT.call_id, "call"));
  expect(spans[1]?.parentSpanId).toBe(spans[0]?.spanId);
});

test("the metrics of an engine with a call behind it", async () => {
  const thread = {
    calls: 2,
    tickLateP99Ms: 1.5,
    droppedPackets: 3,
    providerFailures: 4,
    speculation: { started: 10, hits: 7, misses: 3, wastedTokens: 25 },
  };
  const figures = {
    calls: 2,
    answeredCalls: 5,
    refusedCalls: 1,
    spoolWaiting: 0,
    recordingsWaiting: 0,
    media: { 0: thread },
  };
  const metrics = new Metrics(() => figures);
  metrics.report(REPORT);
  const text = await metrics.text();
  for (const line of [
    "sk_calls 2",
    'sk_calls_completed_total{outcome="booked",ended_by="caller"} 1',
    'sk_turn_response_ms_bucket{le="650"} 0',
    'sk_turn_response_ms_bucket{le="800"} 1',
    'sk_turn_part_ms_sum{part="endpointing"} 900',
    "sk_turns_unmeasured_total 1",
    'sk_provider_failures{thread="0"} 4',
    'sk_speculation_hits{thread="0"} 7',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  expect(text).not.toMatch(/98450|Priya/);
});
