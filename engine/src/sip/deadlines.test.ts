import { expect, test } from "bun:test";
import fc from "fast-check";
import { Deadlines } from "./deadlines.ts";

class Item {
  at = Number.POSITIVE_INFINITY;
  deadline(): number {
    return this.at;
  }
}

test("the heap agrees with a sorted list under any sequence of changes", () => {
  const step = fc.tuple(fc.nat(9), fc.oneof(fc.nat(100), fc.constant(Number.POSITIVE_INFINITY)), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const items = Array.from({ length: 10 }, () => new Item());
      const waiting = new Set<Item>();
      const deadlines = new Deadlines<Item>();
      for (const [index, at, isRemoval] of steps) {
        const item = items[index]!;
        item.at = isRemoval ? Number.POSITIVE_INFINITY : at;
        if (isRemoval) deadlines.remove(item);
        else deadlines.update(item);
        if (item.at === Number.POSITIVE_INFINITY) waiting.delete(item);
        else waiting.add(item);
        expect(deadlines.size).toBe(waiting.size);
        expect(deadlines.next()).toBe(Math.min(...[...waiting].map((each) => each.at)));
      }
    }),
  );
});

test("only what is due is given", () => {
  const deadlines = new Deadlines<Item>();
  const item = new Item();
  item.at = 10;
  deadlines.update(item);
  expect(deadlines.due(9)).toBeUndefined();
  expect(deadlines.due(10)).toBe(item);
});
