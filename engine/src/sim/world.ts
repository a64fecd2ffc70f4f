/**
 * A whole call without a wire: a caller, a seeded network in both directions and the engine's own call session, on a virtual clock. The same seed gives the
 * same packets, bit for bit; `digest` says so.
 */
import type { CallCompletedReport, EngineReport } from "@sk-voice/api/contract/index.ts";
import { DtmfSender } from "@sk-voice/media/dtmf/sender.ts";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { JitterBuffer } from "@sk-voice/media/jitter/buffer.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { Netem, type NetemOptions } from "@sk-voice/media/sim/netem.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { FRAME_MS, FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import type { LlmPort, SttPort, TurnModel, VadModel } from "@sk-voice/models/ports.ts";
import type { CallInfo, CallOutput } from "../call/events.ts";
import { sentences } from "../call/greeting.ts";
import { CallSession, type SessionDeps } from "../call/session.ts";
import type { MediaTerms } from "../call/terms.ts";
import { CrmSession } from "../receptionist/crm-session.ts";
import { PinPad } from "../receptionist/pin-pad.ts";
import { createEmbeddedLlm } from "../receptionist/policy/embedded.ts";
import { FakeSuite } from "../receptionist/sim/fake-suite.ts";
import { NOW_EPOCH_MS, SALON } from "../receptionist/sim/workspace.ts";
import { createTools } from "../receptionist/tools.ts";
import { TapedSession, type TapeSink } from "../replay/taped-session.ts";
import type { ScreeningSinks } from "../screening/call-screening.ts";
import type { Screener } from "../screening/session-screening.ts";
import { STOCK } from "../talk/phrases.ts";
import type { TurnState } from "../talk/turn-events.ts";
import { VirtualClock } from "./clock.ts";
import { type Fault, Faults } from "./faults.ts";
import { PacketDigest } from "./packet-digest.ts";
import type { Party, PartyFactory } from "./party.ts";
import { BuzzTts, buzz, EnergyVad, LineStt } from "./providers.ts";
import { settle, TAPED_STEPS } from "./settle.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly party: PartyFactory;
  /** Both directions; the seed is taken from the world's. */
  readonly network: Omit<NetemOptions, "seed">;
  readonly maxMs: number;
  readonly sttMs?: number;
  readonly ttsMs?: number;
  /** Default: the embedded receptionist. */
  readonly llm?: (clock: VirtualClock) => LlmPort;
  /** Default: whatever is loud is speech. The caller closes it. */
  readonly vad?: VadModel;
  /** Default: hears the party's lines word for word. */
  readonly stt?: (clock: VirtualClock) => SttPort;
  /** Hears whether turns are over. */
  readonly turnModel?: TurnModel;
  /** With what happened before the call; default: an empty calendar. */
  readonly suite?: FakeSuite;
  /** The caller's number; default +919845012345. */
  readonly from?: string | null;
  readonly vocabulary?: readonly string[];
  /** Work on real threads that virtual time has to wait for. */
  readonly settled?: () => Promise<void>;
  /** What goes wrong, and when. */
  readonly faults?: readonly Fault[];
  /** Default: everybody is let through at once. */
  readonly screening?: (sinks: ScreeningSinks) => Screener;
  readonly observe?: WorldObserver;
  /** Records the call. */
  readonly tape?: TapeSink;
  /** The caller's re-INVITEs, in order: hold and back. */
  readonly reinvites?: readonly { readonly atMs: number; readonly terms: Partial<MediaTerms> }[];
  /** From then on nothing of the caller's arrives. */
  readonly vanishesMs?: number;
}

/** Sees the call from outside, as it happens. */
export interface WorldObserver {
  /** A packet of the caller's leaves it; valid during the call. */
  callerPacket?(now: number, packet: Uint8Array): void;
  /** A packet of hers leaves the engine; valid during the call. */
  agentPacket?(now: number, packet: Uint8Array): void;
  report?(now: number, report: EngineReport): void;
  /** What a speaker has said, when it is known. */
  caption?(now: number, speaker: "caller" | "agent", text: string): void;
  /** She has hung up. */
  hungUp?(now: number): void;
  /** Every 20 ms. */
  tick?(now: number, state: TurnState): void;
  /** A decision of the call. */
  output?(now: number, output: CallOutput): void;
  /** 20 ms of one of her items go out. */
  played?(now: number, item: number): void;
}

export interface WorldResult {
  readonly reports: readonly EngineReport[];
  readonly outcome: CallCompletedReport;
  readonly durationMs: number;
  /** SHA-256 over every packet that arrived on either side, with its time. */
  readonly digest: string;
  /** What the caller said and when it heard her begin to answer, in ms after the end of its own line. */
  readonly pausesMs: readonly number[];
}

const CALLER = { address: "192.0.2.10", port: 4000 };
const TERMS: MediaTerms & { dtmfPayloadType: number } = {
  codec: "PCMU",
  payloadType: 0,
  dtmfPayloadType: 101,
  remote: CALLER,
  sending: true,
};

const WAKE_MS = 2;

export async function simulateCall(options: WorldOptions): Promise<WorldResult> {
  const world = new World(options);
  await world.run();
  return world.result();
}

class World {
  readonly #clock = new VirtualClock();
  readonly #random: Prng;
  readonly #toEngine: Netem;
  readonly #toCaller: Netem;
  readonly #stt: LineStt;
  readonly #vad: VadModel;
  readonly #windows: Float32Array;
  readonly #probability = new Float32Array(1);
  readonly #session: CallSession;
  readonly #caller: FarEnd;
  readonly #reports: EngineReport[] = [];
  /** Side 0 to the engine, 1 to the caller. */
  readonly #digest = new PacketDigest();
  readonly #faults: Faults;
  #inferring = false;
  #over = false;

  constructor(private readonly options: WorldOptions) {
    const { seed, network } = options;
    this.#random = new Prng(seed);
    this.#toEngine = new Netem({ ...network, seed: this.#random.uint32() });
    this.#toCaller = new Netem({ ...network, seed: this.#random.uint32() });
    this.#stt = new LineStt(this.#clock, options.sttMs ?? 200);
    this.#faults = new Faults(this.#clock, options.faults ?? []);
    const vad = options.vad ?? new EnergyVad();
    this.#vad = options.faults ? this.#faults.vad(vad) : vad;
    this.#windows = new Float32Array(this.#vad.windowSamples);
    const party = options.party((line, durationMs) => this.#stt.says(line, durationMs));
    this.#caller = new FarEnd(this.#random, party);
    this.#session = this.#answer();
  }

  async run(): Promise<void> {
    for (let now = 0; now <= this.options.maxMs && !this.#over; now += FRAME_MS) {
      await this.options.settled?.();
      await this.#until(now);
      const packet = this.#caller.tick(now);
      this.options.observe?.callerPacket?.(now, packet);
      if (now < (this.options.vanishesMs ?? Number.POSITIVE_INFINITY)) this.#toEngine.push(now, packet);
      const change = this.options.reinvites?.find(({ atMs }) => atMs === now);
      if (change) this.#session.update({ ...TERMS, ...change.terms });
      this.#deliver(now);
      await this.#inferVad();
      this.#session.tick(now);
      await this.#settle();
      this.options.observe?.tick?.(now, this.#session.turnState);
      if (this.#caller.party.done) this.#hangUp("caller");
    }
    if (!this.#over) this.#hangUp("caller");
    await this.#settle();
  }

  result(): WorldResult {
    const outcome = this.#reports.find((report) => report.type === "call.completed");
    if (outcome?.type !== "call.completed") throw new Error(`seed ${this.options.seed}: the call has no outcome`);
    return {
      reports: this.#reports,
      outcome,
      durationMs: this.#clock.now(),
      digest: this.#digest.hex(),
      pausesMs: this.#caller.party.pausesMs,
    };
  }

  #answer(): CallSession {
    const { from = "+919845012345" } = this.options;
    const suite = this.#faults.suite(this.options.suite ?? new FakeSuite(SALON));
    const stock = new Set([...sentences(SALON.greeting), ...STOCK]);
    const callId = "cal_01JD0000000000000000000001";
    const crm = new CrmSession(suite, { callId, from, to: "suki" });
    void crm.load().then(
      () => this.#session.knowPauses(crm.context?.pauses_ms ?? []),
      () => undefined,
    );
    const now = this.#clock.now;
    const { observe } = this.options;
    const tell = (report: EngineReport) => {
      this.#reports.push(report);
      observe?.report?.(now(), report);
    };
    const epochMs = () => NOW_EPOCH_MS + now();
    const pinPad = new PinPad();
    const tools = createTools({
      settings: SALON,
      suite,
      crm,
      handOver: async () => "unavailable",
      pinPad,
      leaveMessage: (message) => {
        const taken_at = new Date(epochMs()).toISOString();
        tell({ type: "call.message_taken", call_id: callId, engine_id: "sim", taken_at, message });
      },
    });
    const info: CallInfo = {
      callId,
      engineId: "sim",
      from,
      fromDisplay: null,
      to: "suki",
      transport: "sip",
      codec: "PCMU",
      language: "en-IN",
      voice: "",
      greeting: sentences(SALON.greeting),
      startedAtEpochMs: NOW_EPOCH_MS,
    };
    const deps: SessionDeps = {
      now,
      epochMs,
      sleep: this.#clock.sleep,
      stt: this.#faults.stt(this.options.stt?.(this.#clock) ?? this.#stt),
      llm: this.#faults.llm(this.options.llm?.(this.#clock) ?? createEmbeddedLlm()),
      tts: this.#faults.tts(new BuzzTts(this.#clock, this.options.ttsMs ?? 90)),
      ...(this.options.turnModel ? { turnModel: this.options.turnModel } : {}),
      stock: (text) => (stock.has(text) ? { samples: buzz(text, 180), words: [] } : undefined),
      tools,
      secret: (keys) => pinPad.press(keys),
      context: { settings: SALON, caller: () => ({ phone: from, name: crm.contact?.name ?? null }) },
      prompt: () => ({ settings: SALON, context: crm.context, from, nowEpochMs: epochMs() }),
      vocabulary: this.options.vocabulary ?? [],
      vadState: this.#vad.createState(),
      vadWindowSamples: this.#vad.windowSamples,
      recorder: undefined,
      screening: this.options.screening && { open: this.options.screening, decided: () => {}, remember: () => {} },
      random: {
        ssrc: this.#random.uint32(),
        firstSequence: this.#random.integer(0, 0xffff),
        firstTimestampTicks: this.#random.uint32(),
      },
      send: (packet) => {
        observe?.agentPacket?.(now(), packet);
        this.#toCaller.push(now(), packet);
      },
      draft: () => {},
      report: tell,
      caption: (speaker, text) => observe?.caption?.(now(), speaker, text),
      trace: {
        output: (output) => observe?.output?.(now(), output),
        played: (item) => observe?.played?.(now(), item),
      },
      hangUp: () => {
        observe?.hungUp?.(now());
        this.#over = true;
      },
      failed: (error) => {
        if (!this.options.faults) throw error;
      },
    };
    const { tape } = this.options;
    return tape ? TapedSession.open(deps, info, TERMS, tape) : new CallSession(deps, info, TERMS);
  }

  /** Fires timers one by one, letting what they resolve run before the next; wakes the call when it wants, to 2 ms as the media thread does. */
  async #until(now: number): Promise<void> {
    for (let at = this.#nextMs(); at < now; at = this.#nextMs()) {
      this.#clock.advance(at);
      await this.#settle();
      this.#session.wake(at);
      await this.#settle();
      if (this.#session.deadline() <= at) break;
    }
    if (this.#clock.advance(now)) await this.#settle();
  }

  /** A media thread looks for deadlines that have passed every 2 ms. */
  #nextMs(): number {
    const deadlineMs = Math.ceil(this.#session.deadline() / WAKE_MS) * WAKE_MS;
    return Math.max(this.#clock.now(), Math.min(this.#clock.deadline(), deadlineMs));
  }

  #deliver(now: number): void {
    for (let packet = this.#toEngine.poll(now); packet; packet = this.#toEngine.poll(now)) {
      this.#digest.add(0, now, packet);
      this.#session.receive(now, packet, CALLER.address, CALLER.port);
    }
    for (let packet = this.#toCaller.poll(now); packet; packet = this.#toCaller.poll(now)) {
      this.#digest.add(1, now, packet);
      this.#caller.receive(now, packet);
    }
  }

  /** As the media thread does: one inference at a time, and nobody waits for it; a real model takes real time and none of the virtual. */
  async #inferVad(): Promise<void> {
    while (!this.#inferring && this.#session.takeWindow(this.#windows, 0)) {
      this.#inferring = true;
      const answered = this.#vad.infer(this.#windows, [this.#session.vadState], this.#probability).then(
        () => {
          this.#inferring = false;
          this.#session.speechProbability(this.#probability[0]!);
        },
        () => {
          this.#inferring = false;
        },
      );
      await (this.options.vad && !this.options.faults ? answered : this.#settle());
    }
  }

  #settle(): Promise<void> {
    return settle(this.options.tape ? TAPED_STEPS : undefined);
  }

  #hangUp(by: "caller"): void {
    this.#over = true;
    this.#session.stop(by);
  }
}

/** The far end's wire: a jitter buffer, a sender and keys around a party. */
class FarEnd {
  readonly party: Party;
  readonly #header = createRtpHeader();
  readonly #jitter = new JitterBuffer();
  readonly #sender: RtpSender;
  readonly #keys = new DtmfSender({ payloadType: TERMS.dtmfPayloadType });
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  readonly #said = new Int16Array(FRAME_SAMPLES);

  constructor(random: Prng, party: Party) {
    this.party = party;
    this.#sender = new RtpSender({
      ssrc: random.uint32(),
      firstSequence: random.integer(0, 0xffff),
      firstTimestampTicks: random.uint32(),
    });
  }

  receive(now: number, packet: Uint8Array): void {
    if (parseRtp(packet, this.#header) === "ok") this.#jitter.push(this.#header, packet, now);
  }

  /** Hears 20 ms, then speaks 20 ms. */
  tick(now: number): Uint8Array {
    this.#jitter.pull(now, this.#heard);
    this.#said.fill(0);
    this.party.step(now, this.#heard, this.#said);
    const digits = this.party.keys?.();
    if (digits) this.#keys.send(digits);
    const key = this.#keys.frame(this.#sender);
    if (key) return key;
    pcmu.encode(this.#said, this.#sender.payload);
    return this.#sender.audio(0, FRAME_SAMPLES, FRAME_SAMPLES);
  }
}
