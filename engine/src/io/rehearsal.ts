/**
 * An invented call, played before the first real one: what runs for the first time is compiled, which made a thread's first call hold up all others for 150 ms.
 * Nothing of it leaves the thread.
 */
import type { AgentSettings, EngineReport } from "@sk-voice/api/contract/index.ts";
import { pcmu } from "@sk-voice/media/g711/index.ts";
import { RtpSender } from "@sk-voice/media/rtp/sender.ts";
import { FRAME_MS, FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import type { SttPort, TtsPort, VadModel } from "@sk-voice/models/ports.ts";
import type { CallInfo } from "../call/events.ts";
import { sentences } from "../call/greeting.ts";
import { CallSession } from "../call/session.ts";
import type { MediaTerms } from "../call/terms.ts";
import { CrmSession } from "../receptionist/crm-session.ts";
import { PinPad } from "../receptionist/pin-pad.ts";
import { createEmbeddedLlm } from "../receptionist/policy/embedded.ts";
import { createTools } from "../receptionist/tools.ts";
import type { ScreeningThread } from "./screening-thread.ts";
import { createSuiteHttp } from "./suite-http.ts";

/** Frames of 20 ms: the caller speaks in the second to the fourth ten of them, is answered and hangs up. */
const [SPEAKS, ENDS, FRAMES] = [10, 40, 90];
/** Calls that are opened and ended besides: what is compiled after some ten of them takes half the time. */
const SHORT_CALLS = 20;
/** Answers of the rehearsal's own providers come at once, but as promises. */
const PROMISES_A_FRAME = 20;
const ADDRESS = "192.0.2.1";
const PORT = 4000;
const TERMS: MediaTerms = {
  codec: "PCMU",
  payloadType: 0,
  dtmfPayloadType: 101,
  remote: { address: ADDRESS, port: PORT },
  sending: true,
};
const VOICE = Int16Array.from({ length: FRAME_SAMPLES }, (_, n) => 6000 * Math.sin((2 * Math.PI * n) / 40));
const SILENCE = new Int16Array(FRAME_SAMPLES);

const stt: SttPort = {
  name: "rehearsal",
  warm: async () => {},
  close: async () => {},
  open: () => ({
    push: () => {},
    reset: () => {},
    close: () => {},
    transcribe: async () => ({ text: "What are your opening hours, please?", confidence: 0.9, language: "en" }),
  }),
};
const tts: TtsPort = {
  name: "rehearsal",
  warm: async () => {},
  close: async () => {},
  async *speak() {
    yield { samples: VOICE };
  },
};

export interface RehearsalDeps {
  readonly agent: AgentSettings;
  readonly vad: VadModel;
  readonly screening: ScreeningThread;
}

/** What would be told of the call. */
export async function rehearse({ agent, vad, screening }: RehearsalDeps): Promise<readonly EngineReport[]> {
  let now = 0;
  const reports: EngineReport[] = [];
  const report = (next: EngineReport) => void reports.push(structuredClone(next));
  const session = openCall({ agent, vad, screening }, () => now, report);
  const sender = new RtpSender({ ssrc: 1, firstSequence: 1, firstTimestampTicks: 1, maxPayloadBytes: FRAME_SAMPLES });
  const window = new Float32Array(vad.windowSamples);
  for (let frame = 0; frame < FRAMES; frame++) {
    now += FRAME_MS;
    const speaks = frame >= SPEAKS && frame < ENDS;
    const bytes = pcmu.encode(speaks ? VOICE : SILENCE, sender.payload);
    session.receive(now, sender.audio(0, bytes, FRAME_SAMPLES), ADDRESS, PORT);
    while (session.takeWindow(window, 0)) session.speechProbability(speaks ? 0.95 : 0.05);
    session.tick(now);
    for (let turn = 0; turn < PROMISES_A_FRAME; turn++) await undefined;
  }
  session.stop("caller");
  for (let call = 0; call < SHORT_CALLS; call++)
    openCall({ agent, vad, screening }, () => now, structuredClone).stop("caller");
  return reports;
}

function openCall(
  { agent, vad, screening }: RehearsalDeps,
  now: () => number,
  report: (report: EngineReport) => void,
): CallSession {
  const info: CallInfo = {
    callId: "rehearsal",
    engineId: "",
    from: "+12025550123",
    fromDisplay: null,
    to: "sip:rehearsal@localhost",
    transport: "sip",
    codec: TERMS.codec,
    language: agent.languages[0] ?? "en",
    languages: agent.languages,
    voice: "",
    greeting: sentences(agent.greeting, agent.recording_notice),
    startedAtEpochMs: 0,
  };
  const suite = createSuiteHttp({ baseUrl: "", key: "", fetch: async () => new Response("{}", { status: 503 }) });
  const { port } = screening.call(agent, info, () => {});
  const crm = new CrmSession(suite, info);
  const caller = () => ({ phone: info.from, name: null });
  const tools = createTools({
    settings: agent,
    suite,
    crm,
    pinPad: new PinPad(),
    leaveMessage: () => {},
    handOver: async () => "unavailable",
  });
  return new CallSession(
    {
      now,
      epochMs: now,
      sleep: () => new Promise(() => {}),
      stt,
      tts,
      llm: createEmbeddedLlm(),
      stock: () => ({ samples: VOICE, words: [] }),
      tools,
      context: { settings: agent, caller },
      prompt: () => ({ settings: agent, context: null, from: info.from, nowEpochMs: now() }),
      secret: () => {},
      vocabulary: [],
      vadState: vad.createState(),
      vadWindowSamples: vad.windowSamples,
      recorder: undefined,
      screening: { ...port, decided: () => {}, remember: () => {} },
      random: { ssrc: 1, firstSequence: 1, firstTimestampTicks: 1 },
      send: () => {},
      draft: structuredClone,
      report,
      caption: () => {},
      hangUp: () => {},
      failed: () => {},
    },
    info,
    TERMS,
  );
}
