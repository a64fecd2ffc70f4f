/** Every scenario file in virtual time, and what a wrong file is told. */

import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROW_IDS, rowsPage, TESTED_BY } from "../src/scenario/rows.ts";
import { loadScenarioFiles, loadScenarios, parseScenario } from "../src/scenario/schema.ts";
import { runVirtually } from "../src/scenario/virtual.ts";

const SEED = Number(process.env["SK_SEED"] ?? 20_261_124);

for (const scenario of loadScenarios()) {
  test(`${scenario.name} (SK_SEED=${SEED})`, async () => {
    expect(await runVirtually(scenario, SEED)).toEqual([]);
  });
}

const scenarioOf = (steps: string) => parseScenario(`name: x\ncovers: [end]\nsteps:\n${steps}`, "x.yaml");

test("an expectation that is not met, and one that must not be, fail with step and reason", async () => {
  const missing = scenarioOf("  - expect: { event: call.message_taken, withinMs: 500 }");
  expect((await runVirtually(missing, SEED))[0]).toMatch(/step 1 .*not by 500 ms; there was: .*speaks/);
  const present = scenarioOf("  - expect: { event: speaks, withinMs: 500, absent: true }");
  expect((await runVirtually(present, SEED))[0]).toContain("it happened at");
});

test("a wrong file is refused with its name and place", () => {
  expect(() => scenarioOf("  - shout: hello")).toThrow(/x\.yaml is not a scenario[\s\S]*shout/);
  expect(() => scenarioOf("  - { say: a, wait: 5 }")).toThrow("exactly one of");
  expect(() => scenarioOf("  - press: abc")).toThrow("keys are 0-9");
  expect(() => scenarioOf("  - [")).toThrow("is not YAML");
});

test("every row is covered, and docs/scenarios.md shows how", () => {
  const root = join(import.meta.dir, "../..");
  const files = loadScenarioFiles();
  const uncovered = ROW_IDS.filter((row) => !TESTED_BY[row] && !files.some(({ covers }) => covers.includes(row)));
  expect(uncovered).toEqual([]);
  const missing = Object.values(TESTED_BY).flatMap((paths) => paths.filter((path) => !existsSync(join(root, path))));
  expect(missing).toEqual([]);
  // Else: bun bench/src/scenario/write-rows.ts
  expect(readFileSync(join(root, "docs/scenarios.md"), "utf8")).toBe(rowsPage(files));
});
