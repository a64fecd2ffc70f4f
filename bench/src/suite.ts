/** What a benchmark suite is, and what it measures. Suites are files: `bench/suites/<name>.bench.ts` with a default export of `suite({...})`. */
import type { Summary } from "./summary.ts";

/**
 * `virtual`: exact, the same on every machine. `ratio`: machine speed cancels out. `wall`: this machine, today; reported, never a budget.
 */
export type Clock = "virtual" | "ratio" | "wall";

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly clock: Clock;
  /** The one number: the measurement, or p95 where `summary` is there. */
  readonly value: number;
  readonly summary?: Summary;
  /** The bar the project set itself, for the tables. */
  readonly bar?: { readonly most?: number; readonly least?: number };
  /** Consecutive parts of `value`, for the waterfall. */
  readonly parts?: readonly { readonly name: string; readonly value: number }[];
  /** Points for the capacity curve. */
  readonly curve?: {
    readonly x: string;
    readonly y: string;
    readonly points: readonly (readonly [number, number])[];
    /** Of y, drawn across. */
    readonly limit?: number;
  };
}

export interface Suite<P extends object> {
  readonly name: string;
  readonly title: string;
  /** Seconds: runs inside `bun test`. */
  readonly smoke: P;
  readonly full: P;
  /** What this machine lacks to run it, in words for who may install it; undefined when nothing. */
  lacks?(): string | undefined;
  run(parameters: P, context: SuiteContext): Promise<readonly Figure[]>;
}

export interface SuiteContext {
  readonly seed: number;
  /** One short line on what is being done now. */
  progress(what: string): void;
}

/** A suite whose parameters nobody needs to know. */
export interface AnySuite {
  readonly name: string;
  readonly title: string;
  parameters(size: Size, changes?: Changes): object;
  lacks(): string | undefined;
  run(size: Size, context: SuiteContext, changes?: Changes): Promise<readonly Figure[]>;
}

/** Parameters of a size that are other than the suite says. */
export type Changes = Readonly<Record<string, unknown>>;

export type Size = "smoke" | "full";

export function suite<P extends object>(definition: Suite<P>): AnySuite {
  const parameters = (size: Size, changes: Changes = {}): P => {
    for (const name of Object.keys(changes)) {
      if (!(name in definition[size])) {
        throw new Error(`${definition.name} has no "${name}", only ${Object.keys(definition[size]).join(", ")}`);
      }
    }
    return { ...definition[size], ...changes };
  };
  return {
    name: definition.name,
    title: definition.title,
    parameters,
    lacks: () => definition.lacks?.(),
    run: (size, context, changes) => definition.run(parameters(size, changes), context),
  };
}
