/** How well she hears and how well she takes turns, on material through a telephone's μ-law. `SK_ACCURACY_DIR=folder` adds your own WAV + labels. */
import { endpointDelayMs } from "@sk-voice/engine/talk/endpoint.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { openEmbeddedStt } from "@sk-voice/models/io/embedded-stt.ts";
import { openSileroVad } from "@sk-voice/models/io/silero-vad.ts";
import { phoneChannel } from "@sk-voice/models/test/clips.ts";
import { wordErrors } from "@sk-voice/models/test/word-errors.ts";
import { type Clip, generated, HELD_OUT, ownClips } from "../src/accuracy/clips.ts";
import { qualityOf, type Silence, silencesOf, textOf, waitAtCutOffs } from "../src/accuracy/turns.ts";
import { type Figure, suite } from "../src/suite.ts";
import { speech } from "../src/virtual/sounds.ts";

/** Pauses within sentences: median 0.5 s, p95 2.5 s, as measured in call-centre audio. */
const PAUSE_MEDIAN_MS = 500;
const PAUSE_SPREAD = 0.98;
const LONGEST_MS = 4000;
const NOISE_DB = 15;

export default suite({
  name: "accuracy",
  title: "Words wrong, and turns cut off, with the embedded models on generated telephone speech",
  smoke: { sentences: 2, broken: 2, pauses: 2 },
  full: { sentences: 10, broken: 16, pauses: 3 },
  run: async ({ sentences, broken, pauses }, { seed, progress }) => {
    const stt = openEmbeddedStt({ model: "base" });
    const vad = await openSileroVad();
    const random = new Prng(seed);
    try {
      await stt.warm();
      const figures: Figure[] = [];
      const words = async (name: string, clips: readonly Clip[]) => {
        progress(`${name}: ${clips.length} clips`);
        let wrong = 0;
        let all = 0;
        for (const { samples, text } of clips) {
          const { errors, words } = wordErrors(text, await textOf(samples, stt));
          wrong += errors;
          all += words;
        }
        figures.push({ name: `words wrong, ${name}`, unit: "%", clock: "ratio", value: (100 * wrong) / all });
      };
      const clips = await generated(sentences);
      await words("generated voices", clips);
      await words(
        `the same with noise at ${NOISE_DB} dB`,
        clips.map((clip) => noisy(clip, random)),
      );
      const folder = process.env["SK_ACCURACY_DIR"];
      if (folder) await words("your own", ownClips(folder));

      progress("turns");
      const silences: Silence[] = [];
      const parts = await Promise.all(
        [0, 1].map((part) => speech(HELD_OUT.slice(0, broken).map((each) => each[part]!))),
      );
      for (let index = 0; index < broken; index++) {
        const pair = [phoneChannel(parts[0]![index]!), phoneChannel(parts[1]![index]!)] as const;
        for (let n = 0; n < pauses; n++) silences.push(...(await silencesOf(pair, pauseMs(random), vad, stt)));
      }
      return [...figures, ...turnFigures(silences)];
    } finally {
      await Promise.all([stt.close(), vad.close()]);
    }
  },
});

function turnFigures(silences: readonly Silence[]): Figure[] {
  const rules: [string, (silence: Silence) => number][] = [
    ["silence of 300 ms", () => 300],
    ["silence of 600 ms", () => 600],
    ["her own delays", ({ text }) => endpointDelayMs({ expects: "open", text })],
  ];
  const figure = (name: string, unit: string, value: number): Figure => ({ name, unit, clock: "ratio", value });
  return rules.flatMap(([name, delayOf]) => {
    const { cutOffs, waitMs } = qualityOf(silences, delayOf);
    const figures = [figure(`${name}: pauses cut off`, "%", 100 * cutOffs), figure(`${name}: mean wait`, "ms", waitMs)];
    if (name === "silence of 300 ms") return figures;
    const of = name === "her own delays" ? name : "silence alone";
    return [...figures, figure(`${of}: mean wait at 5 % cut off`, "ms", waitAtCutOffs(silences, 0.05, delayOf))];
  });
}

function pauseMs(random: Prng): number {
  return Math.min(LONGEST_MS, Math.round(PAUSE_MEDIAN_MS * Math.exp(PAUSE_SPREAD * random.gaussian())));
}

function noisy({ samples, text }: Clip, random: Prng): Clip {
  const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  const level = rms / 10 ** (NOISE_DB / 20);
  return {
    samples: samples.map((sample) => Math.max(-32768, Math.min(32767, sample + level * random.gaussian()))),
    text,
  };
}
