/** What is known of a call so far, and the outcome report made from it. Pure bookkeeping: the core writes, the spool reads. */
import type {
  CallCompletedReport,
  CallEscalatedReport,
  CallQuarantinedReport,
  CallStartedReport,
  Outcome,
  Sentiment,
  TranscriptLine,
  TurnLatency,
} from "@sk-voice/api/contract/index.ts";
import { languageOf } from "@sk-voice/models/language.ts";
import { sentimentOf } from "@sk-voice/models/sentiment.ts";
import type { ToolFact } from "../receptionist/facts.ts";
import type { ToolRan } from "../receptionist/runner.ts";
import { summarise } from "../receptionist/summary.ts";
import type { CallerVerdict } from "../screening/caller-gate.ts";
import { signalsOf } from "../screening/signals.ts";
import type { Heard } from "../talk/heard.ts";
import type { CallInfo, CallOutcome, MediaFigures } from "./events.ts";
import { sipMetadata } from "./sip-metadata.ts";
import { ToolLog } from "./tool-log.ts";

interface Spoken {
  readonly text: string;
  readonly speechStartMs: number;
  readonly speechEndMs: number;
  readonly confidence: number | undefined;
}

export interface RecordingFigures {
  readonly recordingId: string;
  readonly path: string;
  readonly durationMs: number;
  /** Of the WAV, before encryption. */
  readonly bytes: number;
  /** It is encrypted with this key. */
  readonly keyId?: string;
}

/** Takes both sides of the call; `undefined` where calls are not recorded. */
export interface Recorder {
  caller(heardMs: number, positionSamples: number, samples: Int16Array): void;
  agent(sentMs: number, samples: Int16Array): void;
  figures(): RecordingFigures;
  /** Places what is left. */
  finish(now: number): RecordingFigures;
}

/** Read whenever an outcome is made; the media side owns the figures. */
export interface MediaSource {
  figures(): MediaFigures;
  recording(): RecordingFigures | null;
}

export class CallRecord {
  readonly lines: TranscriptLine[] = [];
  readonly turns: TurnLatency[] = [];
  readonly facts: ToolFact[] = [];
  readonly #tools = new ToolLog();
  /** The screening's verdict, if it is that. */
  robocall: CallerVerdict | undefined;
  #answeredAtMs = 0;
  /** The caller's, as far as their words tell. */
  #language: string;

  constructor(
    private readonly info: CallInfo,
    private readonly media: MediaSource,
    private readonly pauses: { readonly all: readonly number[] } = { all: [] },
  ) {
    this.#language = info.language;
  }

  answered(now: number): void {
    this.#answeredAtMs = now;
  }

  get answeredAtMs(): number {
    return this.#answeredAtMs;
  }

  /** Milliseconds since the answer, as transcripts count. */
  sinceAnswer(now: number): number {
    return Math.max(0, Math.round(now - this.#answeredAtMs));
  }

  /** What the caller said in one turn. */
  caller(turn: Spoken): void {
    this.#language = languageOf(turn.text, this.info.languages ?? []) ?? this.#language;
    this.lines.push({
      speaker: "caller",
      text: turn.text,
      language: this.#language,
      sentiment: sentimentOf([turn.text]),
      start_ms: this.sinceAnswer(turn.speechStartMs),
      end_ms: this.sinceAnswer(turn.speechEndMs),
      ...(turn.confidence === undefined ? {} : { confidence: turn.confidence }),
    });
  }

  /** What was heard of her in one turn: its text, `undefined` when nothing was. */
  agent(now: number, heard: readonly Heard[], interrupted: boolean): string | undefined {
    const first = heard[0];
    if (!first) return undefined;
    const text = heard.map((part) => part.text).join(" ");
    const cut = interrupted && heard.some((part) => !part.complete);
    this.lines.push({
      speaker: "agent",
      text,
      start_ms: this.sinceAnswer(first.startedAtMs ?? now),
      end_ms: this.sinceAnswer(now),
      ...(cut ? { interrupted: true } : {}),
      ...this.#wordTimes(heard),
    });
    return text;
  }

  tool(now: number, turn: number, ran: ToolRan): void {
    this.#tools.add(this.sinceAnswer(now), turn, ran);
  }

  /** Of a line that was heard in its parts: when each word of it began. */
  #wordTimes(heard: readonly Heard[]): { word_ms?: number[] } {
    const word_ms: number[] = [];
    for (const { startedAtMs, wordStartsMs } of heard) {
      if (startedAtMs === undefined || wordStartsMs.length === 0) return {};
      word_ms.push(...wordStartsMs.map((ms) => this.sinceAnswer(startedAtMs + ms)));
    }
    return word_ms.length > 2000 ? {} : { word_ms };
  }

  /** How the call would be told of if it ended now. */
  outcome(now: number, endedBy: CallCompletedReport["ended_by"]): CallOutcome {
    return this.robocall ? this.#quarantined(now, this.robocall) : this.completed(now, endedBy);
  }

  started(verdict: "human" | "undecided", score: number): CallStartedReport {
    const { callId, engineId, fromDisplay, transport, startedAtEpochMs } = this.info;
    return {
      type: "call.started",
      call_id: callId,
      engine_id: engineId,
      started_at: new Date(startedAtEpochMs).toISOString(),
      from_display: fromDisplay,
      ...this.#line(),
      transport,
      verdict,
      verdict_score: score,
    };
  }

  /** With the transcript so far, for whoever takes the call. */
  escalated(now: number, { trigger, reason }: Extract<ToolFact, { type: "escalated" }>): CallEscalatedReport {
    const { callId, engineId, startedAtEpochMs } = this.info;
    return {
      type: "call.escalated",
      call_id: callId,
      engine_id: engineId,
      escalated_at: new Date(startedAtEpochMs + this.sinceAnswer(now)).toISOString(),
      trigger,
      reason,
      transcript: [...this.lines],
    };
  }

  completed(now: number, endedBy: CallCompletedReport["ended_by"]): CallCompletedReport {
    const { info, lines, turns } = this;
    const durationMs = this.sinceAnswer(now);
    const media = this.media.figures();
    const { outcome, summary, sentiment } = this.#summary();
    return {
      type: "call.completed",
      call_id: info.callId,
      engine_id: info.engineId,
      started_at: new Date(info.startedAtEpochMs).toISOString(),
      ended_at: new Date(info.startedAtEpochMs + durationMs).toISOString(),
      duration_ms: durationMs,
      ...this.#line(),
      ended_by: endedBy,
      language: spokenMost(lines) ?? info.language,
      finalize: { outcome, summary, sentiment, interests: this.#interests(), ...this.#appointment() },
      fields: this.#fields(),
      transcript: [...lines],
      recording: this.#recording(),
      turns: [...turns],
      pauses_ms: [...this.pauses.all],
      tool_calls: this.#tools.calls(),
      media: {
        codec: info.codec,
        encrypted: media.encrypted,
        packets_received: media.packetsReceived,
        packets_lost: media.packetsLost,
        packets_late: media.packetsLate,
        packets_sent: media.packetsSent,
        jitter_ms: media.jitterMs,
        concealed_ms: media.concealedMs,
        round_trip_ms: media.roundTripMs,
        remote_packets_lost: media.remotePacketsLost,
        remote_jitter_ms: media.remoteJitterMs,
        mos: media.mos,
        remote_mos: media.remoteMos,
      },
    };
  }

  /** A robocall: kept with the reasons. */
  #quarantined(now: number, verdict: CallerVerdict): CallQuarantinedReport {
    const { callId, engineId, fromDisplay, transport, startedAtEpochMs } = this.info;
    const durationMs = this.sinceAnswer(now);
    return {
      type: "call.quarantined",
      call_id: callId,
      engine_id: engineId,
      started_at: new Date(startedAtEpochMs).toISOString(),
      ended_at: new Date(startedAtEpochMs + durationMs).toISOString(),
      duration_ms: durationMs,
      from_display: fromDisplay,
      ...this.#line(),
      transport,
      verdict_score: verdict.score,
      verdict_at_ms: Math.round(verdict.atMs),
      evidence: { ...verdict.groups },
      signals: signalsOf(verdict),
      transcript: [...this.lines],
      recording: this.#recording(),
    };
  }

  /** Of an outbound call `from` is ours, as the api tells it. */
  #line(): Pick<CallStartedReport, "from" | "to" | "direction" | "test_call_id" | "sip"> {
    const { from, to, direction = "inbound", testCallId, carrier } = this.info;
    const sip = carrier === undefined ? {} : { sip: sipMetadata(carrier) };
    if (direction === "inbound") return { from, to, direction, ...sip };
    const ours = /^\+\d+$/.test(to) ? to : null;
    return {
      from: ours,
      to: from ?? "",
      direction,
      ...(testCallId === undefined ? {} : { test_call_id: testCallId }),
      ...sip,
    };
  }

  #recording(): CallCompletedReport["recording"] {
    const recording = this.media.recording();
    if (!recording) return null;
    const { recordingId, path, durationMs, bytes, keyId } = recording;
    const sealed = keyId === undefined ? {} : { key_id: keyId };
    return { recording_id: recordingId, path, duration_ms: durationMs, bytes, ...sealed };
  }

  #summary(): { outcome: Outcome; summary: string; sentiment: Sentiment } {
    return summarise({ lines: this.lines, facts: this.facts, fields: this.#fields() });
  }

  #fields(): Record<string, string> {
    return Object.fromEntries(this.facts.flatMap((fact) => (fact.type === "field" ? [[fact.name, fact.value]] : [])));
  }

  #interests(): { catalog_item_id: string }[] {
    const items = this.facts.flatMap((fact) => (fact.type === "interest" ? [fact.catalogItemId] : []));
    return [...new Set(items)].map((catalog_item_id) => ({ catalog_item_id }));
  }

  #appointment(): { appointment_id?: string } {
    const booked = this.facts.findLast((fact) => fact.type === "booked");
    return booked ? { appointment_id: booked.appointmentId } : {};
  }
}

/** The language of most of the caller's turns; the later one when two are alike. */
function spokenMost(lines: readonly TranscriptLine[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { speaker, language } of lines) {
    if (speaker === "caller" && language) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  return [...counts].reverse().sort(([, a], [, b]) => b - a)[0]?.[0];
}
