/**
 * Calls while they run. Nothing here is kept or promised: the record of a call is its reports. An engine opens `/voice/v1/engine/live` and tells; a dashboard opens
 * `/voice/v1/live` and watches. Both are WebSockets with one JSON message a frame.
 */
import { z } from "zod";
import { TRANSPORTS } from "./calls.ts";
import { E164, Language, Timestamp } from "./common.ts";
import { TurnLatency } from "./engine.ts";
import { id } from "./ids.ts";
import { Direction } from "./outbound.ts";

export const LIVE_STATES = ["ringing", "listening", "hearing", "thinking", "speaking", "transferring"] as const;
export const LiveState = z.enum(LIVE_STATES);
export type LiveState = z.infer<typeof LiveState>;

export const LiveCall = z.object({
  id: id("call"),
  engine_id: z.string().min(1).max(100),
  from: E164.nullable(),
  from_display: z.string().max(200).nullable(),
  to: z.string().max(200),
  direction: Direction.optional(),
  transport: z.enum(TRANSPORTS),
  started_at: Timestamp,
  state: LiveState,
});
export type LiveCall = z.infer<typeof LiveCall>;

const call_id = id("call");
/** Peak level of the last quarter second, dBFS: 0 is full scale, −100 silence. */
const level = z.number().min(-100).max(0);

export const CallLevel = z.object({ call_id, caller_db: level, agent_db: level, state: LiveState });
export type CallLevel = z.infer<typeof CallLevel>;

const Caption = z.object({
  type: z.literal("caption"),
  call_id,
  speaker: z.enum(["caller", "agent"]),
  text: z.string().max(10_000),
  /** False for words that may still change; the next caption of the same speaker replaces them. */
  final: z.boolean(),
  /** She was interrupted in it: the rest was not heard. */
  interrupted: z.boolean().optional(),
});
const Turn = z.object({ type: z.literal("turn"), call_id, latency: TurnLatency });
const BargeIn = z.object({ type: z.literal("barge_in"), call_id, kind: z.enum(["ducked", "stopped", "resumed"]) });
const Levels = z.object({ type: z.literal("levels"), levels: z.array(CallLevel).max(2000) });
const Ended = z.object({ type: z.literal("ended"), call_id });
/** A quarter second of both sides, μ-law at 8 kHz, base64. Only for those who listen in. */
const Audio = z.object({
  type: z.literal("audio"),
  call_id,
  caller: z.string().max(8000),
  agent: z.string().max(8000),
});
const Started = z.object({ type: z.literal("call"), call: LiveCall });

/** Both ways pass these on as they are. */
export const LiveEvent = z.discriminatedUnion("type", [Started, Ended, Levels, Caption, Turn, BargeIn, Audio]);
export type LiveEvent = z.infer<typeof LiveEvent>;

/** An engine's first message on every connection; `calls` are those that run. */
export const EngineHello = z.object({
  type: z.literal("hello"),
  engine_id: z.string().min(1).max(100),
  /** Where a browser's or Twilio's media stream reaches this engine; `null` when it takes none. */
  stream_url: z.url().nullable(),
  max_calls: z.number().int().positive(),
  calls: z.array(LiveCall).max(2000),
});
export type EngineHello = z.infer<typeof EngineHello>;

/** An engine's answer to `preview`: μ-law at 8 kHz, base64; `null` when the voice failed. */
export const EnginePreview = z.object({
  type: z.literal("preview"),
  request_id: z.string().max(100),
  sound: z.string().max(400_000).nullable(),
});
export type EnginePreview = z.infer<typeof EnginePreview>;

export const EngineLiveMessage = z.union([EngineHello, EnginePreview, LiveEvent]);
export type EngineLiveMessage = z.infer<typeof EngineLiveMessage>;

export const AfterSaying = z.enum(["go_on", "hang_up"]);

/** From the api to an engine. */
export const EngineCommand = z.discriminatedUnion("type", [
  /** Whether anybody watches: levels are told only then. */
  z.object({ type: z.literal("watch"), on: z.boolean() }),
  z.object({ type: z.literal("listen"), call_id, on: z.boolean() }),
  z.object({ type: z.literal("hang_up"), call_id }),
  z.object({ type: z.literal("say"), call_id, text: z.string().min(1).max(500), after: AfterSaying }),
  z.object({ type: z.literal("transfer"), call_id, to: E164 }),
  /** Somebody wants to hear a voice; the engine answers with `preview`. */
  z.object({
    type: z.literal("preview"),
    request_id: z.string().min(10).max(100),
    text: z.string().min(1).max(200),
    /** Empty: the engine's own. */
    voice: z.string().max(100),
    language: Language,
  }),
  /** There is a test call to claim. */
  z.object({ type: z.literal("test_call") }),
  /** A browser will open a media stream with this ticket before `expires_at`. */
  z.object({
    type: z.literal("expect_stream"),
    ticket: z.string().min(20).max(100),
    expires_at: Timestamp,
    from: E164.nullable(),
    from_display: z.string().max(200).nullable(),
  }),
]);
export type EngineCommand = z.infer<typeof EngineCommand>;

/** An engine as the api sees it. */
export const LiveEngine = z.object({
  engine_id: z.string(),
  calls: z.number().int().nonnegative(),
  max_calls: z.number().int().positive(),
  takes_streams: z.boolean(),
});
export type LiveEngine = z.infer<typeof LiveEngine>;

/** The first message to a dashboard, and the answer of `GET /voice/v1/live/calls`. */
export const LiveSnapshot = z.object({ calls: z.array(LiveCall), engines: z.array(LiveEngine) });
export type LiveSnapshot = z.infer<typeof LiveSnapshot>;

/** To a dashboard: a snapshot, then events. `engines` follows when one comes or goes. */
export const DashboardMessage = z.union([
  LiveSnapshot.extend({ type: z.literal("snapshot") }),
  z.object({ type: z.literal("engines"), engines: z.array(LiveEngine) }),
  LiveEvent,
]);
export type DashboardMessage = z.infer<typeof DashboardMessage>;

/** From a dashboard. Everything else is asked over HTTP. */
export const DashboardRequest = z.object({ type: z.literal("listen"), call_id, on: z.boolean() });
export type DashboardRequest = z.infer<typeof DashboardRequest>;

/** `POST /voice/v1/live/tickets`: for a browser, which cannot send an Authorization header with a WebSocket. */
export const LiveTicket = z.object({
  ticket: z.string(),
  /** `GET …/voice/v1/live?ticket=…`, once. */
  url: z.string(),
  expires_at: Timestamp,
});
export type LiveTicket = z.infer<typeof LiveTicket>;

/** `POST /voice/v1/browser-calls`: an address for one call from a browser, in Twilio's media stream protocol. */
export const BrowserCallCreate = z.object({
  from: E164.nullable().default(null),
  from_display: z.string().max(200).nullable().default(null),
});
export const BrowserCall = z.object({ url: z.string(), engine_id: z.string(), expires_at: Timestamp });
export type BrowserCall = z.infer<typeof BrowserCall>;

/** `GET /voice/v1/voice-preview`. */
export const VoicePreviewQuery = z.object({
  voice: z.string().max(100).optional().describe("default: the one of the settings"),
  language: Language.optional(),
  text: z.string().min(1).max(200).optional(),
});

export const CallSay = z.object({ text: z.string().min(1).max(500), after: AfterSaying.default("go_on") });
export const CallTransfer = z.object({ to: E164 });
/** The engine was told; what came of it shows in the call. */
export const CommandSent = z.object({ call_id, sent: z.literal(true) });
