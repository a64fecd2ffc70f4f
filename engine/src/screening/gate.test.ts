import { expect, test } from "bun:test";
import { ScreeningGate } from "./gate.ts";

test("two answered turns are a human", () => {
  const gate = new ScreeningGate();
  gate.handle(0, { type: "answered" });
  gate.handle(3000, { type: "answered-turn" });
  expect(gate.poll()).toBeUndefined();
  gate.handle(6000, { type: "answered-turn" });
  expect(gate.poll()).toMatchObject({ verdict: "human" });
  expect(gate.deadline()).toBe(Number.POSITIVE_INFINITY);
});

test("12 s without a verdict release the events as undecided", () => {
  const gate = new ScreeningGate();
  gate.handle(500, { type: "answered" });
  expect(gate.deadline()).toBe(12_500);
  gate.handle(12_500, { type: "tick" });
  expect(gate.poll()).toMatchObject({ verdict: "undecided" });
});

test("the verdict is given once", () => {
  const gate = new ScreeningGate();
  gate.handle(0, { type: "answered" });
  gate.handle(1000, { type: "hangup" });
  expect(gate.poll()).toMatchObject({ verdict: "undecided" });
  gate.handle(2000, { type: "hangup" });
  expect(gate.poll()).toBeUndefined();
});
