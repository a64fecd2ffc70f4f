import { expect, test } from "bun:test";
import { downAt } from "./turned-down.ts";

const FRAME_MS = 20;
/** Loud and soft frames by turns, as a voice has them; a quarter as loud from frame `down` on. */
const reply = (startMs: number, down = Number.POSITIVE_INFINITY) =>
  Array.from({ length: 100 }, (_, n) => ({
    atMs: startMs + n * FRAME_MS,
    peak: (n % 3 === 2 ? 400 : 4000) / (n >= down ? 4 : 1),
  }));

test("the first loud frame that is softer than the same frame undisturbed", () => {
  const onsetMs = 50_000 + 40 * FRAME_MS;
  expect(downAt(reply(50_000, 45), reply(0), onsetMs)).toBe(50_000 + 45 * FRAME_MS);
  // Frame 44 is soft by itself and tells nothing.
  expect(downAt(reply(50_000, 44), reply(0), onsetMs)).toBe(50_000 + 45 * FRAME_MS);
});

test("other words, or a reply that never turned down, tell nothing", () => {
  const onsetMs = 50_000 + 40 * FRAME_MS;
  const shifted = reply(50_000).map((frame, n, all) => ({ ...frame, peak: all[(n + 1) % all.length]!.peak }));
  expect(downAt(shifted, reply(0), onsetMs)).toBeUndefined();
  expect(downAt(reply(50_000), reply(0), onsetMs)).toBeUndefined();
  expect(downAt([], reply(0), onsetMs)).toBeUndefined();
});
