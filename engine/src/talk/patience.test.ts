import { expect, test } from "bun:test";
import { Patience } from "./patience.ts";

/** What comes due, and when, until `untilMs`. */
function wait(patience: Patience, untilMs: number): string[] {
  const log: string[] = [];
  for (let now = patience.deadline(); now <= untilMs; now = patience.deadline()) {
    for (let due = patience.step(now); due; due = patience.step(now)) log.push(`${now} ${due}`);
  }
  return log;
}

test("a model that says nothing: a filler at 1.2 s and every 2.5 s, an apology at 6 s", () => {
  const patience = new Patience();
  patience.think(0, -500);
  expect(wait(patience, 7000)).toEqual(["1200 filler", "3700 filler", "6000 apology", "6200 filler"]);
});

test("what has already lasted long since the caller's voice fills sooner", () => {
  const patience = new Patience();
  patience.think(0, -2300);
  expect(patience.deadline()).toBe(500);
  patience.think(0, -9000);
  expect(patience.deadline()).toBe(0);
});

test("a voice that brings no sound is given up 2.5 s after its sentence", () => {
  const patience = new Patience();
  patience.think(0, -500);
  patience.sentence(400);
  patience.thought();
  expect(wait(patience, 5000)).toEqual(["1200 filler", "2900 mute", "3700 filler"]);
  patience.end();
  expect(patience.deadline()).toBe(Number.POSITIVE_INFINITY);
});

test("sound resets the wait; a tool after a sentence has 8 s", () => {
  const patience = new Patience();
  patience.think(0, -500);
  patience.sentence(400);
  patience.heard(600, true);
  patience.heard(1500, false);
  expect(wait(patience, 9000)).toEqual(["4000 filler", "6500 filler", "8400 apology", "9000 filler"]);
});

test("while others speak for her nothing is due", () => {
  const patience = new Patience();
  patience.think(0, -500);
  patience.suspend();
  patience.heard(900, true);
  expect(wait(patience, 60_000)).toEqual([]);
  patience.think(60_000, 60_000);
  expect(patience.deadline()).toBe(61_200);
});
