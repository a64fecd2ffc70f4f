/**
 * How far what is heard is from what was said, as the ear divides it: root mean square difference in dB over the critical bands (Zwicker) of 32 ms windows, eight
 * milliseconds apart, where somebody speaks. 0 is the same sound; waveforms out of step cost nothing as long as they sound alike.
 */
import { Fft } from "@sk-voice/media/fft.ts";

const WINDOW = 256;
const HOP = 64;
/** Upper edges of the critical bands of a telephone line, Hz. */
const EDGES_HZ = [300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3400];
const LOWEST_HZ = 200;
/** Below what is heard beside speech: −60 dB of full scale. */
const FLOOR_DB = 30;
/** Mean square of a window in which somebody speaks: −45 dBFS. */
const SPEECH_POWER = 184 * 184;

const FFT = new Fft(WINDOW);
const HANN = Float64Array.from({ length: WINDOW }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW));

/** `touched(sample)`: only windows that hold such a sample count. dB; NaN when none does. Both signals run in step. */
export function spectralDistanceDb(said: Int16Array, heard: Int16Array, touched: (sample: number) => boolean): number {
  let sum = 0;
  let windows = 0;
  for (let from = 0; from + WINDOW <= Math.min(said.length, heard.length); from += HOP) {
    if (!isTouched(from, touched) || power(said, from) < SPEECH_POWER) continue;
    const [a, b] = [bands(said, from), bands(heard, from)];
    let square = 0;
    for (let n = 0; n < a.length; n++) square += (a[n]! - b[n]!) ** 2;
    sum += square / a.length;
    windows++;
  }
  return Math.sqrt(sum / windows);
}

function isTouched(from: number, touched: (sample: number) => boolean): boolean {
  for (let n = from; n < from + WINDOW; n += 16) if (touched(n)) return true;
  return false;
}

function power(samples: Int16Array, from: number): number {
  let sum = 0;
  for (let n = from; n < from + WINDOW; n++) sum += samples[n]! ** 2;
  return sum / WINDOW;
}

function bands(samples: Int16Array, from: number): number[] {
  const re = Float64Array.from(HANN, (weight, n) => weight * samples[from + n]!);
  const im = new Float64Array(WINDOW);
  FFT.transform(re, im);
  let bin = Math.ceil((LOWEST_HZ * WINDOW) / 8000);
  return EDGES_HZ.map((edge) => {
    let energy = 0;
    for (; (bin * 8000) / WINDOW < edge; bin++) energy += re[bin]! ** 2 + im[bin]! ** 2;
    return 10 * Math.log10(energy + 10 ** (FLOOR_DB / 10) * WINDOW);
  });
}
