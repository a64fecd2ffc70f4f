import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const METRIC = /\bsk_[a-z0-9_]+/g;

test("alerts and dashboard name metrics the engine has", () => {
  const known = new Set(read("engine/src/io/metrics.ts").match(METRIC));
  const used = [read("docker/monitoring/alerts.yaml"), read("docker/monitoring/grafana.json")].join("\n").match(METRIC);
  expect(used?.length).toBeGreaterThan(8);
  expect((used ?? []).filter((name) => !known.has(name.replace(/_bucket$/, "")))).toEqual([]);
});

test("every alert has its line in docs/operations.md", () => {
  const rules = Bun.YAML.parse(read("docker/monitoring/alerts.yaml")) as { groups: { rules: { alert: string }[] }[] };
  const docs = read("docs/operations.md");
  const names = rules.groups.flatMap(({ rules: list }) => list.map(({ alert }) => alert));
  expect(names.filter((name) => !docs.includes(`| ${name} |`))).toEqual([]);
});
