/**
 * A call's spans, made from its outcome when it is over: nothing is traced in the packet path. One span for the call, one for each answered turn, one for each
 * measured part of its pause. No personal data: ids, counts and times. Pure.
 */
import type { CallCompletedReport, TurnLatency } from "@sk-voice/api/contract/index.ts";
import { spanIdOf, traceIdOf } from "./trace-context.ts";

export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly startEpochMs: number;
  readonly endEpochMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** In the order in which they follow one another. */
export const PARTS = ["endpointing", "stt", "llm", "tts", "engine"] as const;
export type Part = (typeof PARTS)[number];

export function partOf(turn: TurnLatency, part: Part): number | null {
  return turn[`${part}_ms`];
}

export function spansOf(report: CallCompletedReport): SpanRecord[] {
  const { call_id: callId, finalize, media, turns } = report;
  const startEpochMs = Date.parse(report.started_at);
  const call: SpanRecord = {
    traceId: traceIdOf(callId),
    spanId: spanIdOf(callId, "call"),
    parentSpanId: undefined,
    name: "call",
    startEpochMs,
    endEpochMs: Date.parse(report.ended_at),
    attributes: {
      "call.id": callId,
      "call.outcome": finalize.outcome,
      "call.sentiment": finalize.sentiment.label,
      "call.language": report.language,
      "call.ended_by": report.ended_by,
      "media.codec": media.codec,
      "media.packets_received": media.packets_received,
      "media.packets_lost": media.packets_lost,
    },
  };
  return [call, ...turns.flatMap((turn) => turnSpans(call, callId, turn))];
}

/** Without its beginning or its end a turn has no span: unmeasured is not 0. */
function turnSpans(call: SpanRecord, callId: string, turn: TurnLatency): SpanRecord[] {
  if (turn.speech_end_ms == null || turn.response_ms === null) return [];
  const startEpochMs = call.startEpochMs + turn.speech_end_ms;
  const span: SpanRecord = {
    traceId: call.traceId,
    spanId: spanIdOf(callId, `turn ${turn.turn}`),
    parentSpanId: call.spanId,
    name: "turn",
    startEpochMs,
    endEpochMs: startEpochMs + turn.response_ms,
    attributes: {
      "turn.number": turn.turn,
      ...(turn.vad_stop_ms == null ? {} : { "turn.vad_stop_ms": turn.vad_stop_ms }),
      ...(turn.llm_first_token_ms == null ? {} : { "turn.llm_first_token_ms": turn.llm_first_token_ms }),
    },
  };
  const spans = [span];
  let atEpochMs = startEpochMs;
  for (const part of PARTS) {
    const ms = partOf(turn, part);
    if (ms === null) break;
    const spanId = spanIdOf(callId, `turn ${turn.turn} ${part}`);
    spans.push({
      ...span,
      spanId,
      parentSpanId: span.spanId,
      name: part,
      startEpochMs: atEpochMs,
      endEpochMs: atEpochMs + ms,
      attributes: {},
    });
    atEpochMs += ms;
  }
  return spans;
}
