/** Plots as inline SVG: no script, no font, no request. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const WIDTH = 640;
const HEIGHT = 260;
const LEFT = 64;
const BOTTOM = 40;
const TOP = 24;
const RIGHT = 16;
const COLOURS = ["#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2", "#be185d"];

export const colour = (index: number) => COLOURS[index % COLOURS.length]!;
export const escapeHtml = (text: string) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/** Lines over a common pair of axes, both from 0, y from below where values are. `limit`: what y shall not exceed, dashed. */
export function linePlot(lines: readonly Line[], xLabel: string, yLabel: string, limit?: number): string {
  const maxX = niceMaximum(Math.max(...lines.flatMap(({ points }) => points.map(([x]) => x))));
  const highest = niceMaximum(Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y)), (limit ?? 0) * 1.2));
  const x = (value: number) => LEFT + (value / maxX) * (WIDTH - LEFT - RIGHT);
  const lowest = Math.min(...lines.flatMap(({ points }) => points.map(([, y]) => y)));
  // Zero stays a line of the grid.
  const maxY = lowest < 0 ? Math.max(highest, niceMaximum(-lowest)) : highest;
  const minY = lowest < 0 ? -maxY : 0;
  const y = (value: number) => HEIGHT - BOTTOM - ((value - minY) / (maxY - minY)) * (HEIGHT - BOTTOM - TOP);
  const paths = lines.map(({ points }, index) => {
    const path = points.map(([px, py], n) => `${n === 0 ? "M" : "L"}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join("");
    return `<path d="${path}" fill="none" stroke="${colour(index)}" stroke-width="2"/>`;
  });
  const steps = [0, 0.25, 0.5, 0.75, 1];
  const grid = steps.map((step) => {
    const at = minY + (maxY - minY) * step;
    const [gx, gy] = [x(maxX * step), y(at)];
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${gy}" y2="${gy}" class="grid"/>
<text x="${LEFT - 6}" y="${gy + 4}" text-anchor="end">${short(at)}</text>
<text x="${gx}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${short(maxX * step)}</text>`;
  });
  const labels = `<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(xLabel)}</text>
<text x="4" y="14">${escapeHtml(yLabel)}</text>`;
  const bar =
    limit === undefined
      ? ""
      : `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(limit)}" y2="${y(limit)}" class="bar"/>
<text x="${WIDTH - RIGHT}" y="${y(limit) - 5}" text-anchor="end">bar ${short(limit)}</text>`;
  return `${svg(HEIGHT, [...grid, bar, ...paths, labels].join("\n"))}${legend(lines.map(({ name }) => name))}`;
}

export interface Span {
  readonly name: string;
  readonly value: number;
}

/** Parts one after the other, each on a row of its own: where a reply's time goes. */
export function waterfall(parts: readonly Span[], unit: string): string {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  const scale = (WIDTH - 170 - 90) / Math.max(1, total);
  let at = 0;
  const rows = [...parts, { name: "total", value: total }].map(({ name, value }, index) => {
    const isTotal = index === parts.length;
    const left = 150 + (isTotal ? 0 : at) * scale;
    if (!isTotal) at += value;
    const top = 8 + index * 26;
    const width = Math.max(1.5, value * scale);
    return `<text x="142" y="${top + 14}" text-anchor="end">${escapeHtml(name)}</text>
<rect x="${left.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="18" fill="${isTotal ? "#6b7280" : colour(index)}"/>
<text x="${(left + width + 6).toFixed(1)}" y="${top + 14}">${short(value)} ${escapeHtml(unit)}</text>`;
  });
  return svg(16 + rows.length * 26, rows.join("\n"));
}

function svg(height: number, content: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">${content}</svg>`;
}

function legend(names: readonly string[]): string {
  const items = names.map((name, index) => `<li><i style="background:${colour(index)}"></i>${escapeHtml(name)}</li>`);
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** The next of 1, 1.5, 2, 3, … × a power of ten. */
function niceMaximum(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

const short = (value: number) =>
  value >= 1000 ? value.toLocaleString("en-US") : String(Math.round(value * 100) / 100);
