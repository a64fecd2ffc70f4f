/** The README's table, between `<!-- bench -->` and `<!-- /bench -->`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./results.ts";
import { barText, format } from "./table.ts";

const README = join(import.meta.dir, "../../README.md");
const MARKERS = /<!-- bench -->[\s\S]*<!-- \/bench -->/;

/** Writes it and says so. @throws Error when the markers are missing. */
export function updateReadme(runs: readonly Run[]): string {
  const text = readFileSync(README, "utf8");
  if (!MARKERS.test(text)) throw new Error("README.md lacks the markers <!-- bench --> and <!-- /bench -->");
  writeFileSync(
    README,
    text.replace(MARKERS, () => `<!-- bench -->\n${markdownTable(runs)}\n<!-- /bench -->`),
  );
  return "README.md has the newest table";
}

/** Of a ramp only the step that the bars are about. */
const OTHER_STEP = /^(?!300 )\d+ calls?: /;

/** Only figures with a bar: what the project promises, and whether it keeps it. */
export function markdownTable(runs: readonly Run[]): string {
  const rows = runs.flatMap(({ suite, size, figures }) =>
    figures
      .filter(({ name, bar }) => bar && !OTHER_STEP.test(name))
      .map((figure) => {
        const { name, unit, clock, summary, value } = figure;
        const p50 = summary ? format(summary.p50) : "";
        return `| ${suite}: ${name} | ${p50} | ${format(value)} ${unit} | ${barText(figure)} | ${clock}, ${size} |`;
      }),
  );
  const last = runs.at(-1);
  const where = last
    ? `\n\nMeasured at ${last.commit} on ${last.machine.cores} cores (${last.machine.cpu}), Bun ${last.bun}, by \`bun run bench\` ([what each suite is](docs/bench.md)). Virtual figures are the same on every machine; each run's machine is in [bench/results](bench/results/results.ndjson).`
    : "";
  return (
    [
      "| figure | p50 | value (p95 of times in virtual time) | bar | clock, size |",
      "|---|---|---|---|---|",
      ...rows,
    ].join("\n") + where
  );
}
