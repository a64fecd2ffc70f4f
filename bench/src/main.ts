/** `bun run bench`: runs suites, keeps their figures, compares them, draws them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareRuns } from "./compare.ts";
import { updateReadme } from "./readme.ts";
import { reportHtml } from "./report/html.ts";
import { appendRun, COMMITTED_RESULTS, describeRun, LOCAL_RESULTS, latestRuns, readRuns } from "./results.ts";
import type { AnySuite, Changes, Size } from "./suite.ts";
import { loadSuite, suiteNames } from "./suites.ts";
import { FIGURE_HEADER, figureRow, textTable } from "./table.ts";

const ROOT = join(import.meta.dir, "../..");
const REPORT = join(ROOT, "bench/results/local/report.html");
const DEFAULT_SEED = 20_261_124;

const HELP = `bun run bench [suite…] [options]     runs suites (all but peers without a name) and writes one line per run
  --full         full sizes; without it smoke sizes
  --keep         writes to bench/results/results.ndjson, which is committed, instead of bench/results/local/
  --seed N       default ${DEFAULT_SEED}
  --set a=1      another value for one of the suite's parameters, as in \`soak --full --set minutes=2\`
bun run bench compare A B            two NDJSON files, or two commits out of the committed results
bun run bench report                 HTML report of the newest run of each suite
bun run bench readme                 writes the table between the markers of README.md

suites: ${suiteNames().join(", ")}`;

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

/** `name=value`, values as JSON. */
function changesOf(settings: readonly string[]): Changes {
  return Object.fromEntries(
    settings.map((setting) => {
      const [, name, value] = /^([^=]+)=(.+)$/.exec(setting) ?? fail(`--set takes name=value, not "${setting}"`);
      return [name!, JSON.parse(value!)];
    }),
  );
}

async function runSuite(suite: AnySuite, size: Size, seed: number, path: string, changes: Changes): Promise<void> {
  console.log(`\n${suite.name}: ${suite.title} (${size})`);
  const lack = suite.lacks();
  if (lack !== undefined) return console.log(`skipped: ${lack}`);
  const startMs = performance.now();
  const progress = (what: string) => {
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K  ${what}`);
    else console.log(`  ${what}`);
  };
  const figures = await suite.run(size, { seed, progress }, changes);
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[2K");
  console.log(textTable(FIGURE_HEADER, figures.map(figureRow)));
  appendRun(path, describeRun(suite, size, seed, performance.now() - startMs, figures, changes));
}

function newestRuns() {
  return latestRuns(
    [...readRuns(COMMITTED_RESULTS), ...readRuns(LOCAL_RESULTS)].sort((a, b) => (a.at < b.at ? -1 : 1)),
  );
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      full: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      seed: { type: "string", default: String(DEFAULT_SEED) },
      set: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help) return console.log(HELP);
  if (command === "compare") {
    if (rest.length !== 2) fail("compare takes two NDJSON files or two commits");
    return console.log(compareRuns(rest[0]!, rest[1]!));
  }
  if (command === "readme") return console.log(updateReadme(latestRuns(readRuns(COMMITTED_RESULTS))));
  if (command !== "report") {
    const names = positionals.length > 0 ? positionals : suiteNames().filter((name) => name !== "peers");
    const suites = await Promise.all(names.map(loadSuite));
    const path = values.keep ? COMMITTED_RESULTS : LOCAL_RESULTS;
    const changes = changesOf(values.set);
    for (const suite of suites)
      await runSuite(suite, values.full ? "full" : "smoke", Number(values.seed), path, changes);
    console.log(`\nkept in ${path}`);
  }
  await Bun.write(REPORT, "");
  writeFileSync(REPORT, reportHtml(newestRuns()));
  console.log(`report: ${REPORT}`);
}

await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
process.exit(0);
