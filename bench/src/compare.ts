/** Two sets of results side by side. */
import { existsSync } from "node:fs";
import { COMMITTED_RESULTS, latestRuns, type Run, readRuns } from "./results.ts";
import { format, textTable } from "./table.ts";

/** `a` and `b` are NDJSON files or (beginnings of) commits. @throws Error when there is nothing under that name. */
export function compareRuns(a: string, b: string): string {
  const [before, after] = [runsOf(a), runsOf(b)];
  const rows = after.flatMap((run) => {
    const other = before.find(({ suite, size }) => suite === run.suite && size === run.size);
    return run.figures.flatMap((figure) => {
      const old = other?.figures.find(({ name }) => name === figure.name);
      if (!old) return [];
      const change = old.value === 0 ? "" : `${(((figure.value - old.value) / old.value) * 100).toFixed(1)} %`;
      return [[`${run.suite}: ${figure.name}`, format(old.value), format(figure.value), figure.unit, change]];
    });
  });
  if (rows.length === 0) return "no suite was run in the same size on both sides";
  return textTable(["figure", a, b, "unit", "change"], rows);
}

function runsOf(name: string): Run[] {
  const runs = existsSync(name)
    ? readRuns(name)
    : readRuns(COMMITTED_RESULTS).filter(({ commit }) => commit.startsWith(name));
  if (runs.length === 0) throw new Error(`${name} is neither a results file nor a commit in ${COMMITTED_RESULTS}`);
  return latestRuns(runs);
}
