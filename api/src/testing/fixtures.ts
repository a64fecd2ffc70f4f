/** Reports and bodies that the tests share. */
import type { CallCompletedReport, CallStartedReport } from "../contract/engine.ts";
import { newId } from "../ids.ts";
import type { Suite } from "./suite.ts";

export function callId(): string {
  return newId("call", Date.now());
}

let caller = 0;
/** A number nobody else in the run has. */
export function phone(): string {
  caller++;
  return `+9198${String(process.pid % 1000).padStart(3, "0")}${String(caller).padStart(5, "0")}`;
}

export function startedReport(call_id: string, from: string | null): CallStartedReport {
  return {
    type: "call.started",
    call_id,
    engine_id: "engine-1",
    started_at: "2026-11-23T04:00:00.000Z",
    from,
    from_display: null,
    to: "+914440001234",
    transport: "sip",
    verdict: "human",
    verdict_score: 0.1,
  };
}

export function completedReport(
  call_id: string,
  from: string | null,
  more: Partial<CallCompletedReport> = {},
): CallCompletedReport {
  return {
    type: "call.completed",
    call_id,
    engine_id: "engine-1",
    started_at: "2026-11-23T04:00:00.000Z",
    ended_at: "2026-11-23T04:01:05.000Z",
    duration_ms: 65_000,
    from,
    to: "+914440001234",
    ended_by: "caller",
    language: "en-IN",
    finalize: {
      outcome: "answered",
      summary: "Asked for the hours.",
      sentiment: { label: "neutral", score: 0 },
      interests: [],
    },
    fields: {},
    transcript: [
      { speaker: "agent", text: "Hello, this is Suki.", start_ms: 0, end_ms: 1500, word_ms: [0, 500, 800, 1000] },
      { speaker: "caller", text: "When are you open?", start_ms: 2000, end_ms: 3200, confidence: 0.9 },
    ],
    recording: null,
    turns: [{ turn: 1, response_ms: 640, endpointing_ms: 300, stt_ms: 120, llm_ms: 5, tts_ms: 90, engine_ms: 20 }],
    tool_calls: [
      {
        turn: 1,
        name: "answer_question",
        arguments: { question: "When are you open?" },
        result: '{"answer":"Monday to Saturday, nine to six."}',
        status: "done",
        at_ms: 3400,
        duration_ms: 12,
      },
    ],
    media: { codec: "PCMU", packets_received: 3000, packets_lost: 2, packets_sent: 2900, jitter_ms: 1.2 },
    ...more,
  };
}

/** Reads the settings' service with this name. */
export async function serviceId(suite: Suite, name = "Consultation"): Promise<string> {
  const agent = await suite.call("GET", "/voice/v1/agent");
  const services = agent.json["services"] as { id: string; name: string }[];
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`no service ${name}`);
  return found.id;
}

export async function newContact(suite: Suite, number = phone()): Promise<string> {
  const lead = await suite.call("POST", "/crm/v1/leads", { contact: { name: "Priya", phone: number }, source: "test" });
  return String(lead.json["contact_id"]);
}

export interface SlotJson {
  id: string;
  starts_at: string;
  ends_at: string;
}

export async function slots(suite: Suite, service: string, from: string, to: string): Promise<SlotJson[]> {
  const query = new URLSearchParams({ service_id: service, from, to, limit: "100" });
  const answer = await suite.call("GET", `/calendar/v1/slots?${query}`);
  return answer.json.data as unknown as SlotJson[];
}

/** 16-bit stereo at 8 kHz: first the caller is loud, then she is. */
export function stereoWav(frames: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(44 + frames * 4));
  view.setUint16(22, 2, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, 16, true);
  for (let frame = 0; frame < frames; frame++) {
    const left = frame < frames / 2;
    view.setInt16(44 + frame * 4 + (left ? 0 : 2), frame % 2 === 0 ? 16_384 : -16_384, true);
  }
  return new Uint8Array(view.buffer);
}
