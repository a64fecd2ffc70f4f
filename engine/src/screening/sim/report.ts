/** Prints what an evaluation found, and draws the reliability curve. */
import { clopperPearson, quantile, type ReliabilityBin } from "@sk-voice/models/train/metrics.ts";
import type { CallerVerdict } from "../caller-gate.ts";

/** What became of one simulated call. */
export interface EvaluatedCall {
  /** A kind of person or a family of recordings. */
  readonly kind: string;
  readonly robocall: boolean;
  readonly group: string;
  readonly corpus: string;
  readonly verdict: CallerVerdict | undefined;
  /** First sound of speech, since answer. */
  readonly onsetMs: number | undefined;
  /** Of every moment that was judged. */
  readonly scores: readonly number[];
  readonly challenges: number;
  /** Of them those over the caller's speech. */
  readonly interruptions: number;
}

export interface Tally {
  readonly calls: number;
  readonly suppressed: number;
  readonly released: number;
  readonly undecided: number;
  readonly challenged: number;
  readonly interrupted: number;
  /** Of the suppressed, seconds. */
  readonly afterAnswerS: readonly number[];
  readonly afterOnsetS: readonly number[];
}

export function tally(calls: readonly EvaluatedCall[]): Tally {
  const judged = (verdict: string) => calls.filter((call) => call.verdict?.verdict === verdict);
  const suppressed = judged("robocall");
  return {
    calls: calls.length,
    suppressed: suppressed.length,
    released: judged("human").length,
    undecided: judged("undecided").length,
    challenged: calls.filter(({ challenges }) => challenges > 0).length,
    interrupted: calls.filter(({ interruptions }) => interruptions > 0).length,
    afterAnswerS: suppressed.map(({ verdict }) => verdict!.atMs / 1000),
    afterOnsetS: suppressed.flatMap(({ verdict, onsetMs }) =>
      onsetMs === undefined ? [] : [(verdict!.atMs - onsetMs) / 1000],
    ),
  };
}

const pct = (share: number) => `${(100 * share).toFixed(1)} %`;

export function share(hits: number, count: number): string {
  const [low, high] = clopperPearson(hits, count);
  return `${hits}/${count} = ${pct(hits / Math.max(1, count))} [${pct(low)}, ${pct(high)}]`;
}

/** One line per name. */
export function lines(calls: readonly EvaluatedCall[], key: (call: EvaluatedCall) => string): string {
  const names = [...new Set(calls.map(key))].sort();
  return names
    .map((name) => {
      const t = tally(calls.filter((call) => key(call) === name));
      const times =
        t.suppressed > 0
          ? `  after answer p50 ${seconds(t.afterAnswerS, 0.5)} p95 ${seconds(t.afterAnswerS, 0.95)}`
          : "";
      const onset = t.afterOnsetS.length > 0 ? `, after its first sound p50 ${seconds(t.afterOnsetS, 0.5)}` : "";
      return `  ${name.padEnd(34)} suppressed ${share(t.suppressed, t.calls)}  human ${t.released} undecided ${t.undecided} asked ${t.challenged}, interrupted ${t.interrupted}${times}${onset}`;
    })
    .join("\n");
}

export function seconds(values: readonly number[], at: number): string {
  return `${quantile(values, at).toFixed(1)} s`;
}

export function reliabilityText(bins: readonly ReliabilityBin[]): string {
  return bins
    .map(({ predicted, observed, count }) => {
      const bar = "#".repeat(Math.round(observed * 40)).padEnd(40, ".");
      return `  predicted ${predicted.toFixed(2)}  observed ${observed.toFixed(2)}  ${bar}  ${count} moments`;
    })
    .join("\n");
}

const SIZE = 320;
const MARGIN = 44;

export function reliabilitySvg(bins: readonly ReliabilityBin[]): string {
  const x = (value: number) => (MARGIN + value * SIZE).toFixed(1);
  const y = (value: number) => (MARGIN + (1 - value) * SIZE).toFixed(1);
  const whole = SIZE + 2 * MARGIN;
  const curve = bins.map(({ predicted, observed }) => `${x(predicted)},${y(observed)}`).join(" ");
  const dots = bins.map(
    ({ predicted, observed, count }) =>
      `<circle cx="${x(predicted)}" cy="${y(observed)}" r="${(2 + Math.log10(count) * 1.5).toFixed(1)}" fill="#1f6feb"/>`,
  );
  const ticks = [0, 0.5, 1].flatMap((value) => [
    `<text x="${x(value)}" y="${MARGIN + SIZE + 16}" text-anchor="middle">${value}</text>`,
    `<text x="${MARGIN - 8}" y="${y(value)}" text-anchor="end" dominant-baseline="middle">${value}</text>`,
  ]);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole} ${whole}" font-family="sans-serif" font-size="11">
<rect width="${whole}" height="${whole}" fill="#fff"/>
<rect x="${MARGIN}" y="${MARGIN}" width="${SIZE}" height="${SIZE}" fill="none" stroke="#888"/>
<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#bbb" stroke-dasharray="4 4"/>
<polyline points="${curve}" fill="none" stroke="#1f6feb" stroke-width="2"/>
${[...dots, ...ticks].join("\n")}
<text x="${whole / 2}" y="20" text-anchor="middle" font-size="13">Robocall score: predicted and observed (simulated calls)</text>
<text x="${whole / 2}" y="${whole - 8}" text-anchor="middle">predicted probability of a robocall</text>
<text x="14" y="${whole / 2}" text-anchor="middle" transform="rotate(-90 14 ${whole / 2})">share that were robocalls</text>
</svg>
`;
}
