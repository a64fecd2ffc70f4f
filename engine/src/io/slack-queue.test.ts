import { expect, test } from "bun:test";
import { SlackQueue } from "./slack-queue.ts";

const queue = (...items: number[]) => {
  const made = new SlackQueue<number>((needsMs) => needsMs);
  for (const item of items) made.push(0, item);
  return made;
};

test("work waits for a pause that is long enough", () => {
  const work = queue(1);
  expect(work.poll(0, 0.5)).toBeUndefined();
  expect(work.poll(2, 1.2)).toBe(1);
  expect(work.isEmpty).toBeTrue();
});

test("nothing overtakes", () => {
  const work = queue(1, 0);
  expect(work.poll(0, 0.5)).toBeUndefined();
  expect([work.poll(1, 1), work.poll(1, 0), work.poll(1, 0)]).toEqual([1, 0, undefined]);
});

test("after a frame it is done without a pause", () => {
  const work = queue(1, 1);
  expect(work.poll(19, 0)).toBeUndefined();
  expect([work.poll(20, -3), work.poll(20, -3)]).toEqual([1, 1]);
});
