/** Time and memory of one operation, for hot paths of nanoseconds to microseconds. */
import { heapStats } from "bun:jsc";
import type { Figure } from "./suite.ts";
import { summarise } from "./summary.ts";

export interface MeasureOptions {
  readonly name: string;
  /** Operations per batch; a batch is timed as one. */
  readonly operations: number;
  readonly batches: number;
  /** What one operation is: `packet`, `message`. */
  readonly per: string;
}

/**
 * Runs `operation(i)` in batches. The first fifth of the batches warms the JIT up and is not counted. Heap growth is read from JSC with a full collection before
 * and none during the run, so short-lived garbage counts too; it is exact to about a byte an operation once `operations × batches` is in the tens of thousands.
 */
export function measure(options: MeasureOptions, operation: (i: number) => void): Figure[] {
  const { name, operations, batches, per } = options;
  const batch = () => {
    const startNs = Bun.nanoseconds();
    for (let i = 0; i < operations; i++) operation(i);
    return (Bun.nanoseconds() - startNs) / operations;
  };
  for (let n = 0; n < Math.ceil(batches / 5); n++) batch();
  const samples = Array.from({ length: batches }, batch);
  const summary = summarise(samples);
  const bytes = allocatedPerOperation(operations, operation);
  return [
    { name: `${name} time`, unit: `ns/${per}`, clock: "wall", value: summary.p50, summary },
    { name: `${name} memory`, unit: `B/${per}`, clock: "ratio", value: bytes },
  ];
}

/** As `measure` for an operation that answers later; without the memory, which a runtime outside the heap would falsify. */
export async function measureAsync(options: MeasureOptions, operation: () => Promise<void>): Promise<Figure[]> {
  const samples: number[] = [];
  for (let n = 0; n < options.batches * 1.2; n++) {
    const startNs = Bun.nanoseconds();
    for (let i = 0; i < options.operations; i++) await operation();
    samples.push((Bun.nanoseconds() - startNs) / options.operations);
  }
  const summary = summarise(samples.slice(Math.ceil(options.batches / 5)));
  return [{ name: `${options.name} time`, unit: `ns/${options.per}`, clock: "wall", value: summary.p50, summary }];
}

/** Allocations fill JSC's blocks of cells, so growth is seen in steps: take the least of three runs, which excludes a JIT compilation in between. */
function allocatedPerOperation(operations: number, operation: (i: number) => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    Bun.gc(true);
    const before = heapBytes();
    for (let i = 0; i < operations; i++) operation(i);
    least = Math.min(least, (heapBytes() - before) / operations);
  }
  return Math.max(0, Math.round(least * 10) / 10);
}

function heapBytes(): number {
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}
