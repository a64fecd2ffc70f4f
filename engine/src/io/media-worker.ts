/**
 * A media thread: the RTP sockets of its calls, one tick for all of them, one VAD inference for all of them. Everything a call decides goes back to the
 * signalling thread as messages.
 */
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import { failoverLlm } from "@sk-voice/models/failover/index.ts";
import { createProviders, failoverOptions } from "@sk-voice/models/io/providers.ts";
import { connectSpeech } from "@sk-voice/models/io/remote-speech.ts";
import type { LlmPort, ProviderError, SttPort, TtsPort, TurnModel, VadModel } from "@sk-voice/models/ports.ts";
import type { OpusFactory } from "../call/codecs.ts";
import type { CallInfo } from "../call/events.ts";
import type { CallSession } from "../call/session.ts";
import type { MediaTerms } from "../call/terms.ts";
import type { TransferOutcome, TransferRequest } from "../call/transfer-types.ts";
import { whisper } from "../call/whisper.ts";
import { isTracing, traceparentOf } from "../observe/trace-context.ts";
import { settingsFor } from "../receptionist/call-settings.ts";
import { CrmSession } from "../receptionist/crm-session.ts";
import { escalatingLlm } from "../receptionist/escalating.ts";
import { groundedLlm } from "../receptionist/grounding.ts";
import { PinPad } from "../receptionist/pin-pad.ts";
import { createEmbeddedLlm } from "../receptionist/policy/embedded.ts";
import type { Suite } from "../receptionist/suite.ts";
import type { HandOverResult } from "../receptionist/tools/escalate.ts";
import { createTools } from "../receptionist/tools.ts";
import { spokenTts } from "../spoken/spoken-tts.ts";
import { PHRASES } from "../talk/phrases.ts";
import { type CallSockets, openCallSockets } from "./call-sockets.ts";
import { openSession, openTurnModel, rtpRandom, vocabularyOf } from "./call-start.ts";
import { epochMs, monotonicMs, sleep } from "./clock.ts";
import { HumanLegs } from "./human-legs.ts";
import { LiveReporter } from "./live-reporter.ts";
import { createLog, type Log } from "./log.ts";
import { BUCKET_MS, BUCKETS, emptiestBucket, startTicker, type Ticker } from "./loop.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./messages.ts";
import { loadOpus } from "./opus.ts";
import { PendingTransfers } from "./pending-transfers.ts";
import { type RecordingFile, recordCall } from "./recording-file.ts";
import { rehearse } from "./rehearsal.ts";
import type { OnDatagram } from "./rtp-socket.ts";
import { ScreeningThread } from "./screening-thread.ts";
import { NEEDED_MS, SlackQueue } from "./slack-queue.ts";
import { StockAudio } from "./stock-audio.ts";
import { createSuiteHttp } from "./suite-http.ts";
import { openTape } from "./tape-file.ts";
import { VadBatcher } from "./vad-batcher.ts";

declare const self: {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
};

/** A call between INVITE and the end of its socket. */
interface Line {
  readonly sockets: CallSockets;
  readonly onDatagram: OnDatagram;
  session: CallSession | undefined;
  recording: RecordingFile | undefined;
  bucket: number;
}

interface Providers {
  readonly stt: SttPort;
  readonly llm: LlmPort;
  readonly tts: TtsPort;
  readonly vad: VadModel;
  readonly opus: OpusFactory;
  readonly turnModel?: TurnModel;
}

const NO_SPECULATION = { started: 0, hits: 0, misses: 0, wastedTokens: 0 };
const CRM_FAILED = "the CRM session did not open";
const FIGURES_EVERY_MS = 1000;

class MediaThread {
  readonly #lines = new Map<string, Line>();
  readonly #buckets: Set<Line>[] = Array.from({ length: BUCKETS }, () => new Set());
  readonly #vad: VadBatcher;
  /** Counted here for `/metrics`, also those of a chain that went on with another. */
  providerFailures = 0;
  readonly #transfers = new PendingTransfers();
  readonly #live = new LiveReporter({
    sessions: () => this.#sessions(),
    send: (event) => self.postMessage({ type: "live", event }),
  });
  readonly #humans: HumanLegs;
  /** What the signalling thread asks for, in order. */
  readonly #asked = new SlackQueue<ToWorker>(({ type }) => NEEDED_MS[type] ?? 0);
  readonly #ticker: Ticker;
  #droppedPackets = 0;
  #agent: AgentSettings;
  readonly #stock: StockAudio;

  constructor(
    private readonly settings: WorkerSettings,
    private readonly providers: Providers,
    private readonly screening: ScreeningThread,
    private readonly log: Log,
  ) {
    this.#agent = settings.agent;
    this.#stock = new StockAudio(providers.tts);
    void this.#stockUp();
    this.#vad = new VadBatcher(providers.vad, (error) =>
      log.error({ err: error }, "the VAD failed on a batch; its windows are lost"),
    );
    this.#humans = new HumanLegs({
      host: settings.host,
      stt: providers.stt,
      tts: providers.tts,
      opus: providers.opus,
      agent: () => this.#agent,
      caller: (callId) => this.#lines.get(callId)?.session,
      tell: (callId, event) => self.postMessage({ type: "human", callId, event }),
      log,
    });
    this.#ticker = startTicker(monotonicMs, (bucket, dueMs) => this.#tick(bucket, dueMs), this.#isIdle);
    setInterval(() => {
      const tickLateP99Ms = this.#ticker.lateness.percentile(0.99);
      const figures = {
        calls: this.#lines.size,
        tickLateP99Ms,
        droppedPackets: this.#droppedPackets,
        providerFailures: this.providerFailures,
        speculation: providers.llm.speculation?.() ?? NO_SPECULATION,
      };
      self.postMessage({ type: "figures", index: settings.index, figures });
    }, FIGURES_EVERY_MS);
  }

  handle(message: ToWorker): void {
    this.#asked.push(monotonicMs(), message);
    this.#serve(this.#ticker.dueMs());
  }

  /** Does what has been asked for, as far as there is time until the next tick. */
  #serve(tickMs: number): void {
    for (let now = monotonicMs(); ; now = monotonicMs()) {
      const message = this.#asked.poll(now, tickMs - now);
      if (!message) return;
      this.#obey(message);
    }
  }

  #obey(message: ToWorker): void {
    switch (message.type) {
      case "init":
        return;
      case "agent":
        this.#agent = message.agent;
        void this.#stockUp();
        return this.screening.forget(message.agent.released_calls);
      case "print":
        return this.screening.add(message.print);
      case "open":
        void this.#open(message.callId, message.port);
        return;
      case "start":
        return this.#start(message.info, message.terms);
      case "update":
        return this.#lines.get(message.callId)?.session?.update(message.terms);
      case "human":
        return this.#humans.handle(message.callId, message.command);
      case "transfer-result":
        return this.#transferred(message.callId, message.outcome);
      case "watch":
        return this.#live.watch(message.on);
      case "listen":
        this.#lines.get(message.callId)?.session?.tap.listen(message.on);
        return;
      case "say":
        this.#lines.get(message.callId)?.session?.say(message.text, message.hangUpAfter);
        return;
      case "hand-over":
        return this.#putThrough(message.callId, message.target);
      case "stop":
        return this.#stop(message.callId, message.by);
    }
  }

  *#sessions(): Iterable<readonly [string, CallSession]> {
    for (const [callId, { session }] of this.#lines) if (session) yield [callId, session];
  }

  #tick(bucket: number, dueMs: number): void {
    const now = monotonicMs();
    for (const line of this.#buckets[bucket]!) this.#do(line, "tick", dueMs);
    for (const line of this.#buckets[(bucket + 1) % BUCKETS]!) this.#do(line, "listen", now);
    // A reply waits for these deadlines: they are kept to 2 ms, not to 20.
    for (const line of this.#lines.values())
      if (line.session && now >= line.session.deadline()) this.#do(line, "wake", now);
    this.#humans.tick(bucket, dueMs);
    this.#vad.run(this.#lines.size);
    this.#serve(dueMs + BUCKET_MS);
  }

  /** Nothing is due in this tick. Human legs tick with bucket 0. */
  readonly #isIdle = (bucket: number, dueMs: number): boolean => {
    const served = this.#buckets[bucket]!.size + this.#buckets[(bucket + 1) % BUCKETS]!.size;
    if (bucket === 0 || served > 0 || this.#vad.hasWaiting || !this.#asked.isEmpty) return false;
    for (const { session } of this.#lines.values()) if (session && session.deadline() <= dueMs) return false;
    return true;
  };

  /** One call's bug must not silence the others of the thread. No closure: this runs a hundred times a second for each call. */
  #do(line: Line, what: "tick" | "listen" | "wake", now: number): void {
    const { session } = line;
    if (!session) return;
    try {
      if (what === "tick") session.tick(now);
      else if (what === "wake") session.wake(now);
      else this.#listen(line, session);
    } catch (error) {
      this.log.error({ err: error }, "a call failed in its tick and is ended");
      session.stop("error");
      this.#buckets[line.bucket]!.delete(line);
    }
  }

  /** What has come for a call is read 2 ms before its tick: the VAD has answered when she speaks, so she turns down 20 ms earlier. */
  #listen(line: Line, session: CallSession): void {
    line.sockets.rtp.receive(line.onDatagram);
    this.#vad.offer(session);
  }

  async #stockUp(): Promise<void> {
    try {
      await this.#stock.prepare(this.#agent);
    } catch (error) {
      this.log.warn(
        { err: error },
        "the voice could not say all phrases; those that are missing are asked for in the call",
      );
    }
  }

  async #open(callId: string, port: number): Promise<void> {
    try {
      const onRtcp = (packet: Uint8Array, address: string, fromPort: number) =>
        this.#lines.get(callId)?.session?.receiveRtcp(monotonicMs(), packet, address, fromPort);
      const line: Line = {
        sockets: await openCallSockets({ host: this.settings.host, port, onRtcp, log: this.log }),
        onDatagram: (bytes, arrivalMs, address, fromPort) => line.session?.receive(arrivalMs, bytes, address, fromPort),
        session: undefined,
        recording: undefined,
        bucket: 0,
      };
      this.#lines.set(callId, line);
      self.postMessage({ type: "opened", callId });
    } catch (error) {
      self.postMessage({ type: "open-failed", callId, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #start(info: CallInfo, terms: MediaTerms): void {
    const line = this.#lines.get(info.callId);
    if (!line || line.session) return;
    // What came before the call was answered belongs to nobody.
    line.sockets.rtp.receive(() => this.#droppedPackets++);
    const agent = settingsFor(this.#agent, info.to, info.options);
    const suite = this.#suiteOf(info.callId);
    const screened = this.screening.call(agent, info, (print) => self.postMessage({ type: "print", print }));
    const crm = new CrmSession(suite, { callId: info.callId, from: info.from, to: info.to }, screened.admitted);
    const loaded = crm.loadAdmitted().then(() => line.session?.knowPauses(crm.context?.pauses_ms ?? []));
    void loaded.catch((err: unknown) => this.log.warn({ callId: info.callId, err }, CRM_FAILED));
    if (agent.record_calls) line.recording = recordCall(info.callId, this.settings.recordings, this.log);
    const pinPad = new PinPad();
    const tools = createTools({
      pinPad,
      settings: agent,
      suite,
      crm,
      handOver: ({ to, reason }) => {
        const facts = { callerName: crm.contact?.name ?? null, callerNumber: info.from, reason };
        return this.#handOver(info.callId, { target: to, whisper: whisper(facts) });
      },
      leaveMessage: (message) =>
        line.session?.screening.report({
          type: "call.message_taken",
          call_id: info.callId,
          engine_id: info.engineId,
          taken_at: new Date(epochMs()).toISOString(),
          message,
        }),
    });
    line.session = openSession(
      {
        now: monotonicMs,
        epochMs,
        sleep,
        ...this.providers,
        stock: this.#stock.of(agent),
        tools,
        secret: (keys) => pinPad.press(keys),
        context: { settings: agent, caller: () => ({ phone: info.from, name: crm.contact?.name ?? null }) },
        prompt: () => ({ settings: agent, context: crm.context, from: info.from, nowEpochMs: epochMs() }),
        vocabulary: vocabularyOf(agent),
        vadState: this.providers.vad.createState(),
        vadWindowSamples: this.providers.vad.windowSamples,
        recorder: line.recording,
        screening: screened.port,
        random: rtpRandom(),
        send: (packet, port, address) => line.sockets.rtp.send(packet, port, address),
        sendRtcp: (packet, port, address) => line.sockets.rtcp?.send(packet, port, address),
        draft: (outcome) => self.postMessage({ type: "draft", outcome }),
        report: (value) => self.postMessage({ type: "report", report: value }),
        caption: (speaker, text, isCut) => this.#live.caption(info.callId, speaker, text, isCut),
        live: (moment) => this.#live.moment(info.callId, moment),
        hangUp: () => self.postMessage({ type: "hang-up", callId: info.callId }),
        failed: (error) => {
          this.providerFailures++;
          this.log.error({ callId: info.callId, err: error }, "a provider failed");
        },
      },
      info,
      terms,
      openTape(this.settings.tapes, info.callId, this.log),
    );
    void screened.recognise(suite, line.session.screening);
    line.bucket = emptiestBucket(this.#buckets);
    this.#buckets[line.bucket]!.add(line);
    this.#live.joined(line.session);
  }

  /** At the wish of somebody at a dashboard. */
  #putThrough(callId: string, target: string): void {
    const session = this.#lines.get(callId)?.session;
    if (!session) return;
    session.say(PHRASES.connecting, false);
    const facts = { callerName: null, callerNumber: session.info.from, reason: "You asked for this call" };
    void this.#handOver(callId, { target, whisper: whisper(facts) });
  }

  #handOver(callId: string, request: TransferRequest): Promise<HandOverResult> {
    const result = this.#transfers.start(callId);
    this.#lines.get(callId)?.session?.transferring();
    self.postMessage({ type: "transfer", callId, request });
    return result;
  }

  #transferred(callId: string, outcome: TransferOutcome): void {
    this.#lines.get(callId)?.session?.transferred(outcome);
    this.#transfers.settle(callId, outcome);
  }

  /** Its requests belong to the call's trace, where calls are traced. */
  #suiteOf(callId: string): Suite {
    const { apiUrl: baseUrl, apiKey: key, providers } = this.settings;
    return createSuiteHttp({ baseUrl, key, ...(isTracing(providers) ? { traceparent: traceparentOf(callId) } : {}) });
  }

  #stop(callId: string, by: "caller" | "agent" | "error"): void {
    const line = this.#lines.get(callId);
    if (!line) return;
    this.#lines.delete(callId);
    this.#transfers.settle(callId, "failed");
    if (line.session) {
      this.#buckets[line.bucket]!.delete(line);
      line.session.stop(by);
      this.#droppedPackets += line.session.droppedPackets;
    }
    line.sockets.rtp.close();
    line.sockets.rtcp?.close();
    const closed = line.recording?.close() ?? Promise.resolve();
    void closed.catch((error: unknown) => this.log.error({ callId, err: error }, "the recording could not be closed"));
    self.postMessage({ type: "closed", callId });
  }
}

let thread: MediaThread | undefined;

self.onmessage = async ({ data }) => {
  if (data.type !== "init") return thread?.handle(data);
  const { settings, speech } = data;
  const log = createLog({ level: settings.logLevel, name: `media-${settings.index}` });
  const warn = (error: ProviderError) => {
    if (thread) thread.providerFailures++;
    log.warn({ err: error }, "a provider failed; another goes on");
  };
  const { stt: ears, llm: hosted, openVad } = createProviders(settings.providers, warn);
  const { stt, tts: voice } = connectSpeech(speech, { streaming: ears.streaming ?? false });
  const tts = spokenTts(voice);
  const embedded = createEmbeddedLlm();
  const llm = hosted ? failoverLlm([escalatingLlm(groundedLlm(hosted)), embedded], failoverOptions(warn)) : embedded;
  const [vad, opus, turns] = await Promise.all([openVad(), loadOpus(), openTurnModel(settings.modelsDir, log)]);
  const screening = await ScreeningThread.open(settings.prints, log);
  await rehearse({ agent: settings.agent, vad, screening });
  thread = new MediaThread(settings, { stt, tts, llm, vad, opus, ...turns }, screening, log);
  self.postMessage({ type: "ready" });
};
