import { expect, test } from "bun:test";
import { MEL_BANDS, MEL_FRAMES, TURN_SAMPLES, turnFeatures } from "./log-mel.ts";

const sine = (hz: number, seconds: number) =>
  Float32Array.from({ length: seconds * 16_000 }, (_, n) => 0.3 * Math.sin((2 * Math.PI * hz * n) / 16_000));

function loudestBand(features: Float32Array, frame: number): number {
  let best = 0;
  for (let band = 1; band < MEL_BANDS; band++)
    if (features[band * MEL_FRAMES + frame]! > features[best * MEL_FRAMES + frame]!) best = band;
  return best;
}

test("silence is the floor everywhere", () => {
  const features = turnFeatures(new Float32Array(0));
  expect(features).toHaveLength(MEL_BANDS * MEL_FRAMES);
  expect([...new Set(features)]).toEqual([-1.5]);
});

test("a tone is in its band, at the end of the eight seconds; before it there is nothing", () => {
  // Slaney's bands are 24 Hz · mel apart: 1 kHz is mel 15 of 45.25, the 26th of 80.
  for (const [hz, band] of [
    [1000, 26],
    [4000, 62],
    [240, 5],
  ] as const) {
    const features = turnFeatures(sine(hz, 2));
    expect(Math.abs(loudestBand(features, 750) - band)).toBeLessThanOrEqual(1);
    expect(features[band * MEL_FRAMES + 100]!).toBeLessThan(features[band * MEL_FRAMES + 750]! - 1);
  }
});

/** The same by the definition, without any trick. */
function byDefinition(audio: Float64Array, frame: number): Float64Array {
  const power = new Float64Array(201);
  for (let k = 0; k <= 200; k++) {
    let [re, im] = [0, 0];
    for (let n = 0; n < 400; n++) {
      let at = frame * 160 + n - 200;
      if (at < 0) at = -at;
      if (at >= audio.length) at = 2 * (audio.length - 1) - at;
      const value = audio[at]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / 400));
      re += value * Math.cos((2 * Math.PI * k * n) / 400);
      im -= value * Math.sin((2 * Math.PI * k * n) / 400);
    }
    power[k] = re * re + im * im;
  }
  return power;
}

test("every band is the definition's, up to the constant that normalising adds", () => {
  const audio = Float32Array.from(
    { length: TURN_SAMPLES },
    (_, n) => 0.2 * Math.sin(n * n * 1e-6) + 0.05 * Math.cos(n / 3),
  );
  const features = turnFeatures(audio);
  const toHz = (mel: number) => (mel < 15 ? (200 * mel) / 3 : 1000 * 6.4 ** ((mel - 15) / 27));
  const top = 15 + (Math.log(8) * 27) / Math.log(6.4);
  const offsets: number[] = [];
  for (const frame of [0, 401, 799]) {
    const power = byDefinition(Float64Array.from(audio), frame);
    for (const band of [3, 20, 40, 60]) {
      const [low, middle, high] = [0, 1, 2].map((n) => toHz((top * (band + n)) / 81)) as [number, number, number];
      const sum = power.reduce((total, value, k) => {
        const weight = Math.max(0, Math.min((k * 40 - low) / (middle - low), (high - k * 40) / (high - middle)));
        return total + (value * weight * 2) / (high - low);
      }, 0);
      const feature = features[band * MEL_FRAMES + frame]! * 4 - 4;
      // What lies 80 dB below the loudest is cut off.
      if (feature > Math.max(...features) * 4 - 4 - 7.9) offsets.push(feature - Math.log10(sum));
    }
  }
  expect(offsets.length).toBeGreaterThan(4);
  for (const offset of offsets) expect(offset).toBeCloseTo(offsets[0]!, 3);
});
