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
 * Runs `operation(i)` in batches. The first fifth of the batches warms the JIT up and is not counted. Memory is what the heap grows by right after a full
 * collection, so short-lived garbage counts too.
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

/** Few enough that no collection comes in between, enough to see a packet's few bytes. */
const COUNTED_OPERATIONS = 1000;

/** JSC takes blocks of 16 KiB: an operation that allocates nothing shows 0, others about 16 bytes too many or too few. The least of three runs leaves compilation out. */
function allocatedPerOperation(operations: number, operation: (i: number) => void): number {
  const count = Math.min(operations, COUNTED_OPERATIONS);
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    Bun.gc(true);
    const before = heapBytes();
    for (let i = 0; i < count; i++) operation(i);
    least = Math.min(least, (heapBytes() - before) / count);
  }
  return Math.max(0, Math.round(least));
}

/** `heapSize` counts only what the last collection found; the capacity grows at once. */
function heapBytes(): number {
  const { heapCapacity, extraMemorySize } = heapStats();
  return heapCapacity + extraMemorySize;
}
