import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SequenceTracker } from "./sequence.ts";

function run(tracker: SequenceTracker, sequences: readonly number[]): string[] {
  return sequences.map((sequence) => tracker.update(sequence & 0xffff));
}

describe("SequenceTracker", () => {
  test("believes a source after two packets in a row", () => {
    const tracker = new SequenceTracker();
    expect(run(tracker, [10, 20, 21, 22])).toEqual(["probation", "probation", "ok", "ok"]);
    expect([tracker.received, tracker.expected]).toEqual([2, 2]);
  });

  test("counts wraps, gaps, reordering and duplicates", () => {
    const tracker = new SequenceTracker(1);
    expect(run(tracker, [65534, 65535, 1, 0, 0, 1, 65535, 2])).toEqual([
      "ok",
      "ok",
      "ok",
      "reordered",
      "duplicate",
      "duplicate",
      "duplicate",
      "ok",
    ]);
    expect(tracker.extendedMax).toBe(65536 + 2);
    expect([tracker.expected, tracker.received, tracker.duplicates, tracker.reordered]).toEqual([5, 8, 3, 1]);
  });

  test("a packet from before the first moves the base back, so nothing counts as lost twice", () => {
    const tracker = new SequenceTracker(1);
    expect(run(tracker, [100, 99, 99, 101])).toEqual(["ok", "reordered", "duplicate", "ok"]);
    expect(tracker.expected).toBe(3);
  });

  test("one stray far away is refused, two in a row are a restart", () => {
    const tracker = new SequenceTracker(1);
    expect(run(tracker, [100, 30000, 101, 30001, 40000, 40001, 40002])).toEqual([
      "ok",
      "jump",
      "ok",
      "jump",
      "jump",
      "restart",
      "ok",
    ]);
    expect(tracker.restarts).toBe(1);
    expect(tracker.expected).toBe(2);
  });

  test("what came before a restart is forgotten", () => {
    const tracker = new SequenceTracker(1);
    for (let n = 0; n < 200; n++) tracker.update(n);
    expect(run(tracker, [40000, 40001, 39998, 39999])).toEqual(["jump", "restart", "reordered", "reordered"]);
  });

  test("any loss pattern over several wraps: expected = sent, received = arrived", () => {
    const losses = fc.array(fc.integer({ min: 1, max: 2999 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 }), losses, (start, steps) => {
        const tracker = new SequenceTracker(1);
        let sent = start;
        tracker.update(sent & 0xffff);
        for (const step of steps) {
          sent += step;
          expect(tracker.update(sent & 0xffff)).toBe("ok");
        }
        expect(tracker.extendedMax).toBe(sent);
        expect(tracker.expected).toBe(sent - start + 1);
        expect(tracker.received).toBe(steps.length + 1);
      }),
    );
  });

  test("a shuffle within the window is all found, each once, across the wrap", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...Array(100).keys()], { minLength: 100 }),
        fc.integer({ min: 65400, max: 65535 }),
        (order, base) => {
          const tracker = new SequenceTracker(1);
          const verdicts = run(
            tracker,
            order.map((n) => base + n),
          );
          expect(verdicts.filter((v) => v !== "ok" && v !== "reordered")).toEqual([]);
          expect(run(tracker, [base + order[0]!])).toEqual(["duplicate"]);
          expect(tracker.expected).toBe(100);
        },
      ),
    );
  });
});
