import { clampSample } from "./pcm.ts";

/** A designed filter for one pair of rates: immutable, to be shared by all streams of that pair. */
export interface ResampleFilter {
  readonly fromHz: number;
  readonly toHz: number;
  /** Output sample n lies at input time n * down / up. */
  readonly up: number;
  readonly down: number;
  /** Coefficients per phase, `up` phases back to back, each in the order of the input. */
  readonly taps: number;
  readonly phases: Float32Array;
}

/** Stop band of the Kaiser window, in dB: past what 16-bit telephone audio shows. */
const STOPBAND_DB = 70;
/** The pass band reaches 85 % of the lower Nyquist frequency: 3.4 of 4 kHz. */
const PASSBAND_SHARE = 0.85;
/** `up` grows with the ratio's awkwardness: 22050 to 8000 is 160; more than this is a mistake. */
const MAX_PHASES = 1000;

/**
 * Windowed-sinc low-pass for a rational ratio. Costs a few milliseconds: design once, keep it.
 * @throws RangeError when a rate is not a positive whole number or their ratio needs more than 1000 phases.
 */
export function designResampler(fromHz: number, toHz: number): ResampleFilter {
  if (!(Number.isInteger(fromHz) && Number.isInteger(toHz) && fromHz > 0 && toHz > 0)) {
    throw new RangeError(`sample rates must be positive whole numbers, got ${fromHz} and ${toHz}`);
  }
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  if (up > MAX_PHASES) {
    throw new RangeError(`cannot resample ${fromHz} Hz to ${toHz} Hz: ${up} filter phases, at most ${MAX_PHASES}`);
  }
  const nyquist = Math.min(fromHz, toHz) / 2;
  const transition = (nyquist * (1 - PASSBAND_SHARE)) / fromHz;
  const taps = 2 * Math.ceil((STOPBAND_DB - 7.95) / (14.36 * transition) / 2);
  const cutoff = (nyquist * (1 + PASSBAND_SHARE)) / 2 / fromHz;
  const phases = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase++)
    fillPhase(phases.subarray(phase * taps, (phase + 1) * taps), phase / up, cutoff);
  return { fromHz, toHz, up, down, taps, phases };
}

/** Tap k weighs the input sample k - taps/2 + 1 away from the one before the output's place. Unity gain at DC. */
function fillPhase(coefficients: Float32Array, fraction: number, cutoff: number): void {
  const half = coefficients.length / 2;
  const beta = 0.1102 * (STOPBAND_DB - 8.7);
  let sum = 0;
  for (let k = 0; k < coefficients.length; k++) {
    const t = k - half + 1 - fraction;
    const x = 2 * Math.PI * cutoff * t;
    const inside = Math.max(0, 1 - (t / half) ** 2);
    coefficients[k] = (x === 0 ? 1 : Math.sin(x) / x) * besselI0(beta * Math.sqrt(inside));
    sum += coefficients[k]!;
  }
  for (let k = 0; k < coefficients.length; k++) coefficients[k] = coefficients[k]! / sum;
}

/** Modified Bessel function of the first kind, order 0, by its series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; term > sum * 1e-12; n++) {
    term *= (x / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * One stream. However the input is cut into pieces, the output is the same: `ceil(input * to / from)` samples once flushed, in time
 * with the input (no delay but that of waiting for half a filter of look-ahead).
 */
export class Resampler {
  readonly #filter: ResampleFilter;
  /** Input not yet done with; index 0 is input sample `#firstInput`. Starts with half a filter of silence. */
  #pending: Float32Array;
  #length: number;
  /** Of the next output: input sample before it, relative to the start of pending, and phase. */
  #at: number;
  #phase = 0;
  #inputSamples = 0;
  #outputSamples = 0;

  constructor(filter: ResampleFilter) {
    this.#filter = filter;
    this.#pending = new Float32Array(filter.taps * 2);
    this.#length = filter.taps / 2 - 1;
    this.#at = this.#length;
  }

  /** All output that can be computed so far. The result is the caller's. */
  push(samples: Int16Array): Int16Array {
    this.#inputSamples += samples.length;
    this.#append(samples, samples.length);
    return this.#drain(Number.POSITIVE_INFINITY);
  }

  /** The rest; the stream is over and the object of no more use. */
  flush(): Int16Array {
    const { taps, up, down } = this.#filter;
    this.#append(undefined, taps / 2);
    return this.#drain(Math.ceil((this.#inputSamples * up) / down) - this.#outputSamples);
  }

  #append(samples: Int16Array | undefined, count: number): void {
    if (this.#length + count > this.#pending.length) {
      const grown = new Float32Array((this.#length + count) * 2);
      grown.set(this.#pending.subarray(0, this.#length));
      this.#pending = grown;
    }
    if (samples === undefined) this.#pending.fill(0, this.#length, this.#length + count);
    else this.#pending.set(samples, this.#length);
    this.#length += count;
  }

  #drain(most: number): Int16Array {
    const { taps, up, down } = this.#filter;
    const before = taps / 2 - 1;
    const usable = this.#length - taps / 2 - this.#at;
    const possible = usable <= 0 ? 0 : Math.ceil((usable * up - this.#phase) / down);
    const out = new Int16Array(Math.max(0, Math.min(most, possible)));
    for (let n = 0; n < out.length; n++) {
      out[n] = this.#convolve(this.#at - before, this.#phase * taps);
      this.#phase += down;
      this.#at += Math.floor(this.#phase / up);
      this.#phase %= up;
    }
    this.#outputSamples += out.length;
    this.#forget(Math.min(this.#length, this.#at - before));
    return out;
  }

  #convolve(from: number, phaseFrom: number): number {
    const { taps, phases } = this.#filter;
    let sum = 0;
    for (let k = 0; k < taps; k++) sum += this.#pending[from + k]! * phases[phaseFrom + k]!;
    return clampSample(Math.round(sum));
  }

  #forget(count: number): void {
    this.#pending.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#at -= count;
  }
}

/** A whole recording at once. */
export function resample(samples: Int16Array, filter: ResampleFilter): Int16Array {
  const resampler = new Resampler(filter);
  const body = resampler.push(samples);
  const rest = resampler.flush();
  const out = new Int16Array(body.length + rest.length);
  out.set(body);
  out.set(rest, body.length);
  return out;
}
