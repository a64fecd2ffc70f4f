import type { NetemOptions } from "@sk-voice/media/sim/netem.ts";
import { burstLoss } from "@sk-voice/media/sim/netem.ts";
import { FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import { openEmbeddedStt } from "@sk-voice/models/io/embedded-stt.ts";
import type { SttPort } from "@sk-voice/models/ports.ts";
import { wordErrors } from "@sk-voice/models/test/word-errors.ts";
import { type Figure, suite } from "../src/suite.ts";
import { carry, type Filler, loseFrames } from "../src/virtual/lossy.ts";
import { speech } from "../src/virtual/sounds.ts";
import { spectralDistanceDb } from "../src/virtual/spectral-distance.ts";

const SENTENCES = [
  "I'd like to book an appointment for tomorrow at three pm",
  "Do you have anything on Friday morning",
  "Hello, can I speak to somebody about my bill please",
  "I need to cancel my appointment on Monday",
  "How much does a haircut cost",
  "What time do you close today",
  "My name is Sarah Thompson",
  "I don't have it with me right now",
];
const BURST_PACKETS = 2.5;
const RATES = [1, 2, 3, 5, 10] as const;
const FILLERS = ["concealment", "repetition", "silence"] as const;
const DISTANCE_ROUNDS = 12;
/** Each sentence again over another stretch of network. */
const ROUNDS = 3;

type Network = Omit<NetemOptions, "seed">;
const lossy = (percent: number): Network => (percent === 0 ? {} : burstLoss(percent / 100, BURST_PACKETS));

/** What each network is called, and which ways to fill its holes are compared. */
const NETWORKS: readonly { readonly name: string; readonly network: Network; readonly fillers: readonly Filler[] }[] = [
  { name: "no loss", network: {}, fillers: ["concealment"] },
  { name: "5 % in bursts", network: lossy(5), fillers: ["concealment", "repetition", "silence"] },
  { name: "2 % in bursts", network: lossy(2), fillers: ["concealment"] },
  { name: "10 % in bursts", network: lossy(10), fillers: ["concealment", "repetition", "silence"] },
  { name: "jitter to 60 ms", network: { jitterMs: 15, maxJitterMs: 60 }, fillers: ["concealment"] },
  { name: "jitter to 120 ms", network: { jitterMs: 30, maxJitterMs: 120 }, fillers: ["concealment"] },
  { name: "5 % reordered by 40 ms", network: { reorderProbability: 0.05, reorderMs: 40 }, fillers: ["concealment"] },
  { name: "5 % twice", network: { duplicateProbability: 0.05 }, fillers: ["concealment"] },
  {
    name: "all at once",
    network: {
      ...lossy(5),
      jitterMs: 15,
      maxJitterMs: 120,
      reorderProbability: 0.02,
      reorderMs: 40,
      duplicateProbability: 0.02,
    },
    fillers: ["concealment"],
  },
];

interface Parameters {
  readonly model: "tiny" | "base";
  readonly sentences: number;
  readonly networks: number;
  readonly rounds: number;
  readonly fillers: number;
  readonly rates: number;
}

export default suite<Parameters>({
  name: "loss",
  title: "A bad network: how far from what was said, and words the embedded recogniser gets wrong",
  smoke: { model: "base", sentences: 3, networks: 2, rounds: 1, fillers: 1, rates: 2 },
  full: {
    model: "base",
    sentences: SENTENCES.length,
    networks: NETWORKS.length,
    rounds: ROUNDS,
    fillers: 3,
    rates: RATES.length,
  },
  run: async ({ model, sentences, networks, rounds, fillers, rates }, { seed, progress }) => {
    const texts = SENTENCES.slice(0, sentences);
    const spoken = await speech(texts, "slt");
    const stt = openEmbeddedStt({ model, beamWidth: 1, workers: 1 });
    await stt.warm();
    const figures = distances(spoken, RATES.slice(0, rates), seed);
    for (const { name, network, fillers: compared } of NETWORKS.slice(0, networks)) {
      for (const filler of compared.slice(0, fillers)) {
        progress(`${name}, ${filler}`);
        let [errors, words] = [0, 0];
        for (let round = 0; round < rounds; round++) {
          for (const [n, text] of texts.entries()) {
            const { samples } = carry(spoken[n]!, { ...network, seed: seed + 100 * round + n }, filler);
            const result = wordErrors(text, await hear(stt, samples));
            errors += result.errors;
            words += result.words;
          }
        }
        figures.push({ name: `${name}, ${filler}`, unit: "%", clock: "virtual", value: (100 * errors) / words });
      }
    }
    await stt.close();
    return figures;
  },
});

/** Of what fills the holes from what was lost, packets lost in the same places. */
function distances(spoken: readonly Int16Array[], rates: readonly number[], seed: number): Figure[] {
  return rates.flatMap((rate) => {
    const figures = FILLERS.map((filler): Figure => {
      const all: number[] = [];
      for (let round = 0; round < DISTANCE_ROUNDS; round++) {
        for (const [n, voice] of spoken.entries()) {
          const { heard, lost } = loseFrames(voice, rate / 100, BURST_PACKETS, seed + 100 * round + n, filler);
          const touched = (sample: number) => {
            const frame = Math.floor(sample / FRAME_SAMPLES);
            return lost[frame] === true || lost[frame - 1] === true;
          };
          const distance = spectralDistanceDb(voice, heard, touched);
          if (!Number.isNaN(distance)) all.push(distance);
        }
      }
      const value = all.reduce((sum, each) => sum + each, 0) / all.length;
      return { name: `spectral distance, ${rate} % in bursts, ${filler}`, unit: "dB", clock: "virtual", value };
    });
    const [concealment, repetition] = figures;
    const value = concealment!.value - repetition!.value;
    const name = `spectral distance, ${rate} % in bursts, concealment − repetition`;
    return [...figures, { name, unit: "dB", clock: "virtual", value }];
  });
}

async function hear(stt: SttPort, samples: Int16Array): Promise<string> {
  const session = stt.open({ language: "en" });
  session.push(samples);
  const hint = { expects: "open", vocabulary: [], speechMs: samples.length / 8 } as const;
  const { text } = await session.transcribe(hint, new AbortController().signal);
  session.close();
  return text;
}
