import { expect, test } from "bun:test";
import { Fft } from "./fft.ts";
import { Prng } from "./sim/prng.ts";

/** By the definition. */
function dft(re: Float64Array, im: Float64Array): [Float64Array, Float64Array] {
  const size = re.length;
  const [outRe, outIm] = [new Float64Array(size), new Float64Array(size)];
  for (let k = 0; k < size; k++) {
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((k * n) % size)) / size;
      outRe[k]! += re[n]! * Math.cos(angle) - im[n]! * Math.sin(angle);
      outIm[k]! += re[n]! * Math.sin(angle) + im[n]! * Math.cos(angle);
    }
  }
  return [outRe, outIm];
}

test("it is the transform by its definition, in every size", () => {
  const random = new Prng(1);
  for (const size of [2, 4, 8, 16, 32, 128, 256]) {
    const [re, im] = [0, 1].map(() => Float64Array.from({ length: size }, () => random.integer(-1000, 1000)));
    const [wantedRe, wantedIm] = dft(re!, im!);
    new Fft(size).transform(re!, im!);
    for (let k = 0; k < size; k++) {
      expect(re![k]).toBeCloseTo(wantedRe[k]!, 6);
      expect(im![k]).toBeCloseTo(wantedIm[k]!, 6);
    }
  }
});

test("there and back, with the parts swapped, is the size times as much", () => {
  const random = new Prng(2);
  const [re, im] = [0, 1].map(() => Float64Array.from({ length: 8192 }, () => random.integer(-1000, 1000)));
  const [beforeRe, beforeIm] = [re!.slice(), im!.slice()];
  const fft = new Fft(8192);
  fft.transform(re!, im!);
  fft.transform(im!, re!);
  const worst = Math.max(
    ...beforeRe.map((value, n) => Math.abs(re![n]! / 8192 - value) + Math.abs(im![n]! / 8192 - beforeIm[n]!)),
  );
  expect(worst).toBeLessThan(1e-8);
});

test("a size that is no power of two is refused", () => {
  expect(() => new Fft(12)).toThrow("power of two");
});
