/**
 * Processes killed where it hurts: nothing that was answered is lost. The cheapest rows of `bun run chaos`, on one stack; nothing here is timed, only
 * waited for.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Chaos, play, type Row } from "../src/chaos/row.ts";
import { apiKilled, drain, engineReporting, engineSpeaking } from "../src/chaos/rows/processes.ts";
import { spokenQuestion, startStack } from "../src/chaos/stage.ts";
import type { Stack } from "./stack.ts";

const TEST_MS = 180_000;
const BASE_PORT = 17_100;
const ROWS: readonly Row[] = [apiKilled, engineReporting, engineSpeaking, drain];

let stack: Stack;
let chaos: Chaos;

beforeAll(async () => {
  const question = await spokenQuestion();
  stack = await startStack(BASE_PORT, {});
  chaos = new Chaos(stack, question, false);
}, TEST_MS);

afterAll(() => stack?.stop(), 60_000);

for (const row of ROWS) {
  test(
    `${row.fault}: everything that was answered is told of, once`,
    async () => {
      const { problems } = await play(row, chaos);
      expect(problems, stack.log("engine")).toEqual([]);
    },
    TEST_MS,
  );
}
