/** A model that hears when a turn is over, asked by a whole call. */
import { expect, test } from "bun:test";
import type { TurnModel } from "@sk-voice/models/ports.ts";
import { decodeTape } from "../src/replay/tape.ts";
import { scriptedParty } from "../src/sim/party.ts";
import { playTape } from "../src/sim/player/player.ts";
import { linesInOrder } from "../src/sim/script.ts";
import { simulateCall } from "../src/sim/world.ts";

const SEED = 20_261_126;

function modelOf(answer: (samples: Int16Array) => Promise<number>): TurnModel {
  return { name: "scripted", warm: async () => {}, close: async () => {}, overProbability: answer };
}

async function endpointing(turnModel?: TurnModel, line = "a haircut") {
  const tape: string[] = [];
  const { outcome } = await simulateCall({
    seed: SEED,
    party: scriptedParty(linesInOrder([line])),
    network: {},
    maxMs: 12_000,
    ...(turnModel ? { turnModel } : {}),
    faults: [],
    tape: { write: (text) => tape.push(text), close: () => {} },
  });
  expect((await playTape(decodeTape(tape.join("\n")))).differences).toEqual([]);
  return outcome.turns[0]?.endpointing_ms;
}

test("without a model words and silence decide; sure of the end, she waits less; sure that it goes on, more", async () => {
  expect(await endpointing()).toBe(600);
  expect(await endpointing(modelOf(async () => 0.95))).toBe(350);
  expect(await endpointing(modelOf(async () => 0.05))).toBe(1300);
  expect(await endpointing(modelOf(async () => 0.5))).toBe(600);
});

test("dangling words are believed before the sound", async () => {
  expect(
    await endpointing(
      modelOf(async () => 0.95),
      "I would like to book and",
    ),
  ).toBe(1300);
});

test("it hears the turn with its end; one that fails or never answers changes nothing", async () => {
  const heard: number[] = [];
  const listening = modelOf(async (samples) => {
    heard.push(samples.length / 8);
    return 0.5;
  });
  await endpointing(listening);
  // 9 letters of 60 ms, 400 ms before the onset, and silence after it.
  expect(heard[0]).toBeGreaterThan(540);
  expect(heard[0]).toBeLessThan(2500);
  expect(await endpointing(modelOf(() => Promise.reject(new Error("broken"))))).toBe(600);
  expect(await endpointing(modelOf(() => new Promise(() => {})))).toBe(600);
});
