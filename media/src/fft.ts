/**
 * Complex fast Fourier transform in place: radix 4, with one stage of radix 2 where the size asks for it. Tables are made once per size and read in order, so
 * that 8,192 points stay in the cache: what took 2.6 ms with radix 2 across the whole array (`LagFinder.look`) takes 0.6. `transform` allocates nothing.
 */
export class Fft {
  readonly #reversed: Uint32Array;
  /** Of each stage: width of a quarter, and for each place in it the three factors (cosine, sine). */
  readonly #stages: readonly { readonly quarter: number; readonly factors: Float64Array }[];

  /** @throws RangeError when `size` is no power of two. */
  constructor(readonly size: number) {
    if (size < 2 || (size & (size - 1)) !== 0) throw new RangeError(`an FFT needs a power of two, got ${size}`);
    this.#reversed = new Uint32Array(size);
    for (let n = 1; n < size; n++) this.#reversed[n] = (this.#reversed[n >> 1]! >> 1) | (n & 1 ? size >> 1 : 0);
    const stages = [];
    for (let quarter = this.#hasPairs ? 2 : 1; quarter < size; quarter *= 4) {
      stages.push({ quarter, factors: factorsOf(quarter) });
    }
    this.#stages = stages;
  }

  /** The size is two times a power of four. */
  get #hasPairs(): boolean {
    return Math.log2(this.size) % 2 === 1;
  }

  /** X(k) = Σ x(n)·e^(−2πi·kn/N), unscaled. Swap `re` and `im` for the inverse (times N). */
  transform(re: Float64Array, im: Float64Array): void {
    this.#reverse(re, im);
    if (this.#hasPairs) this.#pairs(re, im);
    for (const { quarter, factors } of this.#stages) this.#stage(re, im, quarter, factors);
  }

  #reverse(re: Float64Array, im: Float64Array): void {
    for (let n = 1; n < this.size; n++) {
      const m = this.#reversed[n]!;
      if (m <= n) continue;
      const a = re[n]!;
      const b = im[n]!;
      re[n] = re[m]!;
      im[n] = im[m]!;
      re[m] = a;
      im[m] = b;
    }
  }

  #pairs(re: Float64Array, im: Float64Array): void {
    for (let n = 0; n < this.size; n += 2) {
      const a = re[n + 1]!;
      const b = im[n + 1]!;
      re[n + 1] = re[n]! - a;
      im[n + 1] = im[n]! - b;
      re[n] = re[n]! + a;
      im[n] = im[n]! + b;
    }
  }

  /** Reversed bits put the quarters in the order 0, 2, 1, 3. */
  #stage(re: Float64Array, im: Float64Array, quarter: number, factors: Float64Array): void {
    for (let from = 0; from < this.size; from += 4 * quarter) {
      for (let k = 0; k < quarter; k++) {
        const n0 = from + k;
        const n2 = n0 + quarter;
        const n1 = n2 + quarter;
        const n3 = n1 + quarter;
        const w = 6 * k;
        const re1 = re[n1]! * factors[w]! + im[n1]! * factors[w + 1]!;
        const im1 = im[n1]! * factors[w]! - re[n1]! * factors[w + 1]!;
        const re2 = re[n2]! * factors[w + 2]! + im[n2]! * factors[w + 3]!;
        const im2 = im[n2]! * factors[w + 2]! - re[n2]! * factors[w + 3]!;
        const re3 = re[n3]! * factors[w + 4]! + im[n3]! * factors[w + 5]!;
        const im3 = im[n3]! * factors[w + 4]! - re[n3]! * factors[w + 5]!;
        const evenRe = re[n0]! + re2;
        const evenIm = im[n0]! + im2;
        const oddRe = re[n0]! - re2;
        const oddIm = im[n0]! - im2;
        const sumRe = re1 + re3;
        const sumIm = im1 + im3;
        const differenceRe = re1 - re3;
        const differenceIm = im1 - im3;
        re[n0] = evenRe + sumRe;
        im[n0] = evenIm + sumIm;
        re[n2] = oddRe + differenceIm;
        im[n2] = oddIm - differenceRe;
        re[n1] = evenRe - sumRe;
        im[n1] = evenIm - sumIm;
        re[n3] = oddRe - differenceIm;
        im[n3] = oddIm + differenceRe;
      }
    }
  }
}

function factorsOf(quarter: number): Float64Array {
  const factors = new Float64Array(6 * quarter);
  for (let k = 0; k < quarter; k++) {
    for (let power = 1; power <= 3; power++) {
      const angle = (2 * Math.PI * k * power) / (4 * quarter);
      factors[6 * k + 2 * power - 2] = Math.cos(angle);
      factors[6 * k + 2 * power - 1] = Math.sin(angle);
    }
  }
  return factors;
}
