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

/** Few enough that no collection comes in between, enough that 16 bytes for each, JSC's least, are more than the block below. */
const COUNTED_OPERATIONS = 4000;
/** JSC takes memory by the block; one more or less is nobody's: reading the figures may take it. */
const BLOCK_BYTES = 16_384;

/** The least of three runs leaves compilation out; nothing is less than nothing. */
function allocatedPerOperation(operations: number, operation: (i: number) => void): number {
  const count = Math.min(operations, COUNTED_OPERATIONS);
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && least > 0; run++) {
    Bun.gc(true);
    const before = heapBytes();
    for (let i = 0; i < count; i++) operation(i);
    least = Math.min(least, Math.max(0, heapBytes() - before - BLOCK_BYTES) / count);
  }
  return Math.round(least);
}

/** `heapSize` counts only what the last collection found; the capacity grows at once. */
function heapBytes(): number {
  const { heapCapacity, extraMemorySize } = heapStats();
  return heapCapacity + extraMemorySize;
}
