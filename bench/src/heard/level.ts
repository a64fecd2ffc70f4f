/**
 * How loud each frame of a reply is beside the same reply undisturbed. Her voice goes up and down by itself; what is compared are the same samples, so even a soft
 * frame tells: its level is the projection on the other's, ⟨h,w⟩ / ⟨w,w⟩. Pure; samples are 8 kHz, a frame 20 ms.
 */
import { FRAME_SAMPLES } from "@sk-voice/media/units.ts";

/** Replies are lined up within this: they begin where the level is first audible, which may be a frame sooner or later. */
const MAX_SHIFT_SAMPLES = 480;
/** Below this correlation these are other words. The same words were at 1.000, four times of four. */
const SAME = 0.9;
/** Root of the mean square below which a frame is a pause and tells nothing: G.711's steps are 8 here. */
const PAUSE_RMS = 40;

/** Level of each frame of `heard`, 1 is undisturbed; NaN in a pause. `undefined`: other words, judged by the first `lineUpSamples`. */
export function levels(heard: Int16Array, whole: Int16Array, lineUpSamples: number): number[] | undefined {
  const shift = lineUp(heard.subarray(0, lineUpSamples), whole);
  if (shift === undefined) return undefined;
  return Array.from({ length: Math.floor(heard.length / FRAME_SAMPLES) }, (_, n) => {
    const [from, to] = [n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES];
    const { cross, power } = project(heard, whole, from, to, shift);
    return power < FRAME_SAMPLES * PAUSE_RMS ** 2 ? Number.NaN : cross / power;
  });
}

/** `whole[i + shift]` is `heard[i]`. */
function lineUp(heard: Int16Array, whole: Int16Array): number | undefined {
  let best = 0;
  let found: number | undefined;
  for (let shift = -MAX_SHIFT_SAMPLES; shift <= MAX_SHIFT_SAMPLES; shift++) {
    const { cross, power, own } = project(heard, whole, 0, heard.length, shift);
    const correlation = cross / Math.sqrt(power * own || 1);
    if (correlation > best) [best, found] = [correlation, shift];
  }
  return best >= SAME ? found : undefined;
}

function project(heard: Int16Array, whole: Int16Array, from: number, to: number, shift: number) {
  let [cross, power, own] = [0, 0, 0];
  for (let n = from; n < to; n++) {
    const [h, w] = [heard[n] ?? 0, whole[n + shift] ?? 0];
    cross += h * w;
    power += w * w;
    own += h * h;
  }
  return { cross, power, own };
}
