import { expect, test } from "bun:test";
import fc from "fast-check";
import { UtteranceBuffer } from "./utterance.ts";

test("holds what was pushed since the reset, oldest forgotten first, never beyond the limit", () => {
  const operation = fc.oneof(
    fc.record({ push: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ keepMs: fc.integer({ min: 0, max: 1000 }) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      const buffer = new UtteranceBuffer(5000);
      let next = 0;
      let minimum = 0;
      for (const operation of operations) {
        if ("push" in operation) {
          const samples = Int16Array.from({ length: operation.push }, () => next++ % 30_000);
          buffer.push(samples);
          samples.fill(-1);
          minimum = Math.min(minimum + operation.push, Math.floor((40_000 * 5) / 6));
        } else {
          buffer.reset(operation.keepMs);
          minimum = Math.min(minimum, operation.keepMs * 8);
          expect(buffer.durationMs).toBeLessThanOrEqual(operation.keepMs);
        }
        const held = buffer.snapshot();
        expect(held.length).toBe(buffer.durationMs * 8);
        expect(held.length).toBeLessThanOrEqual(40_000);
        expect(held.length).toBeGreaterThanOrEqual(minimum);
        for (let i = 0; i < held.length; i += 997) expect(held[i]).toBe((next - held.length + i) % 30_000);
      }
    }),
    { numRuns: 40 },
  );
});
