/** Charts as SVG: d3's scales and shapes, our colours. Each says in words what it shows. */
import { scaleBand, scaleLinear } from "d3-scale";
import { area, curveMonotoneX, line } from "d3-shape";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { reachable } from "./basic.tsx";

/** Width of the place a chart has. */
function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(260, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

const MARGIN = { top: 10, right: 8, bottom: 24, left: 40 };

interface FrameProps {
  label: string;
  height: number;
  max: number;
  names: readonly string[];
  tick: (value: number) => string;
  draw: (x: (name: string) => number, y: (value: number) => number, band: number, base: number) => ReactNode;
}

function Frame({ label, height, max, names, tick, draw }: FrameProps) {
  const [ref, width] = useWidth();
  const x = scaleBand<string>(names, [MARGIN.left, width - MARGIN.right]).padding(0.28);
  const y = scaleLinear([0, max], [height - MARGIN.bottom, MARGIN.top]).nice(4);
  const every = Math.ceil(names.length / Math.max(1, Math.floor((width - MARGIN.left) / 56)));
  return (
    <div ref={ref} className="chart">
      <svg width={width} height={height} role="img" aria-label={label}>
        {y.ticks(4).map((value) => (
          <g key={value} transform={`translate(0,${y(value)})`}>
            <line x1={MARGIN.left} x2={width - MARGIN.right} className="chart-line" />
            <text x={MARGIN.left - 8} dy="0.32em" className="chart-text chart-right">
              {tick(value)}
            </text>
          </g>
        ))}
        {draw((name) => x(name) ?? 0, y, x.bandwidth(), height - MARGIN.bottom)}
        {names.map((name, index) =>
          (names.length - 1 - index) % every === 0 ? (
            <text key={name} x={(x(name) ?? 0) + x.bandwidth() / 2} y={height - 7} className="chart-text chart-middle">
              {name}
            </text>
          ) : null,
        )}
      </svg>
    </div>
  );
}

export interface Stack {
  name: string;
  parts: readonly { value: number; className: string; label: string }[];
}

export function StackedBars({
  data,
  label,
  height = 200,
  tick = String,
}: {
  data: readonly Stack[];
  label: string;
  height?: number;
  tick?: (value: number) => string;
}) {
  const max = Math.max(4, ...data.map(({ parts }) => parts.reduce((sum, part) => sum + part.value, 0)));
  return (
    <Frame
      label={label}
      height={height}
      max={max}
      names={data.map(({ name }) => name)}
      tick={tick}
      draw={(x, y, band, base) =>
        data.map(({ name, parts }) => {
          let sum = 0;
          return (
            <g key={name}>
              <title>{`${name}: ${parts.map((part) => `${part.label} ${part.value}`).join(", ")}`}</title>
              {parts.map((part) => {
                const from = y(sum);
                sum += part.value;
                return part.value === 0 ? null : (
                  <rect
                    key={part.label}
                    x={x(name)}
                    width={band}
                    y={y(sum)}
                    height={Math.max(0, Math.min(base, from) - y(sum) - 1)}
                    rx={2}
                    className={part.className}
                  />
                );
              })}
            </g>
          );
        })
      }
    />
  );
}

export interface Band {
  name: string;
  low: number | null;
  high: number | null;
}

/** A line (the median) with the band up to the 95th percentile above it; days without a value are gaps. */
export function BandChart({
  data,
  label,
  target,
  height = 200,
  tick = String,
}: {
  data: readonly Band[];
  label: string;
  target?: number;
  height?: number;
  tick?: (value: number) => string;
}) {
  const max = Math.max(100, target ?? 0, ...data.map(({ high }) => high ?? 0));
  return (
    <Frame
      label={label}
      height={height}
      max={max}
      names={data.map(({ name }) => name)}
      tick={tick}
      draw={(x, y, band) => {
        const middle = ({ name }: Band) => x(name) + band / 2;
        const known = (one: Band) => one.low !== null && one.high !== null;
        const shape = area<Band>(
          middle,
          (one) => y(one.low ?? 0),
          (one) => y(one.high ?? 0),
        )
          .defined(known)
          .curve(curveMonotoneX);
        const median = line<Band>(middle, (one) => y(one.low ?? 0))
          .defined(known)
          .curve(curveMonotoneX);
        return (
          <>
            <path d={shape(data) ?? ""} className="chart-band" />
            <path d={median(data) ?? ""} className="chart-median" />
            {data.filter(known).map((one) => (
              <circle key={one.name} cx={middle(one)} cy={y(one.low ?? 0)} r={3} className="chart-dot">
                <title>{`${one.name}: p50 ${tick(one.low ?? 0)}, p95 ${tick(one.high ?? 0)}`}</title>
              </circle>
            ))}
          </>
        );
      }}
    />
  );
}

/** Shares of a whole as bars with their names; readable where a pie is not. */
export function Shares({
  data,
  label,
}: {
  data: readonly { name: string; value: number; className?: string }[];
  label: string;
}) {
  const sum = Math.max(
    1,
    data.reduce((all, one) => all + one.value, 0),
  );
  const max = Math.max(1, ...data.map((one) => one.value));
  return (
    <ul className="shares" aria-label={label}>
      {data.map((one) => (
        <li key={one.name}>
          <span className="one-line">{one.name}</span>
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden>
            <rect width={(one.value / max) * 100} height="8" className={one.className ?? "fill-accent"} />
          </svg>
          <span className="numbers muted small">
            {one.value} · {Math.round((one.value / sum) * 100)} %
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Weekdays down, hours across; darker is busier. */
export function HeatMap({
  cells,
  rows,
  label,
  say,
}: {
  cells: readonly { weekday: number; hour: number; calls: number }[];
  rows: readonly string[];
  label: string;
  say: (row: string, hour: number, calls: number) => string;
}) {
  const max = Math.max(1, ...cells.map((one) => one.calls));
  const used = cells.map((one) => one.hour);
  const from = Math.min(8, ...used);
  const to = Math.max(19, ...used);
  const hours = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const callsAt = (weekday: number, hour: number) =>
    cells.find((one) => one.weekday === weekday && one.hour === hour)?.calls ?? 0;
  return (
    <div className="table-scroll" {...reachable}>
      <table className="heat" aria-label={label}>
        <thead>
          <tr>
            <td />
            {hours.map((hour) => (
              <th key={hour} scope="col" className="numbers">
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((name, weekday) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {hours.map((hour) => {
                const calls = callsAt(weekday, hour);
                return (
                  <td key={hour} title={say(name, hour, calls)}>
                    <span className="heat-cell" style={{ opacity: calls === 0 ? 0 : 0.2 + 0.8 * (calls / max) }} />
                    <span className="visually-hidden">{calls}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
