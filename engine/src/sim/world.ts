/**
 * A whole call without a wire: a caller, a seeded network in both directions and the engine's own call session, on a virtual clock. The same seed gives the
 * same packets, bit for bit; `digest` says so.
 */
import type { CallCompletedReport, EngineReport } from "@sk-voice/api/contract/index.ts";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { JitterBuffer } from "@sk-voice/media/jitter/buffer.ts";
import { createRtpHeader, parseRtp } from "@sk-voice/media/rtp/packet.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { Netem, type NetemOptions } from "@sk-voice/media/sim/netem.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { FRAME_MS, FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import type { LlmPort } from "@sk-voice/models/ports.ts";
import type { CallInfo } from "../call/events.ts";
import { CallSession } from "../call/session.ts";
import { CrmSession } from "../receptionist/crm-session.ts";
import { createEmbeddedLlm } from "../receptionist/policy/embedded.ts";
import { FakeSuite } from "../receptionist/sim/fake-suite.ts";
import { NOW_EPOCH_MS, SALON } from "../receptionist/sim/workspace.ts";
import { createTools } from "../receptionist/tools.ts";
import { VirtualClock } from "./clock.ts";
import { Listener } from "./listener.ts";
import { BuzzTts, buzz, EnergyVad, LineStt } from "./providers.ts";
import type { Script } from "./script.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly script: Script;
  /** Both directions; the seed is taken from the world's. */
  readonly network: Omit<NetemOptions, "seed">;
  readonly maxMs: number;
  readonly sttMs?: number;
  readonly ttsMs?: number;
  readonly llm?: LlmPort;
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
const TERMS = { codec: "PCMU", payloadType: 0, dtmfPayloadType: 101, remote: CALLER, sending: true } as const;

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
  readonly #vad = new EnergyVad();
  readonly #windows = new Float32Array(256);
  readonly #probability = new Float32Array(1);
  readonly #session: CallSession;
  readonly #caller: SimCaller;
  readonly #reports: EngineReport[] = [];
  readonly #hash = new Bun.CryptoHasher("sha256");
  #over = false;

  constructor(private readonly options: WorldOptions) {
    const { seed, network } = options;
    this.#random = new Prng(seed);
    this.#toEngine = new Netem({ ...network, seed: this.#random.uint32() });
    this.#toCaller = new Netem({ ...network, seed: this.#random.uint32() });
    this.#stt = new LineStt(this.#clock, options.sttMs ?? 200);
    this.#caller = new SimCaller(options.script, this.#random, (line) => {
      this.#stt.line = line;
    });
    this.#session = this.#answer();
  }

  async run(): Promise<void> {
    for (let now = 0; now <= this.options.maxMs && !this.#over; now += FRAME_MS) {
      await this.#until(now);
      this.#deliver(now);
      const packet = this.#caller.tick(now);
      if (packet) this.#toEngine.push(now, packet);
      this.#session.tick(now);
      await this.#inferVad();
      if (this.#caller.done) this.#hangUp("caller");
    }
    if (!this.#over) this.#hangUp("caller");
    await settle();
  }

  result(): WorldResult {
    const outcome = this.#reports.find((report) => report.type === "call.completed");
    if (outcome?.type !== "call.completed") throw new Error(`seed ${this.options.seed}: the call has no outcome`);
    return {
      reports: this.#reports,
      outcome,
      durationMs: this.#clock.now(),
      digest: this.#hash.digest("hex"),
      pausesMs: this.#caller.pausesMs,
    };
  }

  #answer(): CallSession {
    const suite = new FakeSuite(SALON);
    const callId = "cal_01JD0000000000000000000001";
    const from = "+919845012345";
    const crm = new CrmSession(suite, { callId, from, to: "suki" });
    void crm.load();
    const now = this.#clock.now;
    const epochMs = () => NOW_EPOCH_MS + now();
    const tools = createTools({
      settings: SALON,
      suite,
      crm,
      leaveMessage: (message) => {
        const taken_at = new Date(epochMs()).toISOString();
        this.#reports.push({ type: "call.message_taken", call_id: callId, engine_id: "sim", taken_at, message });
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
      greeting: [SALON.greeting],
      startedAtEpochMs: NOW_EPOCH_MS,
    };
    return new CallSession(
      {
        now,
        epochMs,
        sleep: this.#clock.sleep,
        stt: this.#stt,
        llm: this.options.llm ?? createEmbeddedLlm(),
        tts: new BuzzTts(this.#clock, this.options.ttsMs ?? 90),
        tools,
        context: { settings: SALON, caller: () => ({ phone: from, name: null }) },
        prompt: () => ({ settings: SALON, context: crm.context, from, nowEpochMs: epochMs() }),
        vocabulary: [],
        vadState: this.#vad.createState(),
        vadWindowSamples: this.#vad.windowSamples,
        recorder: undefined,
        random: {
          ssrc: this.#random.uint32(),
          firstSequence: this.#random.integer(0, 0xffff),
          firstTimestampTicks: this.#random.uint32(),
        },
        send: (packet) => this.#toCaller.push(now(), packet),
        draft: () => {},
        report: (report) => this.#reports.push(report),
        caption: () => {},
        hangUp: () => {
          this.#over = true;
        },
        failed: (error) => {
          throw error;
        },
      },
      info,
      TERMS,
    );
  }

  /** Fires timers one by one, letting what they resolve run before the next. */
  async #until(now: number): Promise<void> {
    while (this.#clock.deadline() <= now) {
      this.#clock.advance(this.#clock.deadline());
      await settle();
    }
    this.#clock.advance(now);
  }

  #deliver(now: number): void {
    for (let packet = this.#toEngine.poll(now); packet; packet = this.#toEngine.poll(now)) {
      this.#hash.update(`e${now}`).update(packet);
      this.#session.receive(now, packet, CALLER.address, CALLER.port);
    }
    for (let packet = this.#toCaller.poll(now); packet; packet = this.#toCaller.poll(now)) {
      this.#hash.update(`c${now}`).update(packet);
      this.#caller.receive(now, packet);
    }
  }

  async #inferVad(): Promise<void> {
    while (this.#session.takeWindow(this.#windows, 0)) {
      await this.#vad.infer(this.#windows, [this.#session.vadState], this.#probability);
      this.#session.speechProbability(this.#probability[0]!);
    }
    await settle();
  }

  #hangUp(by: "caller"): void {
    this.#over = true;
    this.#session.stop(by);
  }
}

/** Lets every promise that can go on do so: provider, dialogue and tool chains are a few steps deep. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Says the script's next line 400 ms after she has finished. */
class SimCaller {
  readonly pausesMs: number[] = [];
  done = false;
  readonly #header = createRtpHeader();
  readonly #jitter = new JitterBuffer();
  readonly #listener = new Listener();
  readonly #sender: RtpSender;
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #speech: Int16Array | undefined;
  #position = 0;
  #saidMs: number | undefined;

  constructor(
    private readonly script: Script,
    random: Prng,
    private readonly onLine: (line: string) => void,
  ) {
    this.#sender = new RtpSender({
      ssrc: random.uint32(),
      firstSequence: random.integer(0, 0xffff),
      firstTimestampTicks: random.uint32(),
    });
  }

  receive(now: number, packet: Uint8Array): void {
    if (parseRtp(packet, this.#header) === "ok") this.#jitter.push(this.#header, packet, now);
  }

  /** Listens to 20 ms, then speaks 20 ms. */
  tick(now: number): Uint8Array | undefined {
    this.#jitter.pull(now, this.#frame);
    const heard = this.#listener.push(now, this.#frame);
    if (heard?.type === "voice" && this.#saidMs !== undefined) {
      this.pausesMs.push(now - this.#saidMs);
      this.#saidMs = undefined;
    }
    if (heard?.type === "turn") this.#say();
    this.#frame.fill(0);
    if (this.#speech) this.#speak(now, this.#speech);
    pcmu.encode(this.#frame, this.#sender.payload);
    return this.#sender.audio(0, FRAME_SAMPLES, FRAME_SAMPLES);
  }

  #say(): void {
    const line = this.script.next("");
    if (line === undefined) {
      this.done = true;
      return;
    }
    this.onLine(line);
    this.#speech = buzz(line, 120);
    this.#position = 0;
  }

  #speak(now: number, speech: Int16Array): void {
    const end = Math.min(speech.length, this.#position + FRAME_SAMPLES);
    this.#frame.set(speech.subarray(this.#position, end));
    this.#position = end;
    if (end < speech.length) return;
    this.#speech = undefined;
    this.#saidMs = now + FRAME_MS;
  }
}
