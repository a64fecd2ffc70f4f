/** A minute of conversation through packets, jitter buffer, VAD, turn-taking, the embedded receptionist and playout, in virtual time. */
import { expect, test } from "bun:test";
import { randomLoss } from "@sk-voice/media/sim/netem.ts";
import { FakeSuite } from "../src/receptionist/sim/fake-suite.ts";
import { SALON } from "../src/receptionist/sim/workspace.ts";
import { scriptedParty } from "../src/sim/party.ts";
import { linesInOrder } from "../src/sim/script.ts";
import { simulateCall } from "../src/sim/world.ts";

const SEED = Number(process.env["SK_SEED"] ?? 20_261_124);

const LINES = [
  "I'd like to book a haircut for tomorrow at three pm.",
  "My name is Priya Raghavan.",
  "Yes, please.",
  "Yes, please.",
  "What are your opening hours?",
  "Where are you located?",
  "Do you have parking?",
  "No, thank you. Goodbye.",
];

const minute = (seed: number) =>
  simulateCall({
    seed,
    party: scriptedParty(linesInOrder(LINES)),
    network: { ...randomLoss(0.02), delayMs: 30, jitterMs: 5 },
    maxMs: 90_000,
  });

test(`a two-way call of a minute with 2 % loss books an appointment (SK_SEED=${SEED})`, async () => {
  const { outcome, reports, durationMs, pausesMs } = await minute(SEED);
  expect(durationMs).toBeGreaterThan(60_000);
  expect(outcome.finalize).toMatchObject({ outcome: "booked" });
  expect(outcome.finalize.appointment_id).toStartWith("apt_");
  expect(outcome.fields).toMatchObject({ name: "Priya Raghavan" });
  expect(reports.map(({ type }) => type)).toEqual(["call.started", "call.completed"]);
  expect(outcome.media.packets_lost).toBeGreaterThan(20);
  expect(pausesMs.length).toBeGreaterThanOrEqual(LINES.length - 1);
});

test("the same seed gives the same packets and the same outcome, another seed other packets", async () => {
  const [first, again, other] = [await minute(SEED), await minute(SEED), await minute(SEED + 1)];
  expect(again.digest).toBe(first.digest);
  expect(again.outcome).toEqual(first.outcome);
  expect(other.digest).not.toBe(first.digest);
});

test("each turn's parts add up to its pause", async () => {
  const { outcome } = await minute(SEED);
  const measured = outcome.turns.filter((turn) => turn.response_ms !== null);
  expect(measured.length).toBeGreaterThan(4);
  for (const turn of measured) {
    const parts = [turn.endpointing_ms, turn.stt_ms, turn.llm_ms, turn.tts_ms, turn.engine_ms].map(
      (part) => part ?? Number.NaN,
    );
    const total = parts.reduce((sum, part) => sum + part, 0);
    expect(Math.abs(total - (turn.response_ms ?? 0))).toBeLessThanOrEqual(3);
  }
});

test("a caller who paused long in earlier calls is given the time from the first turn on, and what was heard now is told", async () => {
  const endpointing = async (pausesMs: readonly number[]) => {
    const suite = new FakeSuite(SALON);
    suite.pausesMs = pausesMs;
    const { outcome } = await simulateCall({
      seed: SEED,
      party: scriptedParty(linesInOrder(["a haircut"])),
      network: {},
      maxMs: 12_000,
      suite,
    });
    expect(outcome.pauses_ms).toEqual([...pausesMs]);
    return outcome.turns[0]?.endpointing_ms;
  };
  expect(await endpointing([])).toBe(600);
  expect(await endpointing([1100, 1100, 1100, 1100, 1100, 1100])).toBe(990);
});
