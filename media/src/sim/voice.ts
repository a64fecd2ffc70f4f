import { Prng } from "./prng.ts";

/** Vowel-like speech at 8 kHz, without words: harmonics of a gliding pitch under three moving formants, with syllables. Seeded. */
export function voiced(seed: number, frames: number): Int16Array {
  const random = new Prng(seed);
  const out = new Int16Array(frames * 160);
  const base = random.integer(90, 180);
  let phase = 0;
  for (let n = 0; n < out.length; n++) {
    const t = n / 8000;
    const pitchHz = base * (1 + 0.15 * Math.sin(2 * Math.PI * 0.6 * t));
    phase += pitchHz / 8000;
    const formants = [550 + 150 * Math.sin(3 * t), 1500 + 300 * Math.sin(2 * t), 2500];
    let sum = 0;
    for (let h = 1; h * pitchHz < 3400; h++) {
      const gain = formants.reduce((g, f) => g + 1 / (1 + ((h * pitchHz - f) / 120) ** 2), 0.02);
      sum += gain * Math.sin(2 * Math.PI * h * phase);
    }
    out[n] = 4000 * (0.65 + 0.35 * Math.sin(2 * Math.PI * 3 * t)) * sum + 20 * random.gaussian();
  }
  return out;
}
