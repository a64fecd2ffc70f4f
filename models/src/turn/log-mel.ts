/**
 * What Smart Turn v3 hears: the log-mel spectrogram of Whisper (80 bands, 25 ms windows every 10 ms) over eight seconds of 16 kHz, older
 * audio cut off, silence put before what is shorter, scaled to zero mean and unit variance. As Hugging Face's `WhisperFeatureExtractor` makes
 * it with `chunk_length=8` and `do_normalize=True`. Pure.
 */
export const TURN_RATE_HZ = 16_000;
export const TURN_SAMPLES = 8 * TURN_RATE_HZ;
export const MEL_BANDS = 80;
export const MEL_FRAMES = 800;

const WINDOW = 400;
const HOP = 160;
const BINS = WINDOW / 2 + 1;
const FLOOR = 1e-10;
/** 400 = 16 · 25. */
const [N1, N2] = [16, 25];

const HANN = Float64Array.from({ length: WINDOW }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW));
/** Which root of unity multiplies point n1 (n2) of a short transform for its bin k1 (k2). */
const COLUMN_ROOTS = Uint16Array.from({ length: N1 * N1 }, (_, n) => (Math.floor(n / N1) * (n % N1) * N2) % WINDOW);
const ROW_ROOTS = Uint16Array.from({ length: N2 * N2 }, (_, n) => (Math.floor(n / N2) * (n % N2) * N1) % WINDOW);
const COS = Float64Array.from({ length: WINDOW }, (_, k) => Math.cos((2 * Math.PI * k) / WINDOW));
const SIN = Float64Array.from({ length: WINDOW }, (_, k) => -Math.sin((2 * Math.PI * k) / WINDOW));

/** Slaney's: linear to 1 kHz, logarithmic above. */
function hzOf(mel: number): number {
  return mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp((Math.log(6.4) / 27) * (mel - 15));
}

function melOf(hz: number): number {
  return hz < 1000 ? (3 * hz) / 200 : 15 + (Math.log(hz / 1000) * 27) / Math.log(6.4);
}

interface Band {
  readonly from: number;
  readonly weights: Float64Array;
}

/** Triangles of equal area over the bins of 40 Hz. */
const BANDS: readonly Band[] = Array.from({ length: MEL_BANDS }, (_, band) => {
  const top = melOf(TURN_RATE_HZ / 2);
  const edge = (n: number) => hzOf((top * n) / (MEL_BANDS + 1));
  const [low, middle, high] = [edge(band), edge(band + 1), edge(band + 2)];
  const weights = Array.from({ length: BINS }, (__, bin) => {
    const hz = (bin * TURN_RATE_HZ) / WINDOW;
    return (Math.max(0, Math.min((hz - low) / (middle - low), (high - hz) / (high - middle))) * 2) / (high - low);
  });
  const from = weights.findIndex((weight) => weight > 0);
  return { from, weights: Float64Array.from(weights.slice(from, weights.findLastIndex((weight) => weight > 0) + 1)) };
});

/** `[80][800]`, band by band. `samples`: 16 kHz, −1..1; the last eight seconds of them count. */
export function turnFeatures(samples: Float32Array): Float32Array {
  const audio = normalised(samples);
  const out = new Float32Array(MEL_BANDS * MEL_FRAMES);
  const pair = new FramePair();
  // All of the silence put before sounds the same: it is looked at once.
  const silent = 2 * Math.max(0, Math.floor((TURN_SAMPLES - samples.length - WINDOW / 2) / HOP / 2) - 1);
  for (let frame = 0; frame < MEL_FRAMES; frame += frame === 0 && silent > 2 ? silent : 2) {
    pair.load(audio, frame);
    pair.transform();
    for (let band = 0; band < MEL_BANDS; band++) {
      out[band * MEL_FRAMES + frame] = pair.power(0, BANDS[band]!);
      out[band * MEL_FRAMES + frame + 1] = pair.power(1, BANDS[band]!);
    }
  }
  for (let band = 0; band < MEL_BANDS; band++) {
    const from = band * MEL_FRAMES;
    if (silent > 2) out.fill(out[from]!, from, from + silent);
  }
  let loudest = Number.NEGATIVE_INFINITY;
  for (let n = 0; n < out.length; n++) {
    out[n] = Math.log10(Math.max(FLOOR, out[n]!));
    loudest = Math.max(loudest, out[n]!);
  }
  for (let n = 0; n < out.length; n++) out[n] = (Math.max(out[n]!, loudest - 8) + 4) / 4;
  return out;
}

/** Eight seconds, the speech at their end. */
function normalised(samples: Float32Array): Float64Array {
  const audio = new Float64Array(TURN_SAMPLES);
  const kept = samples.subarray(Math.max(0, samples.length - TURN_SAMPLES));
  audio.set(kept, TURN_SAMPLES - kept.length);
  let sum = 0;
  for (const sample of audio) sum += sample;
  const mean = sum / TURN_SAMPLES;
  let squares = 0;
  for (const sample of audio) squares += (sample - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / TURN_SAMPLES + 1e-7);
  for (let n = 0; n < TURN_SAMPLES; n++) audio[n] = (audio[n]! - mean) * scale;
  return audio;
}

/** Two real windows in one complex transform of 400 points: sixteen by twenty-five (Cooley and Tukey). */
class FramePair {
  readonly #re = new Float64Array(WINDOW);
  readonly #im = new Float64Array(WINDOW);
  readonly #stepRe = new Float64Array(WINDOW);
  readonly #stepIm = new Float64Array(WINDOW);
  readonly #powers = [new Float64Array(BINS), new Float64Array(BINS)] as const;

  /** Windows are centred; past both ends the audio is mirrored. */
  load(audio: Float64Array, frame: number): void {
    for (let n = 0; n < WINDOW; n++) {
      this.#re[n] = audio[mirrored(frame * HOP + n - WINDOW / 2)]! * HANN[n]!;
      this.#im[n] = audio[mirrored((frame + 1) * HOP + n - WINDOW / 2)]! * HANN[n]!;
    }
  }

  transform(): void {
    this.#columns();
    this.#rows();
    this.#split();
  }

  power(which: 0 | 1, { from, weights }: Band): number {
    const powers = this.#powers[which];
    let sum = 0;
    for (let n = 0; n < weights.length; n++) sum += weights[n]! * powers[from + n]!;
    return sum;
  }

  /** Twenty-five transforms of sixteen points, each turned by its twiddle factor. */
  #columns(): void {
    for (let n2 = 0; n2 < N2; n2++) {
      for (let k1 = 0; k1 < N1; k1++) {
        let re = 0;
        let im = 0;
        for (let n1 = 0; n1 < N1; n1++) {
          const at = COLUMN_ROOTS[k1 * N1 + n1]!;
          const [a, b] = [this.#re[N2 * n1 + n2]!, this.#im[N2 * n1 + n2]!];
          re += a * COS[at]! - b * SIN[at]!;
          im += a * SIN[at]! + b * COS[at]!;
        }
        const turn = n2 * k1;
        this.#stepRe[k1 * N2 + n2] = re * COS[turn]! - im * SIN[turn]!;
        this.#stepIm[k1 * N2 + n2] = re * SIN[turn]! + im * COS[turn]!;
      }
    }
  }

  #rows(): void {
    for (let k1 = 0; k1 < N1; k1++) {
      for (let k2 = 0; k2 < N2; k2++) {
        let re = 0;
        let im = 0;
        for (let n2 = 0; n2 < N2; n2++) {
          const at = ROW_ROOTS[k2 * N2 + n2]!;
          const [a, b] = [this.#stepRe[k1 * N2 + n2]!, this.#stepIm[k1 * N2 + n2]!];
          re += a * COS[at]! - b * SIN[at]!;
          im += a * SIN[at]! + b * COS[at]!;
        }
        this.#re[k1 + N1 * k2] = re;
        this.#im[k1 + N1 * k2] = im;
      }
    }
  }

  /** X(k) and X(−k) hold the two windows' spectra. */
  #split(): void {
    for (let k = 0; k < BINS; k++) {
      const back = (WINDOW - k) % WINDOW;
      const [a, b, c, d] = [this.#re[k]!, this.#im[k]!, this.#re[back]!, this.#im[back]!];
      this.#powers[0][k] = ((a + c) ** 2 + (b - d) ** 2) / 4;
      this.#powers[1][k] = ((b + d) ** 2 + (c - a) ** 2) / 4;
    }
  }
}

function mirrored(n: number): number {
  if (n < 0) return -n;
  return n < TURN_SAMPLES ? n : 2 * (TURN_SAMPLES - 1) - n;
}
