/** Sound that the data folder lacks, made from a seed: music, noises, tones and silences. Samples on the scale of 16 bits. */
import type { Random } from "./random.ts";

const SECOND = 8000;
const SCALE_STEPS = [0, 2, 4, 5, 7, 9, 11, 12, 14, 16] as const;

/** Chords, a melody and a beat with harmonic, decaying notes. */
export function music(random: Random, seconds: number): Float32Array {
  const out = new Float32Array(seconds * SECOND);
  const beat = Math.round(SECOND * random.between(0.22, 0.6));
  const rootHz = random.between(110, 260);
  const decay = random.between(0.4, 4);
  const note = (hz: number, at: number, length: number, loud: number) => {
    const harmonics = random.integer(2, 6);
    for (let n = 0; n < length && at + n < out.length; n++) {
      const shape = Math.min(1, n / 120) * Math.exp((-decay * n) / length);
      for (let h = 1; h <= harmonics && h * hz < 3800; h++)
        out[at + n]! += (loud * shape * Math.sin((2 * Math.PI * h * hz * n) / SECOND)) / h;
    }
  };
  const drums = random.chance(0.5);
  for (let at = 0, step = 0; at < out.length; at += beat, step++) {
    if (step % 4 === 0)
      for (const third of [0, 4, 7]) note(rootHz * 2 ** ((third + random.pick([0, 5, 7])) / 12), at, beat * 4, 900);
    if (random.chance(0.8))
      note(rootHz * 2 ** (1 + random.pick(SCALE_STEPS) / 12), at, beat * random.integer(1, 2), 1800);
    if (drums)
      for (let n = 0; n < 400 && at + n < out.length; n++)
        out[at + n]! += (random.next() - 0.5) * 3000 * Math.exp(-n / 90);
  }
  return out;
}

/** White to brown noise, with hum or knocks. */
export function noise(random: Random, seconds: number): Float32Array {
  const out = new Float32Array(seconds * SECOND);
  const colour = random.between(0, 0.98);
  const loud = 10 ** random.between(1.8, 3.4);
  const hum = random.chance(0.3) ? random.pick([100, 120, 300]) : 0;
  const knocks = random.chance(0.4);
  let last = 0;
  for (let n = 0; n < out.length; n++) {
    last = colour * last + Math.sqrt(1 - colour * colour) * random.gaussian();
    out[n] = loud * last + (hum ? loud * 0.7 * Math.sin((2 * Math.PI * hum * n) / SECOND) : 0);
  }
  for (let at = 0; knocks && at < out.length; at += random.integer(2000, 12_000)) {
    for (let n = 0; n < 600 && at + n < out.length; n++)
      out[at + n]! += random.gaussian() * loud * 4 * Math.exp(-n / 150);
  }
  return out;
}

interface Cadence {
  readonly name: string;
  readonly parts: readonly (readonly [frequenciesHz: readonly number[], ms: number])[];
}

export const CADENCES: readonly Cadence[] = [
  {
    name: "fax-cng",
    parts: [
      [[1100], 500],
      [[], 3000],
    ],
  },
  {
    name: "fax-ced",
    parts: [
      [[2100], 3000],
      [[], 500],
    ],
  },
  {
    name: "sit",
    parts: [
      [[913.8], 274],
      [[1370.6], 274],
      [[1776.7], 380],
      [[], 2000],
    ],
  },
  {
    name: "busy",
    parts: [
      [[480, 620], 500],
      [[], 500],
    ],
  },
  {
    name: "busy-425",
    parts: [
      [[425], 500],
      [[], 500],
    ],
  },
  {
    name: "reorder",
    parts: [
      [[480, 620], 250],
      [[], 250],
    ],
  },
  {
    name: "ringback",
    parts: [
      [[440, 480], 2000],
      [[], 4000],
    ],
  },
  { name: "steady", parts: [[[1004], 8000]] },
];

/** One period of a tone's cadence. */
export function cadence({ parts }: Cadence, amplitude: number): Float32Array {
  const pieces = parts.map(([frequenciesHz, ms]) =>
    Float32Array.from({ length: ms * 8 }, (_, n) =>
      frequenciesHz.reduce(
        (sum, hz) => sum + (amplitude / frequenciesHz.length) * Math.sin((2 * Math.PI * hz * n) / SECOND),
        0,
      ),
    ),
  );
  const out = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
