/**
 * One dialogue: the engine's own call session with the embedded recogniser, VAD and policy, a spoken caller, a lossy line, in virtual time. Recognition runs on
 * a real thread; virtual time waits for it and then lets `STT_MS` pass.
 */
import type { CallCompletedReport } from "@sk-voice/api/contract/index.ts";
import { contact, FakeSuite } from "@sk-voice/engine/receptionist/sim/fake-suite.ts";
import { SALON } from "@sk-voice/engine/receptionist/sim/workspace.ts";
import type { VirtualClock } from "@sk-voice/engine/sim/clock.ts";
import { buzz } from "@sk-voice/engine/sim/providers.ts";
import { simulateCall, type WorldOptions } from "@sk-voice/engine/sim/world.ts";
import { designResampler, resample } from "@sk-voice/media/resample.ts";
import { openSileroVad } from "@sk-voice/models/io/silero-vad.ts";
import type { SttPort, SttSession, TtsPort } from "@sk-voice/models/ports.ts";
import type { DialogueCaller } from "./caller.ts";
import { DialogueParty } from "./party.ts";

/** Measured: 285 ms at the median for 3 to 5 s of speech on one thread. */
const STT_MS = 285;
const MAX_CALL_MS = 240_000;
const SPEECH_RMS = 2000;
const FROM = "+919845012345";

export interface DialogueResult {
  readonly caller: DialogueCaller;
  /** What differs from `expects`; empty when the call went right. */
  readonly wrong: readonly string[];
  readonly outcome: CallCompletedReport;
  readonly durationMs: number;
  readonly turns: number;
  readonly pausesMs: readonly number[];
  /** "caller: …", "she: …". */
  readonly script: readonly string[];
}

export interface DialogueModels {
  readonly stt: SttPort;
  readonly tts: TtsPort;
}

type World = Pick<WorldOptions, "network" | "vad" | "stt" | "settled"> & {
  /** Audio of a line; `onLine` tells a virtual recogniser. */
  readonly speak: (
    line: string,
    onLine: (line: string, durationMs: number) => void,
    done: (samples: Int16Array) => void,
  ) => void;
};

/** Spoken by the embedded voice over noise and loss, heard by the embedded recogniser. */
export async function runDialogue(
  caller: DialogueCaller,
  models: DialogueModels,
  seed: number,
): Promise<DialogueResult> {
  const work = new RealWork();
  const vad = await openSileroVad("silero-v6");
  try {
    return await converse(caller, seed, {
      network: { delayMs: 30, jitterMs: 4, lossInGood: caller.loss ?? 0 },
      vad,
      stt: (clock) => pacedStt(models.stt, clock, work),
      settled: () => work.settled(),
      speak: (line, _, done) => work.wait(speechOf(models.tts, caller, line).then(done)),
    });
  } finally {
    await vad.close();
  }
}

/** The same caller on a perfect line with a recogniser that hears every word: what is left is the policy. */
export function runInWords({ snrDb: _, ...caller }: DialogueCaller, seed: number): Promise<DialogueResult> {
  return converse(caller, seed, {
    network: { delayMs: 30 },
    speak: (line, onLine, done) => {
      const samples = buzz(line, 120);
      onLine(line, samples.length / 8);
      done(samples);
    },
  });
}

async function converse(caller: DialogueCaller, seed: number, { speak, ...world }: World): Promise<DialogueResult> {
  const suite = suiteOf(caller);
  const script: string[] = [];
  let party: DialogueParty | undefined;
  const { outcome, durationMs, pausesMs } = await simulateCall({
    ...world,
    seed,
    party: (onLine) => {
      party = new DialogueParty(caller, seed, (line, done) => {
        script.push(`says:   ${line}`);
        speak(line, onLine, done);
      });
      return party;
    },
    maxMs: MAX_CALL_MS,
    suite,
    from: caller.from === undefined ? FROM : caller.from,
    vocabulary: VOCABULARY,
    observe: {
      caption: (_atMs, speaker, text) => {
        script.push(`${speaker === "agent" ? "she:    " : "heard:  "}${text}`);
        if (speaker === "agent") party?.hear(text);
      },
    },
  });
  const turns = outcome.transcript.filter(({ speaker }) => speaker === "caller").length;
  return { caller, wrong: judge(caller, suite, outcome), outcome, durationMs, turns, pausesMs, script };
}

/** As the engine makes it: the business's words and what callers of every business say. */
const VOCABULARY = [
  ...SALON.services.flatMap(({ name, aliases }) => [name, ...aliases]),
  ...["goodbye", "no, thank you", "yes, please", "appointment", "tomorrow"],
];

function suiteOf({ had, taken = [] }: DialogueCaller): FakeSuite {
  const suite = new FakeSuite(SALON);
  if (had) {
    const service = SALON.services.find(({ name }) => name === had.service);
    if (!service) throw new Error(`the salon has no service "${had.service}"`);
    suite.had(service.id, had.startsAt, contact(FROM, had.name));
  }
  for (const start of taken) suite.taken.add(new Date(start).toISOString());
  return suite;
}

function judge({ expects }: DialogueCaller, suite: FakeSuite, outcome: CallCompletedReport): string[] {
  const wrong: string[] = [];
  const tag = outcome.finalize.outcome;
  if (tag !== expects.outcome) wrong.push(`outcome ${tag}, expected ${expects.outcome}`);
  const live = [...suite.calendar.values()].filter(({ status }) => status !== "cancelled");
  const starts = live.map(({ starts_at }) => Date.parse(starts_at));
  const wanted = expects.startsAt === undefined ? [] : [Date.parse(expects.startsAt)];
  if (String(starts) !== String(wanted)) {
    wrong.push(
      `appointments ${live.map(({ starts_at }) => starts_at).join(", ") || "none"}, expected ${expects.startsAt ?? "none"}`,
    );
  }
  const service = live[0]?.service.name;
  if (expects.service !== undefined && service !== undefined && service !== expects.service) {
    wrong.push(`service ${service}, expected ${expects.service}`);
  }
  return wrong;
}

/** What runs on real threads while virtual time stands still. */
class RealWork {
  readonly #running = new Set<Promise<unknown>>();

  wait(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined).finally(() => this.#running.delete(settled));
    this.#running.add(settled);
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

function pacedStt(port: SttPort, clock: VirtualClock, work: RealWork): SttPort {
  return {
    ...port,
    warm: async () => undefined,
    close: async () => undefined,
    open: (options) => paced(port.open(options), clock, work),
  };
}

function paced(session: SttSession, clock: VirtualClock, work: RealWork): SttSession {
  return {
    push: (samples) => session.push(samples),
    reset: (keepMs) => session.reset(keepMs),
    close: () => session.close(),
    transcribe: async (hint, signal) => {
      const answer = session.transcribe(hint, signal);
      work.wait(answer);
      const result = await answer;
      await clock.sleep(STT_MS, signal);
      return result;
    },
  };
}

/** Made once for each voice and line. */
const SPOKEN = new Map<string, Int16Array>();

async function speechOf(tts: TtsPort, { voice, rate = 1 }: DialogueCaller, line: string): Promise<Int16Array> {
  const key = `${voice} ${rate} ${line}`;
  const known = SPOKEN.get(key);
  if (known) return known;
  const parts: number[] = [];
  for await (const { samples } of tts.speak({ text: line, language: "en", voice }, new AbortController().signal)) {
    for (const sample of samples) parts.push(sample);
  }
  const plain = Int16Array.from(parts);
  const paced = rate === 1 ? plain : resample(plain, designResampler(Math.round(80 * rate) * 100, 8000));
  const speech = levelled(paced);
  SPOKEN.set(key, speech);
  return speech;
}

/** The same level for every voice. */
function levelled(samples: Int16Array): Int16Array {
  const voiced = samples.filter((sample) => Math.abs(sample) > 200);
  const rms = Math.sqrt(voiced.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, voiced.length));
  const gain = SPEECH_RMS / Math.max(1, rms);
  return samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * gain))));
}
