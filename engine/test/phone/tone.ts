/** Tones and how much of one is heard: who heard whom, by Goertzel. */

const SAMPLE_RATE_HZ = 8000;

/** A sine of half the full scale. `from`: the first sample's number, so that frames join. */
export function tone(hz: number, from: number, count = 160): Int16Array {
  return Int16Array.from({ length: count }, (_, i) =>
    Math.round(12_000 * Math.sin((2 * Math.PI * hz * (from + i)) / SAMPLE_RATE_HZ)),
  );
}

/** The part of the samples' energy that lies at `hz`: near 1 for a pure tone, near 0 for anything else. */
export function toneShare(samples: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE_HZ);
  let [before, beforeThat, energy] = [0, 0, 0];
  for (const sample of samples) {
    const now = sample + coefficient * before - beforeThat;
    beforeThat = before;
    before = now;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  const power = before * before + beforeThat * beforeThat - coefficient * before * beforeThat;
  return (2 * power) / (samples.length * energy);
}
