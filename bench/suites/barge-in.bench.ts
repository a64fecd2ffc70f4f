import { Prng } from "@sk-voice/media/sim/prng.ts";
import { openSileroVad } from "@sk-voice/models/io/silero-vad.ts";
import { type Figure, suite } from "../src/suite.ts";
import { summarise } from "../src/summary.ts";
import { bargeIn, type Disturbance } from "../src/virtual/barge-in.ts";
import { cough, noise, speech } from "../src/virtual/sounds.ts";

const WORDS = [
  "Stop, I want to book an appointment.",
  "No wait, can I speak to someone?",
  "Hello, do you have time today?",
];
const BACKCHANNELS = ["Mm.", "Okay.", "Right.", "Yes."];

/** Within her greeting, which lasts longer. */
const START_MS = [500, 1200] as const;

export default suite({
  name: "barge-in",
  title: "The caller speaks over her: neural VAD, virtual time, sounds from the seed",
  smoke: { repeats: 1 },
  full: { repeats: 20 },
  run: async ({ repeats }, { seed, progress }) => {
    const random = new Prng(seed);
    const vad = await openSileroVad();
    const sound = (samples: Int16Array, words = ""): Disturbance => ({ kind: "sound", samples, words });
    const words = (await speech(WORDS)).map((samples, n) => sound(samples, WORDS[n]));
    const negatives: Record<string, (n: number) => Disturbance> = {
      noise: () => sound(noise(random, random.integer(300, 1500))),
      cough: () => sound(cough(random)),
      backchannel: (
        (made) => (n) =>
          made[n % made.length]!
      )((await speech(BACKCHANNELS)).map((samples, n) => sound(samples, BACKCHANNELS[n]))),
      echo: (n) => ({ kind: "echo", gain: [0.05, 0.1, 0.2][n % 3]!, delayFrames: 3 }),
    };
    const hear = (disturbance: Disturbance) => bargeIn(random.uint32(), random.integer(...START_MS), disturbance, vad);
    progress("interruptions");
    const heard = [];
    for (let n = 0; n < repeats * words.length; n++) heard.push(await hear(words[n % words.length]!));
    const ducked = heard.flatMap(({ duckedMs }) => duckedMs ?? []);
    const last = heard.flatMap(({ lastFullMs }) => lastFullMs ?? []);
    const missed = heard.filter(({ stopped }) => !stopped).length / heard.length;
    const ducking = summarise(ducked);
    const full = summarise(last);
    const figures: Figure[] = [
      {
        name: "onset → ducked",
        unit: "ms",
        clock: "virtual",
        value: ducking.p95,
        summary: ducking,
        bar: { most: 120 },
      },
      {
        name: "onset → last full-level packet",
        unit: "ms",
        clock: "virtual",
        value: full.p95,
        summary: full,
        bar: { most: 120 },
      },
      { name: "interruptions missed", unit: "%", clock: "virtual", value: 100 * missed, bar: { most: 5 } },
    ];
    const resumes: number[] = [];
    for (const [name, make] of Object.entries(negatives)) {
      progress(name);
      let stops = 0;
      for (let n = 0; n < repeats * 3; n++) {
        const { stopped, resumedMs } = await hear(make(n));
        if (stopped) stops++;
        if (resumedMs !== undefined) resumes.push(resumedMs);
      }
      const value = (100 * stops) / (repeats * 3);
      figures.push({ name: `false stops, ${name}`, unit: "%", clock: "virtual", value, bar: { most: 5 } });
    }
    await vad.close();
    const resume = summarise(resumes);
    figures.push({
      name: "false interruption over → full level again",
      unit: "ms",
      clock: "virtual",
      value: resume.p95,
      summary: resume,
      bar: { most: 600 },
    });
    return figures;
  },
});
