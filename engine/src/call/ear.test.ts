import { expect, test } from "bun:test";
import { Ear, type EarEvent } from "./ear.ts";

/** An ear that is given 20 ms a step: loud between `fromMs` and `toMs`. `vad`: its answer, `undefined` for none. */
function listen(
  untilMs: number,
  [fromMs, toMs]: readonly [number, number],
  vad: (atMs: number, loud: boolean) => number | undefined,
): EarEvent[] {
  const events: EarEvent[] = [];
  const ear = new Ear({ data: new Float32Array(0) }, 256, (event) => events.push(event));
  const window = new Float32Array(256);
  for (let now = 20; now <= untilMs; now += 20) {
    const loud = now > fromMs && now <= toMs;
    ear.push(
      Int16Array.from({ length: 160 }, (_, i) => (loud ? 5000 * Math.sin(i) : 0)),
      now,
    );
    while (ear.waitingWindows > 0) {
      const answer = vad(now, loud);
      if (answer === undefined) break;
      ear.takeWindow(window, 0);
      ear.speechProbability(answer);
    }
  }
  return events;
}

const types = (events: readonly EarEvent[]) => events.map(({ type }) => type);

test("a VAD that answers decides, and the first sound is told before it", () => {
  const events = listen(3000, [1000, 2000], (_, loud) => (loud ? 0.9 : 0.1));
  expect(types(events)).toEqual(["onset", "onset", "speech-start", "speech-end"]);
  expect(events[0]).toMatchObject({ atMs: 1000 });
});

test("a VAD that does not answer for 200 ms is replaced by level, until it answers again", () => {
  const events = listen(4000, [1000, 2000], (atMs) => (atMs < 500 || atMs > 3000 ? 0.1 : undefined));
  expect(types(events)).toEqual(["onset", "onset", "speech-start", "speech-end"]);
  const end = events.at(-1);
  expect(end?.type === "speech-end" && Math.abs(end.atMs - 2000)).toBeLessThan(80);
});

test("a VAD that answers nonsense is not believed", () => {
  expect(types(listen(3000, [1000, 2000], () => Number.NaN))).toEqual(["onset", "onset", "speech-start", "speech-end"]);
});

test("a VAD that is sure of voice in silence does not keep the caller speaking for ever", () => {
  const events = listen(3000, [1000, 2000], () => 0.99);
  expect(types(events).slice(-2)).toEqual(["speech-start", "speech-end"]);
});

test("a VAD that hears no voice in what is loud: the sound is told, for the recogniser", () => {
  const events = listen(3000, [1000, 2000], () => 0.01);
  expect(types(events)).toEqual(["onset", "sound"]);
  expect(types(listen(3000, [1000, 1200], () => 0.01))).toEqual(["onset"]);
});
