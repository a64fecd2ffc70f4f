import { expect, test } from "bun:test";
import { GoertzelBank, ToneGenerator, tone } from "./tones.ts";

test("a tone has the asked length, level and frequency", () => {
  const bank = new GoertzelBank([400, 440, 480], 800);
  const samples = tone([440], 100, -20);
  expect(samples.length).toBe(800);
  expect(bank.push(samples)).toBe(800);
  expect(bank.ready).toBe(true);
  const levelsDb = [...bank.powers].map((p) => 10 * Math.log10(p + 1e-12));
  expect(levelsDb[1]).toBeCloseTo(-20, 1);
  expect(Math.max(levelsDb[0]!, levelsDb[2]!)).toBeLessThan(-60);
  expect(10 * Math.log10(bank.totalPower)).toBeCloseTo(-20, 1);
});

test("blocks do not depend on how the samples come in", () => {
  const samples = tone([350, 440], 50, -12);
  const powersOf = (pieces: number) => {
    const bank = new GoertzelBank([350, 440], 205);
    const found: number[] = [];
    for (let from = 0; from < samples.length; from += pieces) {
      const piece = samples.subarray(from, from + pieces);
      for (let at = 0; at < piece.length; ) {
        at = bank.push(piece, at);
        if (bank.ready) found.push(...bank.powers);
      }
    }
    return found;
  };
  expect(powersOf(400)).toHaveLength(2);
  expect(powersOf(7)).toEqual(powersOf(400));
});

test("a generator goes on without a seam and clips instead of wrapping", () => {
  const generator = new ToneGenerator([333], -6);
  const whole = tone([333], 40, -6);
  const pieces = [new Int16Array(100), new Int16Array(220)];
  for (const piece of pieces) generator.fill(piece);
  const joined = pieces.flatMap((piece) => [...piece]);
  expect(joined.every((x, i) => Math.abs(x - whole[i]!) <= 1)).toBe(true);
  const loud = tone([100, 100, 100], 20, 0);
  expect([Math.max(...loud), Math.min(...loud)]).toEqual([32767, -32768]);
});
