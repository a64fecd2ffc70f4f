/** Figures as text. */
import type { Figure } from "./suite.ts";

type Row = readonly string[];

/** Columns padded to their widest cell; all but the first are numbers and stand to the right. */
export function textTable(header: Row, rows: readonly Row[]): string {
  const widths = header.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  ");
  return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

export const FIGURE_HEADER = ["figure", "p50", "p95", "p99", "value", "unit", "clock", "bar"] as const;

export function figureRow(figure: Figure): string[] {
  const { name, summary, value, unit, clock } = figure;
  const cells = summary ? [summary.p50, summary.p95, summary.p99].map(format) : ["", "", ""];
  return [name, ...cells, format(value), unit, clock, barText(figure)];
}

/** Three significant digits. */
export function format(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return value
    .toPrecision(3)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** `≤ 40 met`, `≥ 300 missed`, or nothing. */
export function barText({ bar, value }: Figure): string {
  if (bar?.most !== undefined) return `≤ ${format(bar.most)} ${value <= bar.most ? "met" : "missed"}`;
  if (bar?.least !== undefined) return `≥ ${format(bar.least)} ${value >= bar.least ? "met" : "missed"}`;
  return "";
}
