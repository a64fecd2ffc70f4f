import { Prng } from "@sk-voice/media/sim/prng.ts";

/** 8 kHz, −1..1. Syllables of harmonics under moving resonances: as unlike from seed to seed as two speakers' sentences. */
export function babble(seed: number, seconds: number): Float32Array {
  const random = new Prng(seed);
  const out = new Float32Array(seconds * 8000);
  for (let at = 0; at < out.length; ) {
    const length = random.integer(800, 2400);
    const pitchHz = 90 + random.next() * 130;
    const formants = [300 + random.next() * 600, 900 + random.next() * 1400, 2300 + random.next() * 900];
    const loud = 0.3 + random.next() * 0.7;
    for (let n = 0; n < length && at < out.length; n++, at++) {
      const shape = Math.sin((Math.PI * n) / length);
      for (let h = 1; h * pitchHz < 3400; h += 2) {
        const hz = h * pitchHz;
        const gain = formants.reduce((sum, f) => sum + Math.exp(-(((hz - f) / 120) ** 2)), 0.02);
        out[at]! += 0.12 * loud * shape * gain * Math.sin((2 * Math.PI * hz * n) / 8000);
      }
    }
    at += random.integer(0, 1200);
  }
  return out;
}
