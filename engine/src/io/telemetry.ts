/** OpenTelemetry: sends the spans of ended calls over OTLP/HTTP. Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` (or its traces variant) is set; the other `OTEL_…` variables are the exporter's own. */
import { ROOT_CONTEXT, type SpanContext, TraceFlags, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { CallCompletedReport } from "@sk-voice/api/contract/index.ts";
import { type SpanRecord, spansOf } from "../observe/spans.ts";
import { isTracing } from "../observe/trace-context.ts";

export interface Telemetry {
  ended(report: CallCompletedReport): void;
  close(): Promise<void>;
}

/** More wait in vain for a collector that does not take them. */
const MAX_QUEUED = 4096;

export function openTelemetry(environment: Readonly<Record<string, string | undefined>>, engineId: string): Telemetry {
  if (!isTracing(environment)) return { ended: () => undefined, close: async () => undefined };
  const ids = new GivenIds();
  const provider = new TracerProvider({
    idGenerator: ids,
    resource: resourceFromAttributes({
      "service.name": environment["OTEL_SERVICE_NAME"] ?? "sk-voice-engine",
      "service.instance.id": engineId,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), maxQueueSize: MAX_QUEUED })],
  });
  const tracer = provider.getTracer("sk-voice");
  const record = (span: SpanRecord) => {
    ids.next = span;
    tracer
      .startSpan(span.name, { startTime: span.startEpochMs, attributes: { ...span.attributes } }, parentOf(span))
      .end(span.endEpochMs);
  };
  return {
    ended: (report) => {
      for (const span of spansOf(report)) record(span);
    },
    close: () => provider.shutdown(),
  };
}

function parentOf({ traceId, parentSpanId }: SpanRecord) {
  if (parentSpanId === undefined) return ROOT_CONTEXT;
  const parent: SpanContext = { traceId, spanId: parentSpanId, traceFlags: TraceFlags.SAMPLED };
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** Ids come with the spans: the call's own. */
class GivenIds {
  next: { readonly traceId: string; readonly spanId: string } = { traceId: "", spanId: "" };
  readonly generateTraceId = () => this.next.traceId;
  readonly generateSpanId = () => this.next.spanId;
}
