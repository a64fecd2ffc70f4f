/** The report: one static page that opens without a server or a network. */
import type { Run } from "../results.ts";
import { FIGURE_HEADER, figureRow } from "../table.ts";
import { escapeHtml, type Line, linePlot, waterfall } from "./svg.ts";

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 32px auto; padding: 0 16px; }
h2 { margin: 40px 0 4px; } h3 { margin: 20px 0 4px; font-size: 15px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 10px; border-bottom: 1px solid #8884; text-align: right; } th:first-child, td:first-child { text-align: left; }
.met { color: #059669; } .missed { color: #dc2626; font-weight: 600; } .note { color: #777; }
svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; } svg .grid { stroke: #8884; } svg .bar { stroke: #dc2626; stroke-dasharray: 5 4; }
.legend { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; }
.legend i { display: inline-block; width: 10px; height: 10px; margin-right: 6px; }`;

export function reportHtml(runs: readonly Run[]): string {
  const body = runs.length === 0 ? "<p>No results yet: <code>bun run bench</code>.</p>" : runs.map(section).join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>SK Voice benchmarks</title><style>${STYLE}</style></head>
<body><h1>SK Voice benchmarks</h1>
<p class="note">Virtual figures are exact and the same on every machine; ratios do not depend on its speed; wall figures are this machine's.</p>
${body}
</body></html>
`;
}

function section(run: Run): string {
  const { suite, title, size, at, commit, dirty, machine, bun, seed, figures } = run;
  const where = `${size}, ${at.slice(0, 16).replace("T", " ")} UTC, ${commit}${dirty ? " with changes" : ""}, ${machine.cores} × ${machine.cpu}, Bun ${bun}, seed ${seed}`;
  return `<h2>${escapeHtml(suite)}</h2><p>${escapeHtml(title)}<br><span class="note">${escapeHtml(where)}</span></p>
${table(figures)}${plots(figures)}`;
}

function table(figures: Run["figures"]): string {
  const rows = figures.map((figure) => {
    const cells = figureRow(figure).map((cell, column) => {
      const isBar = FIGURE_HEADER[column] === "bar";
      const mark =
        isBar && cell.endsWith(" met") ? ' class="met"' : isBar && cell.endsWith(" missed") ? ' class="missed"' : "";
      return `<td${mark}>${escapeHtml(cell)}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const header = FIGURE_HEADER.map((cell) => `<th>${cell}</th>`).join("");
  return `<table><thead><tr>${header}</tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
}

/** Too few samples make a curve of steps that says nothing. */
const MIN_CURVE_SAMPLES = 10;

function plots(figures: Run["figures"]): string {
  const waterfalls = figures.flatMap(({ name, parts, unit }) =>
    parts ? [`<h3>${escapeHtml(name)}: where the time goes</h3>${waterfall(parts, unit)}`] : [],
  );
  const capacity = figures.flatMap(({ name, curve }) =>
    curve
      ? [`<h3>${escapeHtml(name)}</h3>${linePlot([{ name, points: curve.points }], curve.x, curve.y, curve.limit)}`]
      : [],
  );
  const percentiles = alike(figures.filter(hasCurve)).map((group) => {
    const title = group.every(isStep) ? `Percentiles: ${ofSteps(group[0]!)}` : "Percentiles";
    const plot = linePlot(group.map(percentileLine), "percent of samples", group[0]?.unit ?? "");
    return `<h3>${escapeHtml(title)}</h3>${plot}`;
  });
  return [...waterfalls, ...capacity, ...percentiles].join("\n");
}

const hasCurve = ({ summary }: Run["figures"][number]) => (summary?.count ?? 0) >= MIN_CURVE_SAMPLES;

/** Of a ramp: the same figure at each number of calls belongs together. */
const STEP = /^\d+ calls?: /;
const isStep = ({ name }: Run["figures"][number]) => STEP.test(name);
const ofSteps = ({ name }: Run["figures"][number]) => name.replace(STEP, "");

/** More lines in one plot cannot be told apart. */
const MAX_LINES = 7;
/** A line this many times higher than another would press it to the ground. */
const MAX_RATIO = 12;

/** Figures of one unit and about one height, or of one ramp, to be drawn over the same axes. */
function alike(figures: Run["figures"]): Run["figures"][] {
  const heightOf = ({ summary }: Run["figures"][number]) => Math.max(Math.abs(summary?.p95 ?? 0), 1e-9);
  const groups: Run["figures"][] = [];
  for (const figure of figures.toSorted((a, b) => heightOf(b) - heightOf(a))) {
    const fits = ([first]: Run["figures"]) => {
      if (first?.unit !== figure.unit) return false;
      if (isStep(figure)) return ofSteps(first) === ofSteps(figure);
      return heightOf(first) <= MAX_RATIO * heightOf(figure);
    };
    const group = groups.find((candidate) => candidate.length < MAX_LINES && fits(candidate));
    if (group) group.push(figure);
    else groups.push([figure]);
  }
  return groups;
}

function percentileLine({ name, summary }: Run["figures"][number]): Line {
  return { name, points: (summary?.curve ?? []).map((value, step) => [step * 5, value] as const) };
}
