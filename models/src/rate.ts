/** Sinc zero crossings on each side of a sample: images and aliases below −60 dB, passband to 0.9 of the lower Nyquist frequency. */
const CROSSINGS = 16;
const ROLLOFF = 0.94;

/**
 * Converts the sample rate of a stream, once, at the provider's edge. Windowed sinc, one set of taps for each output phase
 * (8000/24000 has 1, 8000/22050 has 160). Delay is compensated: output begins where input begins.
 */
export class RateConverter {
  readonly #up: number;
  readonly #down: number;
  readonly #taps: Float32Array[];
  readonly #half: number;
  /** Unconsumed input, beginning with the `#half` samples before the next output's centre. */
  #pending: Float32Array;
  /** Centre of the next output: whole samples into `#pending`, and phase. */
  #centre: number;
  #phase = 0;

  constructor(fromHz: number, toHz: number) {
    const common = greatestCommonDivisor(fromHz, toHz);
    this.#up = toHz / common;
    this.#down = fromHz / common;
    const cutoff = Math.min(1, toHz / fromHz) * ROLLOFF;
    this.#half = Math.ceil(CROSSINGS / cutoff);
    this.#taps = Array.from({ length: this.#up }, (_, phase) => sincTaps(this.#half, phase / this.#up, cutoff));
    this.#pending = new Float32Array(this.#half);
    this.#centre = this.#half;
  }

  /** The output that can be computed now; the end of it waits for more input. */
  push(samples: Int16Array): Int16Array<ArrayBuffer> {
    const input = new Float32Array(this.#pending.length + samples.length);
    input.set(this.#pending);
    input.set(samples, this.#pending.length);
    const out: number[] = [];
    while (this.#centre + this.#half < input.length) {
      out.push(this.#at(input));
      this.#phase += this.#down;
      this.#centre += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    const used = Math.min(input.length, this.#centre - this.#half);
    this.#pending = input.slice(used);
    this.#centre -= used;
    return Int16Array.from(out);
  }

  /** The stream is over: the rest. */
  flush(): Int16Array<ArrayBuffer> {
    return this.push(new Int16Array(this.#half));
  }

  #at(input: Float32Array): number {
    const taps = this.#taps[this.#phase]!;
    const from = this.#centre - this.#half;
    let sum = 0;
    for (let k = 0; k < taps.length; k++) sum += taps[k]! * input[from + k]!;
    return Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
}

/** A whole recording at another rate. */
export function convertRate(samples: Int16Array, fromHz: number, toHz: number): Int16Array<ArrayBuffer> {
  if (fromHz === toHz) return samples.slice() as Int16Array<ArrayBuffer>;
  const converter = new RateConverter(fromHz, toHz);
  const head = converter.push(samples);
  const tail = converter.flush();
  const out = new Int16Array(head.length + tail.length);
  out.set(head);
  out.set(tail, head.length);
  return out;
}

/** Taps for an output that lies `fraction` of an input sample after the centre; gain 1 at 0 Hz. */
function sincTaps(half: number, fraction: number, cutoff: number): Float32Array {
  const taps = new Float32Array(2 * half + 1);
  let sum = 0;
  for (let k = 0; k < taps.length; k++) {
    const at = k - half - fraction;
    const x = at * cutoff;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const position = Math.min(1, Math.abs(at) / half);
    taps[k] = sinc * (0.42 + 0.5 * Math.cos(Math.PI * position) + 0.08 * Math.cos(2 * Math.PI * position));
    sum += taps[k]!;
  }
  return taps.map((tap) => tap / sum);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
