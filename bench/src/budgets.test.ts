/** The budgets hold, and a broken one is noticed. */
import { expect, test } from "bun:test";
import { BUDGETS } from "../budgets.ts";
import { brokenBudgets } from "./budgets.ts";
import type { Figure } from "./suite.ts";
import { loadSuite } from "./suites.ts";

const SEED = 20_261_124;
const TEST_MS = 60_000;

for (const name of new Set(BUDGETS.map(({ suite }) => suite))) {
  test(
    `${name} keeps its budgets`,
    async () => {
      const suite = await loadSuite(name);
      const lack = suite.lacks();
      if (lack !== undefined) return console.warn(`the budgets of ${name} are skipped: ${lack}`);
      const figures = await suite.run("smoke", { seed: SEED, progress: () => {} });
      expect(brokenBudgets(BUDGETS, name, figures)).toEqual([]);
    },
    TEST_MS,
  );
}

test("a figure beyond its budget, one that is gone and one in wall time are named", () => {
  const figure: Figure = { name: "delay", unit: "ms", clock: "virtual", value: 31 };
  const broken = (figures: readonly Figure[]) =>
    brokenBudgets([{ suite: "s", figure: "delay", most: 30 }], "s", figures);
  expect(broken([figure])[0]).toContain("delay is 31 ms, its budget is 30");
  expect(broken([])[0]).toContain("no figure");
  expect(broken([{ ...figure, clock: "wall" }])[0]).toContain("wall time");
  expect(broken([{ ...figure, value: 30 }])).toEqual([]);
});
