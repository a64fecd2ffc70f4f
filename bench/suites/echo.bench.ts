import { EchoGuard } from "@sk-voice/media/echo/guard.ts";
import { EchoPath, type EchoPathOptions } from "@sk-voice/media/sim/echo-path.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import { openSileroVad } from "@sk-voice/models/io/silero-vad.ts";
import type { VadModel } from "@sk-voice/models/ports.ts";
import { type Figure, type SuiteContext, suite } from "../src/suite.ts";
import { hearEcho } from "../src/virtual/echo.ts";
import { hearNoEcho, type NoEchoHeard } from "../src/virtual/no-echo.ts";
import { speech } from "../src/virtual/sounds.ts";

const HER =
  "Hello, you have reached the salon. I am an artificial assistant and this call is recorded. We are open from nine until six. How can I help you today?";
const HER_TOO =
  "We are at twelve Second Main Road, Gandhi Nagar, Adyar, Chennai, next to the post office. Can I help you with anything else?";
const CALLERS = [
  "Wait a moment, please.",
  "Where are you located?",
  "No, not Thursday, Friday.",
  "Do you accept insurance?",
  "Yes, please.",
  "My name is John Smith.",
];
/** Interruptions in a call without echo: a wrong model, once believed, lasts. */
const TURNS = 6;
const CALLER = "Stop, I want to book an appointment for tomorrow please.";
/** In her second sentence, and where her echo has long been learned. */
const CALLER_AT_MS = [1500, 4500] as const;
const NOISE_DBFS = -62;

const ROOMS = [
  { name: "hybrid", reverbMs: 0 },
  { name: "small room", reverbMs: 60 },
  { name: "room", reverbMs: 200 },
] as const;

export default suite({
  name: "echo",
  title: "Her own voice comes back: neural VAD, echo of −6…−30 dB after 20…300 ms, caller 3 dB below her",
  smoke: { gainsDb: [-6], delaysMs: [120], rooms: ["small room"], callsWithout: 5 },
  full: {
    gainsDb: [-6, -12, -18, -24, -30],
    delaysMs: [20, 60, 120, 300],
    rooms: ["hybrid", "small room", "room"],
    callsWithout: 100,
  },
  run: async ({ gainsDb, delaysMs, rooms, callsWithout }, context) => {
    const vad = await openSileroVad();
    const [her, caller] = [(await speech([HER], "slt"))[0]!, (await speech([CALLER], "rms"))[0]!];
    const figures: Figure[] = [];
    for (const room of ROOMS.filter(({ name }) => rooms.includes(name))) {
      const paths = gainsDb.flatMap((gainDb) =>
        delaysMs.map((delayMs) => ({ gainDb, delayMs, reverbMs: room.reverbMs })),
      );
      figures.push(...(await measure(room.name, paths, her, caller, vad, context)));
    }
    context.progress("no echo");
    figures.push(...(await without(callsWithout, context.seed)));
    figures.push(cost(her, context.seed));
    await vad.close();
    return figures;
  },
});

async function measure(
  name: string,
  paths: readonly EchoPathOptions[],
  her: Int16Array,
  caller: Int16Array,
  vad: VadModel,
  { seed, progress }: SuiteContext,
): Promise<Figure[]> {
  const random = new Prng(seed);
  const counts = { without: 0, stops: 0, onsets: 0, missed: 0, late: 0 };
  const trial = { her, noiseDbfs: NOISE_DBFS };
  for (const path of paths) {
    progress(`${name}, ${path.gainDb} dB, ${path.delayMs} ms`);
    const alone = await hearEcho({ ...trial, path, guarded: false }, vad, random);
    const guarded = await hearEcho({ ...trial, path, guarded: true }, vad, random);
    if (alone.stopMs !== undefined) counts.without++;
    if (guarded.stopMs !== undefined) counts.stops++;
    counts.onsets += guarded.onsets;
    for (const atMs of CALLER_AT_MS) {
      const speaking = { samples: caller, atMs, levelDb: -3 };
      const { stopMs } = await hearEcho({ ...trial, path, guarded: true, caller: speaking }, vad, random);
      if (stopMs === undefined || stopMs < atMs - 100) counts.missed++;
      else counts.late += stopMs - atMs;
    }
  }
  const calls = paths.length;
  const spoken = calls * CALLER_AT_MS.length;
  const share = (count: number, of: number) => (100 * count) / of;
  const figure = (what: string, unit: string, value: number): Figure => ({
    name: `${name}: ${what}`,
    unit,
    clock: "virtual",
    value,
  });
  return [
    figure("false stops without the guard", "%", share(counts.without, calls)),
    { ...figure("false stops", "%", share(counts.stops, calls)), bar: { most: 5 } },
    figure("onsets a call", "", counts.onsets / calls),
    { ...figure("callers not heard", "%", share(counts.missed, spoken)), bar: { most: 5 } },
    figure("caller → onset, mean", "ms", counts.late / Math.max(1, spoken - counts.missed)),
  ];
}

/** Nothing comes back, and the caller speaks over her. */
async function without(calls: number, seed: number): Promise<Figure[]> {
  const random = new Prng(seed);
  const hers = await speech([HER, HER_TOO], "slt");
  const callers = [...(await speech(CALLERS, "rms")), ...(await speech(CALLERS, "slt"))];
  const trial = { hers, callers, turns: TURNS, noiseDbfs: NOISE_DBFS };
  const heard = Array.from({ length: calls }, () => hearNoEcho(trial, random));
  const sum = (of: (call: NoEchoHeard) => number) => heard.reduce((total, call) => total + of(call), 0);
  const voiced = sum((call) => call.voiced);
  const figure = (what: string, value: number): Figure => ({
    name: `no echo: ${what}`,
    unit: "%",
    clock: "virtual",
    value: 100 * value,
    bar: { most: 1 },
  });
  return [
    figure("caller's voice muted", sum(({ muted }) => muted) / voiced),
    figure("caller's voice changed", sum(({ changed }) => changed) / voiced),
    figure("callers taken for her echo at the end", sum(({ fooled }) => Number(fooled)) / calls),
  ];
}

/** Of one frame while she speaks and her echo is known. */
function cost(her: Int16Array, seed: number): Figure {
  const echo = new EchoPath({ gainDb: -12, delayMs: 100, reverbMs: 60 }, new Prng(seed)).echo(her);
  const heard = Int16Array.from(echo, Math.round);
  const guard = new EchoGuard();
  const frames = Math.floor(her.length / FRAME_SAMPLES);
  let spentMs = 0;
  for (let frame = 0; frame < frames; frame++) {
    const from = frame * FRAME_SAMPLES;
    const startMs = performance.now();
    guard.hear(heard.subarray(from, from + FRAME_SAMPLES), true);
    guard.said(her.subarray(from, from + FRAME_SAMPLES));
    if (frame >= frames / 4) spentMs += performance.now() - startMs;
  }
  return { name: "cost of a frame", unit: "µs", clock: "wall", value: (spentMs / (frames * 0.75)) * 1000 };
}
