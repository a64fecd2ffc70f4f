import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BiasTrie } from "./bias.ts";
import { type DecodeOptions, type DecoderSteps, decode, EOS } from "./moonshine-decoder.ts";

const SIZE = 12;

/** A network whose next-token probabilities depend on the tokens so far, as a table or a function. */
function network(
  probabilities: (tokens: readonly number[]) => Record<number, number>,
): DecoderSteps & { steps: number } {
  let rows: (readonly number[])[] = [[]];
  const logits = () =>
    Float32Array.from(
      rows.flatMap((tokens) => {
        const table = probabilities(tokens);
        return Array.from({ length: SIZE }, (_, token) => Math.log(table[token] ?? 1e-6));
      }),
    );
  return {
    vocabularySize: SIZE,
    steps: 0,
    async start() {
      rows = [[]];
      return logits();
    },
    async extend(parents, tokens) {
      this.steps++;
      rows = parents.map((parent, i) => [...rows[parent]!, tokens[i]!]);
      return logits();
    },
  };
}

const options = (changes: Partial<DecodeOptions> = {}): DecodeOptions => ({
  width: 1,
  maxTokens: 30,
  banEmpty: false,
  allowed: undefined,
  bias: undefined,
  narrow: () => false,
  stop: () => false,
  ...changes,
});

describe("decoding", () => {
  test("greedy follows the most probable token and says how sure it was", async () => {
    const steps = network((tokens) =>
      tokens.length < 3 ? { [5 + tokens.length]: 0.8, 9: 0.2 } : { [EOS]: 0.9, 9: 0.1 },
    );
    const decoded = await decode(steps, options());
    expect(decoded!.tokens).toEqual([5, 6, 7]);
    expect(decoded!.meanLogProb).toBeCloseTo((3 * Math.log(0.8) + Math.log(0.9)) / 3, 3);
  });

  test("an empty answer is possible, unless the VAD heard speech", async () => {
    const steps = network((tokens) => (tokens.length === 0 ? { [EOS]: 0.7, 4: 0.3 } : { [EOS]: 1 }));
    expect((await decode(steps, options()))!.tokens).toEqual([]);
    expect((await decode(steps, options({ banEmpty: true })))!.tokens).toEqual([4]);
  });

  test("a mask leaves only what is allowed, and tells that it went against the model", async () => {
    const steps = network((tokens) => (tokens.length < 2 ? { 8: 0.9, 3: 0.1 } : { [EOS]: 1 }));
    const decoded = await decode(steps, options({ allowed: new Set([3, EOS]) }));
    expect(decoded!.tokens).toEqual([3, 3]);
    expect(decoded!.meanLogProb).toBeGreaterThan(-0.1);
    expect(decoded!.meanUnmaskedLogProb).toBeLessThan(-2);
  });

  /** 5 looks better at first, but only 6 leads somewhere probable. */
  const trap = (tokens: readonly number[]): Record<number, number> => {
    if (tokens.length === 0) return { 5: 0.55, 6: 0.45 };
    if (tokens.length === 1) return tokens[0] === 5 ? { 7: 0.3, 8: 0.3, 9: 0.3 } : { 7: 0.99 };
    return { [EOS]: 1 };
  };

  test("a beam finds what greedy walks past, and a beam out of time is greedy from there", async () => {
    expect((await decode(network(trap), options()))!.tokens[0]).toBe(5);
    expect((await decode(network(trap), options({ width: 4 })))!.tokens).toEqual([6, 7]);
    expect((await decode(network(trap), options({ width: 4, narrow: () => true })))!.tokens[0]).toBe(5);
  });

  test("a word of the list wins over a slightly likelier one, but not over a much likelier one", async () => {
    const bias = new BiasTrie([[6, 7]], 1);
    const close = network((t) => (t.length === 0 ? { 5: 0.6, 6: 0.3 } : t.length === 1 ? { 7: 0.9 } : { [EOS]: 1 }));
    const far = network((t) => (t.length === 0 ? { 5: 0.99, 6: 0.001 } : t.length === 1 ? { 7: 0.9 } : { [EOS]: 1 }));
    expect((await decode(close, options({ width: 4, bias })))!.tokens).toEqual([6, 7]);
    expect((await decode(far, options({ width: 4, bias })))!.tokens[0]).toBe(5);
  });

  test("a loop ends, and so does a network that never stops", async () => {
    const looping = network(() => ({ 5: 1 }));
    expect((await decode(looping, options({ maxTokens: 500 })))!.tokens.length).toBeLessThan(12);
    const endless = network((tokens) => ({ [3 + ((tokens.length * tokens.length) % 8)]: 1 }));
    expect((await decode(endless, options({ maxTokens: 20 })))!.tokens.length).toBeLessThanOrEqual(20);
  });

  test("stopping ends it at the next token", async () => {
    const steps = network(() => ({ 5: 0.5, 6: 0.5 }));
    expect(await decode(steps, options({ stop: () => steps.steps >= 2 }))).toBeUndefined();
    expect(steps.steps).toBe(2);
  });

  test("whatever the network says, the mask holds and lengths stay in bounds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (weights, width, banEmpty) => {
          const steps = network((tokens) =>
            Object.fromEntries(Array.from({ length: SIZE }, (_, t) => [t, weights[(t * 7 + tokens.length * 3) % 40]!])),
          );
          const allowed = new Set([EOS, 4, 7]);
          const bias = new BiasTrie([[4, 7], [9]], 2);
          const decoded = await decode(steps, options({ width, banEmpty, allowed, bias, maxTokens: 15 }));
          expect(decoded!.tokens.length).toBeLessThanOrEqual(15);
          if (banEmpty) expect(decoded!.tokens.length).toBeGreaterThan(0);
          for (const token of decoded!.tokens) expect(token === 4 || token === 7).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
