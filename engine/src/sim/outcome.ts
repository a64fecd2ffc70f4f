/** An outcome with two turns, one of them unmeasured, for the tests of what is observed. */
import type { CallCompletedReport } from "@sk-voice/api/contract/index.ts";

export const CALL_ID = "cal_01JD0000000000000000000001";

export const REPORT: CallCompletedReport = {
  type: "call.completed",
  call_id: CALL_ID,
  engine_id: "e",
  started_at: "2026-11-23T04:30:00.000Z",
  ended_at: "2026-11-23T04:31:00.000Z",
  duration_ms: 60_000,
  from: "+919845012345",
  to: "suki",
  ended_by: "caller",
  language: "en-IN",
  finalize: { outcome: "booked", summary: "Priya booked.", sentiment: { label: "neutral", score: 0 }, interests: [] },
  fields: { name: "Priya" },
  transcript: [{ speaker: "caller", text: "hello", start_ms: 0, end_ms: 500 }],
  recording: null,
  turns: [
    {
      turn: 2,
      response_ms: 700,
      endpointing_ms: 450,
      stt_ms: 0,
      llm_ms: 150,
      tts_ms: 90,
      engine_ms: 10,
      speech_end_ms: 5000,
      vad_stop_ms: 200,
      llm_first_token_ms: 120,
    },
    {
      turn: 3,
      response_ms: null,
      endpointing_ms: 450,
      stt_ms: 0,
      llm_ms: null,
      tts_ms: null,
      engine_ms: null,
      speech_end_ms: 9000,
    },
  ],
  media: { codec: "PCMU", packets_received: 3000, packets_lost: 1, packets_sent: 3000, jitter_ms: 2 },
};
