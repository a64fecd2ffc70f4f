/** Complex fast Fourier transform in place, radix 2. Tables are made once per size; `transform` allocates nothing. */
export class Fft {
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint32Array;

  /** @throws RangeError when `size` is no power of two. */
  constructor(readonly size: number) {
    if (size < 2 || (size & (size - 1)) !== 0) throw new RangeError(`an FFT needs a power of two, got ${size}`);
    this.#cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    this.#reversed = new Uint32Array(size);
    for (let n = 1; n < size; n++) this.#reversed[n] = (this.#reversed[n >> 1]! >> 1) | (n & 1 ? size >> 1 : 0);
  }

  /** X(k) = Σ x(n)·e^(−2πi·kn/N), unscaled. Swap `re` and `im` for the inverse (times N). */
  transform(re: Float64Array, im: Float64Array): void {
    const { size } = this;
    for (let n = 1; n < size; n++) {
      const m = this.#reversed[n]!;
      if (m <= n) continue;
      const a = re[n]!;
      const b = im[n]!;
      re[n] = re[m]!;
      im[n] = im[m]!;
      re[m] = a;
      im[m] = b;
    }
    for (let width = 2; width <= size; width *= 2) this.#stage(re, im, width);
  }

  #stage(re: Float64Array, im: Float64Array, width: number): void {
    const half = width / 2;
    const step = this.size / width;
    for (let k = 0; k < half; k++) {
      const wr = this.#cos[k * step]!;
      const wi = -this.#sin[k * step]!;
      for (let a = k; a < this.size; a += width) {
        const b = a + half;
        const tr = re[b]! * wr - im[b]! * wi;
        const ti = re[b]! * wi + im[b]! * wr;
        re[b] = re[a]! - tr;
        im[b] = im[a]! - ti;
        re[a] = re[a]! + tr;
        im[a] = im[a]! + ti;
      }
    }
  }
}
