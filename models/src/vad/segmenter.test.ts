import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type SpeechEdge, SpeechSegmenter } from "./segmenter.ts";

function run(probabilities: number[], segmenter = new SpeechSegmenter()): SpeechEdge[] {
  const edges: SpeechEdge[] = [];
  probabilities.forEach((probability, i) => {
    const edge = segmenter.push(probability, (i + 1) * 32);
    if (edge) edges.push(edge);
  });
  return edges;
}

describe("speech segmenter", () => {
  test("start is back-dated to the onset, end to the last voiced window", () => {
    expect(run([0, 0, 0.9, 0.9, 0.9, 0, 0, 0])).toEqual([
      { type: "onset", atMs: 64 },
      { type: "speech-start", atMs: 64 },
      { type: "speech-end", atMs: 160 },
    ]);
  });

  test("a single voiced window is a click: perhaps a voice, then none", () => {
    const click = (atMs: number) => [{ type: "onset", atMs } as const, { type: "onset-lost", atMs } as const];
    expect(run([0, 0.99, 0, 0, 0.99, 0])).toEqual([...click(32), ...click(128)]);
  });

  test("between the thresholds nothing changes", () => {
    expect(run([0.4, 0.49, 0.4])).toEqual([]);
    expect(run([0.6, 0.4, 0.4, 0.4, 0.4, 0.4])).toEqual([
      { type: "onset", atMs: 0 },
      { type: "speech-start", atMs: 0 },
    ]);
  });

  test("a gap shorter than the hangover does not end speech, and the silence count runs meanwhile", () => {
    const segmenter = new SpeechSegmenter();
    run([0.9, 0.9, 0, 0], segmenter);
    expect(segmenter.speaking).toBe(true);
    expect(segmenter.silenceMs).toBe(64);
    expect(run([0.9], segmenter)).toEqual([]);
  });

  test("silence keeps growing after the end", () => {
    const segmenter = new SpeechSegmenter();
    expect(segmenter.silenceMs).toBe(Number.POSITIVE_INFINITY);
    run([0.9, 0.9, 0, 0, 0, 0, 0, 0, 0, 0], segmenter);
    expect(segmenter.silenceMs).toBe(8 * 32);
  });

  test("edges alternate, never overlap, and a not-a-number probability is silence", () => {
    const probability = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 300 }), (probabilities) => {
        const follows: Record<SpeechEdge["type"], readonly SpeechEdge["type"][]> = {
          onset: ["onset-lost", "speech-start"],
          "onset-lost": ["onset"],
          "speech-start": ["speech-end"],
          "speech-end": ["onset"],
        };
        let expected = follows["speech-end"];
        let last = 0;
        for (const edge of run(probabilities)) {
          expect(expected).toContain(edge.type);
          expect(edge.atMs).toBeGreaterThanOrEqual(last);
          last = edge.atMs;
          expected = follows[edge.type];
        }
      }),
    );
  });
});
