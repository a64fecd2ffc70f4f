import { expect, test } from "bun:test";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { FRAME_MS, FRAME_SAMPLES } from "@sk-voice/media/units.ts";
import { overlap } from "./turned-down.ts";

const PACKETS = 100;
/** Noise that goes up and down every 60 ms, as a voice does; from `pause` on 100 ms of nothing. */
function voice(seed: number, pause = Number.POSITIVE_INFINITY): Int16Array {
  const random = new Prng(seed);
  return Int16Array.from({ length: PACKETS * FRAME_SAMPLES }, (_, n) => {
    const packet = Math.floor(n / FRAME_SAMPLES);
    if (packet >= pause && packet < pause + 5) return 0;
    return (random.next() - 0.5) * (packet % 3 === 2 ? 300 : 8000);
  });
}
/** A quarter as loud from packet `down` on; `late` samples of silence before it all. */
const reply = (whole: Int16Array, down: number, late = 0) => ({
  samples: Int16Array.from(whole, (_, n) =>
    Math.round((whole[n - late] ?? 0) * (n >= down * FRAME_SAMPLES ? 0.25 : 1)),
  ),
  atMs: Array.from({ length: PACKETS }, (_, n) => 50_000 + n * FRAME_MS),
});
const onsetMs = 50_000 + 40 * FRAME_MS;
const NEVER = PACKETS;

test("the first packet that is softer than the same packet undisturbed, soft ones too", () => {
  const whole = voice(1);
  for (const down of [43, 44, 45, 46]) {
    const heard = { downMs: (down - 40) * FRAME_MS, lastFullMs: (down - 41) * FRAME_MS };
    expect(overlap(reply(whole, down), whole, onsetMs)).toEqual(heard);
    // The reply is lined up, wherever in a packet it began.
    expect(overlap(reply(whole, down, 100), whole, onsetMs)).toEqual(heard);
  }
});

test("a pause tells nothing: turned down within it, seen after it", () => {
  const whole = voice(1, 43);
  expect(overlap(reply(whole, 45), whole, onsetMs)).toEqual({ downMs: 8 * FRAME_MS, lastFullMs: 2 * FRAME_MS });
});

test("she spoke on; she used other words; she had not begun", () => {
  const whole = voice(1);
  expect(overlap(reply(whole, NEVER), whole, onsetMs)).toBe("missed");
  expect(overlap(reply(voice(2), 45), whole, onsetMs)).toBe("other words");
  expect(overlap(reply(whole, 45), whole, 50_000)).toBe("missed");
});
