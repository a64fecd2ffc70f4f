import { expect, test } from "bun:test";
import { lastCalls } from "./last-calls.ts";

const never = new Promise<void>(() => {});

test("waits for the last call, not for one that outlasts its time or somebody's patience", async () => {
  let looks = 0;
  await lastCalls(() => (++looks < 3 ? 1 : 0), 60_000, never);
  expect(looks).toBe(3);
  looks = 0;
  await lastCalls(() => ++looks, 400, never);
  expect(looks).toBe(3);
  await lastCalls(() => 1, 60_000, Promise.resolve());
});
