import { expect, test } from "bun:test";
import fc from "fast-check";
import { BIAS_START, BiasTrie } from "./bias.ts";

test("bonus in all is the length of the phrases completed, never of those begun and given up", () => {
  const phrase = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(phrase, { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 5 })),
      (phrases, said) => {
        const trie = new BiasTrie(phrases, 1);
        let state = BIAS_START;
        let total = 0;
        for (const token of [...said, 99]) {
          const step = trie.step(state, token);
          state = step.state;
          total += step.bonus;
        }
        expect(state.node).toBeUndefined();
        expect(total).toBeGreaterThanOrEqual(0);
        expect(total).toBeLessThanOrEqual(said.length);
        const anyComplete = phrases.some((tokens) => said.join(",").includes(tokens.join(",")));
        if (!anyComplete) expect(total).toBe(0);
      },
    ),
  );
});

test("continuations: first tokens of all phrases, then what may follow", () => {
  const trie = new BiasTrie([[1, 2], [1, 3], [4]], 1);
  expect([...trie.continuations(BIAS_START)].sort()).toEqual([1, 4]);
  expect([...trie.continuations(trie.step(BIAS_START, 1).state)].sort()).toEqual([2, 3]);
});
