import { expect, test } from "bun:test";
import { type Heard, Listener } from "./listener.ts";

const frame = (value: number) => new Int16Array(160).fill(value);

test("her turn is everything from her first voice to 800 ms after her last", () => {
  const listener = new Listener();
  const heard: Heard[] = [];
  for (let at = 0; at < 4000; at += 20) {
    const speaking = (at >= 200 && at < 1000) || (at >= 1500 && at < 2000);
    const result = listener.push(at, frame(speaking ? 3000 : 0));
    if (result) heard.push(result);
  }
  expect(heard.map(({ type }) => type)).toEqual(["voice", "turn"]);
  expect(heard[1]).toMatchObject({ startMs: 200, endMs: 2000 });
  if (heard[1]?.type === "turn") expect(heard[1].samples.length).toBe(((2800 - 200) / 20 + 1) * 160);
});

test("silence is no turn", () => {
  const listener = new Listener();
  for (let at = 0; at < 2000; at += 20) expect(listener.push(at, frame(50))).toBeUndefined();
  expect(listener.finish()).toBeUndefined();
});
