import { expect, test } from "bun:test";
import { grown, type Held } from "./steady.ts";

const soak = (at: (n: number) => Partial<Held>, count = 20): Held[] =>
  Array.from({ length: count }, (_, n) => ({ rssMb: 500, handles: 60, threads: 30, ...at(n) }));

test("what breathes is steady; what warms up first is, too", () => {
  expect(
    grown(
      "engine",
      soak((n) => ({ rssMb: 500 + (n % 3) * 15, handles: 60 + (n % 2) * 6 })),
    ),
  ).toEqual([]);
  expect(
    grown(
      "engine",
      soak((n) => ({ rssMb: n < 5 ? 300 : 500, threads: n < 4 ? 12 : 30 })),
    ),
  ).toEqual([]);
});

test("one socket, one thread, one MB left by each wave is told", () => {
  expect(
    grown(
      "engine",
      soak((n) => ({ handles: 60 + n })),
    ),
  ).toEqual(["engine: handles grew from 67 to 77 (61 63 65 67 69 71 73 75 77 79)"]);
  expect(
    grown(
      "api",
      soak((n) => ({ threads: 30 + n })),
    ),
  ).toHaveLength(1);
  expect(
    grown(
      "api",
      soak((n) => ({ rssMb: 200 + 5 * n })),
    ),
  ).toHaveLength(1);
});

test("a spike is no growth; too few samples tell nothing", () => {
  expect(
    grown(
      "engine",
      soak((n) => (n === 18 ? { rssMb: 900, handles: 200 } : {})),
    ),
  ).toEqual([]);
  expect(() =>
    grown(
      "engine",
      soak(() => ({}), 5),
    ),
  ).toThrow("5 samples");
});
