/** `bun engine/src/main.ts`: settings, spool, speech and media threads, SIP, health. SIGTERM, or the end of a supervisor, ends it in order. */
import { mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { EngineCommand, EnginePreview } from "@sk-voice/api/contract/index.ts";
import { readRecordingSettings } from "@sk-voice/api/contract/recordings/settings.ts";
import { chooseExecution, describeExecution } from "@sk-voice/models/io/execution.ts";
import { type EngineConfig, parseConfig } from "./config.ts";
import { AgentSettingsSource } from "./io/agent-settings.ts";
import { monotonicMs } from "./io/clock.ts";
import { findEngineKey } from "./io/engine-key.ts";
import { serveHealth } from "./io/health.ts";
import { lastCalls } from "./io/last-calls.ts";
import { LiveLink } from "./io/live-link.ts";
import { openLiveKit } from "./io/livekit/open.ts";
import { createLog, type Log } from "./io/log.ts";
import { MediaPool } from "./io/media-pool.ts";
import { Metrics } from "./io/metrics.ts";
import { OutboundCalls } from "./io/outbound-calls.ts";
import { PeerCalls } from "./io/peer-calls.ts";
import { PrintFile } from "./io/print-file.ts";
import { Publisher } from "./io/publisher.ts";
import { openQuotas } from "./io/quota-file.ts";
import { openRecordingUploads } from "./io/recording-uploads.ts";
import { Referrals } from "./io/referrals.ts";
import { RtpPorts } from "./io/rtp-ports.ts";
import { openSignalling } from "./io/signalling.ts";
import { openSpeech, type Speech } from "./io/speech.ts";
import { Spool } from "./io/spool.ts";
import { openStir } from "./io/stir.ts";
import { StreamCalls } from "./io/stream-calls.ts";
import { createSuiteHttp } from "./io/suite-http.ts";
import { onEnd } from "./io/supervised.ts";
import { Switchboard } from "./io/switchboard.ts";
import { openTelemetry } from "./io/telemetry.ts";
import { TestCallSource } from "./io/test-call-source.ts";
import { Transfers } from "./io/transfers.ts";
import { readSignalling, type SignallingSettings } from "./io/trunk-file.ts";
import { Dialling } from "./sip/dialling.ts";

const PRODUCT = "sk-voice/0.1";
const KEY_TIMEOUT_MS = 60_000;
/** At the end: goodbyes, recordings, the last reports. */
const GOODBYE_MS = 2000;
const LAST_REPORTS_MS = 5000;

async function start(
  config: EngineConfig,
  trunks: SignallingSettings,
  log: Log,
): Promise<(hurry: Promise<void>) => Promise<void>> {
  mkdirSync(config.SK_DATA_DIR, { recursive: true });
  const storage = readRecordingSettings(process.env, (path) => readFileSync(path, "utf8"));
  const spool = new Spool(join(config.SK_DATA_DIR, "spool", `${config.SK_ENGINE_ID}.sqlite`));
  const key = await findEngineKey(config.SK_ENGINE_KEY, config.SK_DATA_DIR, KEY_TIMEOUT_MS);
  const publisher = new Publisher(spool, { apiUrl: config.SK_API_URL, apiKey: key, log });
  const recovered = publisher.recover();
  if (recovered > 0) log.warn({ calls: recovered }, "calls that were running when the engine died are reported now");

  const prints = new PrintFile(join(config.SK_DATA_DIR, "prints.sqlite"));
  let pool: MediaPool | undefined;
  let speech: Speech | undefined;
  let live: LiveLink | undefined;
  let draining = false;
  const streamUrl = config.SK_STREAM_URL.replace(/\/$/, "") || `ws://${config.SK_SIP_HOST}:${config.SK_STREAM_PORT}`;
  const agent = new AgentSettingsSource({
    suite: createSuiteHttp({ baseUrl: config.SK_API_URL, key }),
    path: join(config.SK_DATA_DIR, "agent.json"),
    onChange: (settings) => {
      prints.forget(settings.released_calls);
      pool?.setAgent(settings);
      void speech?.prepare(settings);
    },
    log,
  });
  const settings = await agent.first();
  const execution = await chooseExecution(process.env);
  const line = `models: ${describeExecution(execution)}`;
  if (process.env["SK_ONNX"] === "cuda" && execution.fallback !== undefined) log.warn(line);
  else log.info(line);
  const voices = await openSpeech(execution.environment, settings, log);
  speech = voices;

  const ports = new RtpPorts(config.SK_RTP_PORT_MIN, config.SK_RTP_PORT_MAX);
  const quotas = openQuotas(join(config.SK_DATA_DIR, `calls-today-${config.SK_ENGINE_ID}.json`), log);
  const switchboard = new Switchboard({
    engineId: config.SK_ENGINE_ID,
    maxCalls: config.SK_MAX_CALLS,
    otherCalls: () => peers.callCount + outbound.callCount,
    quotas,
    ports,
    publisher,
    prints,
    log,
    command: (command) => signalling.sip.command(command),
    pool: () => media,
    trunkOf: (address) => signalling.trunkOf(address),
    transfers: () => transfers,
    referrals: () => referrals,
    ...(trunks.stir === undefined ? {} : { checkIdentity: openStir(trunks.stir) }),
    agent: () => agent.current,
    live: (event) => live?.send(event),
  });
  const calling = {
    dialling: new Dialling(trunks.trunks),
    ports,
    log,
    sip: () => signalling.sip,
    flowTo: (uri: string) => signalling.flowTo(uri),
  };
  const hangUp = (callId: string) => {
    switchboard.hangUp(callId);
    peers.hangUp(callId);
    outbound.hangUp(callId);
  };
  const transfers = new Transfers({
    ...calling,
    tellHuman: (callId, command) => media.send(callId, { type: "human", callId, command }),
    tellOutcome: (callId, outcome) => media.send(callId, { type: "transfer-result", callId, outcome }),
    hangUpCaller: hangUp,
  });
  const referrals = new Referrals({ ...calling, hangUpCaller: hangUp });
  const outbound = new OutboundCalls({
    ...calling,
    engineId: config.SK_ENGINE_ID,
    pool: () => media,
    agent: () => agent.current,
    transfers: () => transfers,
    publisher,
    room: () => callCount() < config.SK_MAX_CALLS,
    rings: (testCallId, callId) => testCalls.rings(testCallId, callId),
    live: (event) => live?.send(event),
  });
  const peers = new PeerCalls({
    engineId: config.SK_ENGINE_ID,
    mediaHost: config.SK_SIP_HOST,
    ports,
    pool: () => media,
    agent: () => agent.current,
    transfers: () => transfers,
    room: () => !draining && callCount() < config.SK_MAX_CALLS,
    quotas,
    live: (event) => live?.send(event),
    log,
  });
  const testCalls = new TestCallSource({
    suite: { baseUrl: config.SK_API_URL, key },
    isFree: () => !draining && calling.dialling.hasRoom(monotonicMs()) && callCount() < config.SK_MAX_CALLS,
    place: (call) => outbound.place(call),
    log,
  });
  const callCount = () => switchboard.callCount + peers.callCount + outbound.callCount;
  const uploads = openRecordingUploads(config.recordingsDir, storage.s3, log);
  const telemetry = openTelemetry(process.env, config.SK_ENGINE_ID);
  const metrics = new Metrics(() => ({
    calls: callCount(),
    answeredCalls: switchboard.answeredCalls,
    refusedCalls: switchboard.refusedCalls,
    spoolWaiting: spool.counts().waiting,
    recordingsWaiting: uploads?.waiting ?? 0,
    media: switchboard.mediaFigures,
  }));
  const media = await MediaPool.start({
    size: config.SK_MEDIA_WORKERS || Math.max(1, availableParallelism() - 1),
    settings: {
      host: config.SK_SIP_HOST,
      apiUrl: config.SK_API_URL,
      apiKey: key,
      recordings: { folder: config.recordingsDir, key: storage.keys[0] },
      modelsDir: join(config.SK_DATA_DIR, "models"),
      tapes: {
        folder: config.SK_TAPE_DIR,
        maxBytes: config.SK_TAPE_MAX_MB * 1_000_000,
        maxTapes: config.SK_TAPE_CALLS,
      },
      logLevel: config.SK_LOG_LEVEL,
      agent: settings,
      providers: execution.environment,
    },
    prints: () => prints.all(),
    speech: voices.connect,
    onMessage: (message) => {
      if (!peers.onMedia(message) && !outbound.onMedia(message)) switchboard.onMedia(message);
      if (message.type !== "report") return;
      metrics.report(message.report);
      if (message.report.type === "call.completed") telemetry.ended(message.report);
    },
    onLost: (callIds) => {
      switchboard.onLost(callIds);
      peers.onLost(callIds);
      outbound.onLost(callIds);
    },
    log,
  });
  pool = media;
  // For `bun run chaos` alone: nobody else sets it.
  if (process.env["SK_FAULTS"] === "1") process.on("SIGUSR2", () => media.kill());
  const signalling = await openSignalling({
    config,
    settings: trunks,
    product: PRODUCT,
    log,
    onEvent: (event) => {
      if (!outbound.onSip(event)) switchboard.onSip(event);
    },
  });
  const liveKit = await openLiveKit(config, peers, log);
  const streams = new StreamCalls({
    host: config.SK_SIP_HOST,
    port: config.SK_STREAM_PORT,
    publicUrl: streamUrl,
    twilioAuthToken: config.SK_TWILIO_AUTH_TOKEN,
    calls: peers,
    liveKit: liveKit && ((request) => liveKit.answer(request)),
    log,
  });
  const figures = () => ({
    calls: callCount(),
    outboundCalls: outbound.callCount,
    answeredCalls: switchboard.answeredCalls,
    refusedCalls: switchboard.refusedCalls,
    quotas: { refused: quotas.refused, today: quotas.today },
    transfers: transfers.count,
    referrals: referrals.count,
    rtpPorts: ports.takenCount,
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
    spool: spool.counts(),
    models: {
      stt: execution.stt,
      vad: execution.vad,
      vadBatch: execution.vadBatch,
      vadWindowUs: execution.vadWindowUs,
    },
    ...signalling.figures(),
    media: switchboard.mediaFigures,
  });
  const unready = () => {
    if (draining) return "draining";
    return callCount() < config.SK_MAX_CALLS ? undefined : "full";
  };
  const health = serveHealth({
    host: config.SK_HEALTH_HOST,
    port: config.SK_HEALTH_PORT,
    figures,
    unready,
    metrics: () => metrics.text(),
  });
  live = new LiveLink({
    apiUrl: config.SK_API_URL,
    apiKey: key,
    hello: () => ({
      type: "hello",
      engine_id: config.SK_ENGINE_ID,
      stream_url: `${streamUrl}/stream`,
      max_calls: config.SK_MAX_CALLS,
      calls: [...switchboard.liveCalls, ...peers.liveCalls, ...outbound.liveCalls],
    }),
    onCommand: (command) => {
      if (command.type === "preview") void preview(command, voices, log).then((answer) => live?.send(answer));
      else if (command.type === "test_call") testCalls.wake();
      else obey(command, { hangUp, streams, media });
    },
    log,
  });
  publisher.wake();
  testCalls.wake();
  log.info({ sip: `${config.SK_SIP_HOST}:${signalling.sip.port}`, api: config.SK_API_URL }, "engine ready");

  return async (hurry) => {
    draining = true;
    signalling.sip.command({ kind: "drain", on: true });
    if (config.SK_DRAIN_SECONDS > 0) await lastCalls(callCount, config.SK_DRAIN_SECONDS * 1000, hurry);
    testCalls.close();
    peers.hangUpAll();
    await streams.close();
    outbound.hangUpAll();
    switchboard.hangUpAll();
    await lastCalls(() => media.callCount, GOODBYE_MS, new Promise(() => {}));
    agent.close();
    live?.close();
    await liveKit?.close();
    await signalling.close();
    const left = await publisher.drain(LAST_REPORTS_MS);
    if (left > 0) log.warn({ reports: left }, "reports the api did not take are sent at the next start");
    media.close();
    await voices.close();
    await health.stop();
    await telemetry.close();
    await uploads?.close();
    prints.close();
    spool.close();
  };
}

/** A voice for somebody who chooses one. */
async function preview(
  { request_id, ...asked }: Extract<EngineCommand, { type: "preview" }>,
  voices: Speech,
  log: Log,
): Promise<EnginePreview> {
  try {
    const sound = await voices.sample(asked);
    return { type: "preview", request_id, sound: Buffer.from(sound).toString("base64") };
  } catch (error) {
    log.warn({ err: error }, "the voice could not be made for a preview");
    return { type: "preview", request_id, sound: null };
  }
}

/** What a dashboard asks of a running call. */
function obey(
  command: Exclude<EngineCommand, { type: "test_call" | "preview" }>,
  { hangUp, streams, media }: { hangUp: (callId: string) => void; streams: StreamCalls; media: MediaPool },
): void {
  switch (command.type) {
    case "watch":
      return media.watch(command.on);
    case "listen":
      media.send(command.call_id, { type: "listen", callId: command.call_id, on: command.on });
      return;
    case "hang_up":
      return hangUp(command.call_id);
    case "say": {
      const { call_id: callId, text, after } = command;
      media.send(callId, { type: "say", callId, text, hangUpAfter: after === "hang_up" });
      return;
    }
    case "transfer": {
      const { call_id: callId, to: target } = command;
      media.send(callId, { type: "hand-over", callId, target });
      return;
    }
    case "expect_stream":
      return streams.expect(command);
  }
}

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const trunks = readSignalling(config.SK_TRUNKS, config.SK_MAX_CALLS, process.env);
  const log = createLog({ level: config.SK_LOG_LEVEL, name: "engine" });
  const ending = onEnd();
  const stop = await start(config, trunks, log);
  await ending;
  log.info("engine stops");
  await stop(onEnd());
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
