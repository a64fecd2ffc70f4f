/** Reports for tests. */
import type { CallCompletedReport, CallStartedReport } from "@sk-voice/api/contract/index.ts";

const call = { engine_id: "engine-1", from: "+919845012345", to: "suki" } as const;

export function startedReport(callId: string): CallStartedReport {
  return {
    type: "call.started",
    call_id: callId,
    ...call,
    started_at: "2026-11-24T09:00:00.000Z",
    from_display: null,
    transport: "sip",
    verdict: "human",
    verdict_score: 0.1,
  };
}

export function completedReport(callId: string): CallCompletedReport {
  return {
    type: "call.completed",
    call_id: callId,
    ...call,
    started_at: "2026-11-24T09:00:00.000Z",
    ended_at: "2026-11-24T09:01:00.000Z",
    duration_ms: 60_000,
    ended_by: "caller",
    language: "en",
    finalize: { outcome: "answered", summary: "", sentiment: { label: "neutral", score: 0 }, interests: [] },
    fields: {},
    transcript: [],
    recording: null,
    turns: [],
    media: { codec: "PCMU", packets_received: 0, packets_lost: 0, packets_sent: 0, jitter_ms: 0 },
  };
}
