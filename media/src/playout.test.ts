import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Playout } from "./playout.ts";

const out = new Int16Array(160);
const tone = (length: number, level = 10000) => new Int16Array(length).fill(level);

/** An item with all its audio. */
function said(playout: Playout, id: string, samples: number, onInterrupt: "drop" | "finish" | "resume" = "drop"): void {
  expect(playout.add(id, onInterrupt)).toBe(true);
  expect(playout.append(id, tone(samples))).toBe(samples);
  playout.finish(id);
}

describe("Playout", () => {
  test("plays items in order and says exactly what was played", () => {
    const playout = new Playout();
    said(playout, "a", 400);
    said(playout, "b", 160);
    const frames = Array.from({ length: 5 }, () => ({ ...playout.frame(out) }));
    expect(frames.map((f) => [f.id, f.offsetSamples, f.samples, f.finished, f.silent])).toEqual([
      ["a", 0, 160, false, false],
      ["a", 160, 160, false, false],
      ["a", 320, 80, true, false],
      ["b", 0, 160, true, false],
      [undefined, 0, 0, false, true],
    ]);
    expect(playout.idle).toBe(true);
  });

  test("any chunking gives the same samples", () => {
    fc.assert(
      fc.property(fc.array(fc.int16Array({ maxLength: 700 }), { maxLength: 20 }), (chunks) => {
        const playout = new Playout();
        playout.add("a", "drop");
        for (const chunk of chunks) playout.append("a", chunk.slice());
        playout.finish("a");
        const whole = chunks.flatMap((chunk) => [...chunk]);
        const heard: number[] = [];
        for (let n = 0; n <= Math.ceil(whole.length / 160); n++) {
          const { samples, offsetSamples } = playout.frame(out);
          if (samples > 0) expect(offsetSamples).toBe(heard.length);
          heard.push(...out.subarray(0, samples));
        }
        expect(heard).toEqual(whole);
        expect(playout.idle).toBe(true);
      }),
    );
  });

  test("waits for audio, counts underruns inside an item only, and loses nothing", () => {
    const playout = new Playout();
    playout.add("a", "drop");
    expect(playout.frame(out)).toMatchObject({ id: "a", samples: 0, underrun: false, silent: true });
    playout.append("a", tone(200));
    expect(playout.frame(out)).toMatchObject({ id: "a", offsetSamples: 0, samples: 160 });
    expect(playout.frame(out)).toMatchObject({ id: "a", offsetSamples: 160, samples: 0, underrun: true });
    playout.append("a", tone(120));
    expect(playout.frame(out)).toMatchObject({ offsetSamples: 160, samples: 160, underrun: false });
    playout.finish("a");
    expect(playout.frame(out)).toMatchObject({ id: "a", samples: 0, finished: true });
    expect(playout.stats()).toMatchObject({ underrunFrames: 1, queuedSamples: 0 });
  });

  test("an interruption fades within 5 ms and drops, finishes or holds each item", () => {
    const playout = new Playout();
    said(playout, "spoken", 1600);
    said(playout, "next", 800);
    said(playout, "notice", 320, "finish");
    said(playout, "story", 320, "resume");
    playout.frame(out);
    expect(playout.interrupt()).toEqual([
      { id: "spoken", heardSamples: 160 },
      { id: "next", heardSamples: 0 },
    ]);
    expect(playout.frame(out)).toMatchObject({
      id: "spoken",
      offsetSamples: 160,
      samples: 40,
      interrupted: true,
      finished: true,
    });
    expect([out[0]! > 9000, out[20]! < 5000, out[39], out[159]]).toEqual([true, true, 0, 0]);
    expect(playout.append("spoken", tone(160))).toBe(0);
    expect(playout.frame(out).id).toBe("notice");
    expect(playout.frame(out)).toMatchObject({ id: "notice", finished: true });
    expect(playout.frame(out)).toMatchObject({ id: undefined, silent: true });
    expect(playout.idle).toBe(false);
    playout.resume();
    expect(playout.frame(out)).toMatchObject({ id: "story", offsetSamples: 0 });
  });

  test("a held item goes on where it stopped, fading in; new items need not wait for it", () => {
    const playout = new Playout();
    said(playout, "story", 1600, "resume");
    playout.frame(out);
    expect(playout.interrupt()).toEqual([]);
    expect(playout.frame(out)).toMatchObject({ id: "story", samples: 40, interrupted: true, finished: false });
    said(playout, "reply", 160);
    expect(playout.frame(out)).toMatchObject({ id: "reply", finished: true });
    playout.resume();
    expect(playout.frame(out)).toMatchObject({ id: "story", offsetSamples: 200, samples: 160 });
    expect([out[0], out[20]! < 6000, out[100]]).toEqual([0, true, 10000]);
  });

  test("an item that is interrupted before it began is dropped without a sound", () => {
    const playout = new Playout();
    said(playout, "a", 320);
    expect(playout.interrupt()).toEqual([{ id: "a", heardSamples: 0 }]);
    expect(playout.frame(out)).toMatchObject({ id: undefined, silent: true });
    expect(playout.drop("a")).toBe(false);
  });

  test("a second interruption in the same 20 ms changes nothing", () => {
    const playout = new Playout();
    said(playout, "a", 1600, "resume");
    playout.frame(out);
    playout.interrupt();
    playout.interrupt();
    expect(playout.frame(out)).toMatchObject({ id: "a", samples: 40, interrupted: true });
    expect(playout.frame(out).id).toBeUndefined();
  });

  test("an interruption taken back within the same 20 ms was never heard", () => {
    const playout = new Playout();
    said(playout, "a", 1600, "resume");
    playout.frame(out);
    playout.interrupt();
    playout.resume();
    expect(playout.frame(out)).toMatchObject({ id: "a", offsetSamples: 160, samples: 160, interrupted: false });
    expect([...out].every((x) => x === 10000)).toBe(true);
  });

  test("held, she falls silent within 5 ms and goes on from the same sample", () => {
    const playout = new Playout();
    said(playout, "a", 800);
    playout.frame(out);
    playout.hold();
    expect(playout.frame(out)).toMatchObject({ id: "a", samples: 40, finished: false });
    said(playout, "b", 160);
    expect(playout.frame(out)).toMatchObject({ id: undefined, silent: true });
    playout.resume();
    expect(playout.frame(out)).toMatchObject({ id: "a", offsetSamples: 200, samples: 160 });
    playout.hold();
    playout.resume();
    expect(playout.frame(out)).toMatchObject({ id: "a", offsetSamples: 360, samples: 160 });
  });

  test("interrupted while held, not one more sample is heard", () => {
    const playout = new Playout();
    said(playout, "a", 800);
    playout.frame(out);
    playout.hold();
    playout.frame(out);
    playout.frame(out);
    expect(playout.interrupt()).toEqual([{ id: "a", heardSamples: 200 }]);
    expect(playout.frame(out)).toMatchObject({ id: undefined, silent: true });
    said(playout, "b", 160);
    expect(playout.frame(out)).toMatchObject({ id: "b", samples: 160, finished: true });
  });

  test("what must be finished is not held", () => {
    const playout = new Playout();
    said(playout, "notice", 480, "finish");
    playout.frame(out);
    playout.hold();
    expect(playout.frame(out)).toMatchObject({ id: "notice", samples: 160 });
  });

  test("ducks and comes back by a ramp", () => {
    const playout = new Playout();
    said(playout, "a", 16000);
    playout.frame(out);
    playout.duck(-20);
    playout.frame(out);
    const ramp = [...out];
    expect(ramp[0]).toBeGreaterThan(9800);
    expect(ramp.every((x, i) => i === 0 || x <= ramp[i - 1]!)).toBe(true);
    playout.frame(out);
    expect(out[159]).toBe(1000);
    playout.unduck();
    playout.frame(out);
    playout.frame(out);
    expect(out[159]).toBe(10000);
  });

  test("is bounded: items beyond the queue and audio beyond an item's length are refused and counted", () => {
    const playout = new Playout({ maxItems: 2, maxItemSamples: 1000 });
    expect([
      playout.add("a", "drop"),
      playout.add("a", "drop"),
      playout.add("b", "drop"),
      playout.add("c", "drop"),
    ]).toEqual([true, false, true, false]);
    expect([playout.append("a", tone(900)), playout.append("a", tone(900)), playout.append("zzz", tone(9))]).toEqual([
      900, 100, 0,
    ]);
    expect(playout.stats()).toMatchObject({ refusedItems: 2, refusedSamples: 800, queuedSamples: 1000 });
  });

  test("quiet audio counts as silent, so the latency clock waits for the first sound", () => {
    const playout = new Playout();
    playout.add("a", "drop");
    playout.append("a", tone(160, 20));
    playout.append("a", tone(160, 400));
    playout.finish("a");
    expect(playout.frame(out).silent).toBe(true);
    expect(playout.frame(out).silent).toBe(false);
  });
});
