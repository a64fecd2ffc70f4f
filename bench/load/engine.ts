/**
 * The engine under load, a process of its own: every part of `engine/src/main.ts` but the models of speech, which are scripted (`scripted.ts`), and the
 * business, which is a fixed one. VAD, media threads, signalling, spool and recordings are the real ones.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { sentences } from "@sk-voice/engine/call/greeting.ts";
import { Quotas } from "@sk-voice/engine/call/quotas.ts";
import { parseConfig } from "@sk-voice/engine/config.ts";
import { serveHealth } from "@sk-voice/engine/io/health.ts";
import { createLog } from "@sk-voice/engine/io/log.ts";
import { MediaPool } from "@sk-voice/engine/io/media-pool.ts";
import { PrintFile } from "@sk-voice/engine/io/print-file.ts";
import { Publisher } from "@sk-voice/engine/io/publisher.ts";
import { Referrals } from "@sk-voice/engine/io/referrals.ts";
import { RtpPorts } from "@sk-voice/engine/io/rtp-ports.ts";
import { openSipTransport } from "@sk-voice/engine/io/sip-transport.ts";
import { Spool } from "@sk-voice/engine/io/spool.ts";
import { Switchboard } from "@sk-voice/engine/io/switchboard.ts";
import { Transfers } from "@sk-voice/engine/io/transfers.ts";
import { SALON } from "@sk-voice/engine/receptionist/sim/workspace.ts";
import { Dialling } from "@sk-voice/engine/sip/dialling.ts";
import { PHRASES } from "@sk-voice/engine/talk/phrases.ts";
import { serveSpeech } from "@sk-voice/models/io/remote-speech.ts";
import { fixedStt, fixedTts } from "./scripted.ts";

const QUESTIONS = [
  "What are your opening hours?",
  "How much is a haircut and how long does it take?",
  "Where are you, please, and is there somewhere to park the car?",
  "Do you do beard trims on Saturday mornings?",
  "I was wondering whether you also do colouring.",
  "My sister told me about you, do I need an appointment?",
  "Can I pay by card, or do you only take cash?",
  "Hello, who am I speaking with?",
  "What time do you close tomorrow?",
  "Is it possible to bring my dog along?",
  "Could you tell me your prices for children?",
];
const number = (name: string, fallback: number) => Number(process.env[name] ?? fallback);

const config = parseConfig(process.env);
const log = createLog({ level: config.SK_LOG_LEVEL, name: "engine" });
mkdirSync(config.SK_DATA_DIR, { recursive: true });
/** Screened at full cost, but nobody is hung up on: these callers are machines. */
const screening = { ...SALON.screening, mode: "shadow" as const };
const agent = { ...SALON, screening, record_calls: process.env["SK_LOAD_RECORD"] === "1" };
const stt = fixedStt(QUESTIONS, number("SK_LOAD_STT_MS", 60));
const tts = fixedTts({
  delayMs: number("SK_LOAD_TTS_MS", 90),
  msPerCharacter: number("SK_LOAD_MS_PER_CHARACTER", 15),
  cached: new Set([...sentences(agent.greeting, agent.recording_notice), ...Object.values(PHRASES)]),
});
const spool = new Spool(join(config.SK_DATA_DIR, "spool.sqlite"));
const publisher = new Publisher(spool, { apiUrl: config.SK_API_URL, apiKey: "load", log });
const ports = new RtpPorts(config.SK_RTP_PORT_MIN, config.SK_RTP_PORT_MAX);
const prints = new PrintFile(join(config.SK_DATA_DIR, "prints.sqlite"));
const switchboard = new Switchboard({
  engineId: config.SK_ENGINE_ID,
  maxCalls: config.SK_MAX_CALLS,
  quotas: new Quotas(),
  ports,
  publisher,
  prints,
  log,
  command: (command) => sip.command(command),
  pool: () => media,
  trunkOf: () => undefined,
  transfers: () => transfers,
  referrals: () => referrals,
  agent: () => agent,
  live: () => {},
});
/** The load has no trunk that may dial, so every transfer is forbidden. */
const calling = {
  dialling: new Dialling([]),
  ports,
  log,
  sip: () => sip,
  flowTo: async (uri: string) => sip.flowTo(uri),
  hangUpCaller: (callId: string) => switchboard.hangUp(callId),
};
const referrals = new Referrals(calling);
const transfers = new Transfers({
  ...calling,
  tellHuman: (callId, command) => media.send(callId, { type: "human", callId, command }),
  tellOutcome: (callId, outcome) => media.send(callId, { type: "transfer-result", callId, outcome }),
});
const media = await MediaPool.start({
  size: config.SK_MEDIA_WORKERS || 1,
  settings: {
    host: config.SK_SIP_HOST,
    apiUrl: config.SK_API_URL,
    apiKey: "load",
    recordings: { folder: config.recordingsDir, key: undefined },
    modelsDir: "",
    tapes: { folder: "", maxBytes: 0, maxTapes: 0 },
    logLevel: config.SK_LOG_LEVEL,
    agent,
    providers: {},
  },
  prints: () => prints.all(),
  speech: () => {
    const { port1, port2 } = new MessageChannel();
    serveSpeech(port1, stt, tts);
    return port2;
  },
  onMessage: (message) => switchboard.onMedia(message),
  onLost: (callIds) => switchboard.onLost(callIds),
  log,
});
const sip = await openSipTransport({
  host: config.SK_SIP_HOST,
  port: config.SK_SIP_PORT,
  product: "sk-voice-load",
  maxLegs: config.SK_MAX_CALLS * 2,
  onEvent: (event) => switchboard.onSip(event),
});
serveHealth({
  host: config.SK_HEALTH_HOST,
  port: config.SK_HEALTH_PORT,
  figures: () => ({
    calls: switchboard.callCount,
    refusedCalls: switchboard.refusedCalls,
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
    spool: spool.counts(),
    media: switchboard.mediaFigures,
  }),
});
