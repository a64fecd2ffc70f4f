/** Whole calls in virtual time through the session: what the caller hears, what is told. */
import { afterAll, expect, test } from "bun:test";
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import { tone } from "@sk-voice/media/tones.ts";
import { openRobocallModels } from "@sk-voice/models/io/robocall.ts";
import type { SttPort, SttSession } from "@sk-voice/models/ports.ts";
import { Spectrum } from "@sk-voice/models/robocall/spectrum.ts";
import type { VerdictScores } from "@sk-voice/models/robocall/verdict.ts";
import { CallScreening, type ScreeningModels } from "../src/screening/call-screening.ts";
import { DEFAULT_SCREENING_POLICY, type ScreeningPolicy } from "../src/screening/policy.ts";
import type { VirtualClock } from "../src/sim/clock.ts";
import type { Party } from "../src/sim/party.ts";
import { buzz, LineStt } from "../src/sim/providers.ts";
import { simulateCall, type WorldOptions } from "../src/sim/world.ts";

const models = await openRobocallModels();
afterAll(() => models.close());

const scripted = (scores: VerdictScores): ScreeningModels => ({
  threshold: models.threshold,
  votes: models.votes,
  text: models.text,
  classify: async () => Float32Array.of(1, 0, 0, 0),
  judge: async () => scores,
});

/** Plays `audio` from `fromMs` on, for ever, whatever it hears. */
function recording(audio: Int16Array, fromMs: number): () => Party {
  return () => ({
    pausesMs: [],
    done: false,
    step: (now, _heard, said) => {
      if (now < fromMs) return;
      for (let n = 0; n < said.length; n++) said[n] = audio[((now - fromMs) * 8 + n) % audio.length]!;
    },
  });
}

/** Virtual time does not wait for inference: where the verdict model matters, its scores are given. */
async function call(
  party: () => Party,
  policy: Partial<ScreeningPolicy> = {},
  scores?: VerdictScores,
  maxMs = 20_000,
  providers: Partial<WorldOptions> = {},
) {
  const screened: { atMs: number; report: EngineReport }[] = [];
  let hungUpMs: number | undefined;
  let lastPlayedMs = 0;
  const thoughtMs: number[] = [];
  const said: string[] = [];
  await simulateCall({
    seed: 1,
    party,
    network: {},
    maxMs,
    ...providers,
    screening: (sinks) =>
      new CallScreening(
        {
          policy: { ...DEFAULT_SCREENING_POLICY, ...policy },
          from: null,
          signalling: undefined,
          models: scores ? scripted(scores) : models,
          prints: undefined,
          spectrum: new Spectrum(),
        },
        sinks,
      ),
    observe: {
      report: (atMs, report) => screened.push({ atMs, report }),
      output: (now, { type }) => {
        if (type === "think" || type === "think-ahead" || type === "speak") thoughtMs.push(now);
      },
      played: (now) => {
        lastPlayedMs = now;
      },
      caption: (_now, speaker, text) => said.push(`${speaker}: ${text}`),
      hungUp: (atMs) => {
        hungUpMs = atMs;
      },
    },
  }).catch((error: Error) => {
    if (!error.message.includes("no outcome")) throw error;
  });
  return { screened, hungUpMs, said, lastPlayedMs, thoughtMs };
}

test("a fax is hung up on at once and told as quarantined, nothing else", async () => {
  const { screened, hungUpMs } = await call(recording(tone([2100], 4000, -15), 500));
  expect(hungUpMs).toBeLessThan(2600);
  expect(screened.map(({ report }) => report.type)).toEqual(["call.quarantined"]);
  expect(screened[0]?.report).toMatchObject({ signals: expect.arrayContaining(["heard a fax machine answering"]) });
});

/** From 700 ms after her greeting. */
const monologue = recording(buzz("x".repeat(400), 120), 5300);
const MACHINE = { all: 0.95, groups: { timing: 0.9, interaction: 0.95 } };

test("a monologue is asked twice who it is, told so politely, and quarantined with its reasons", async () => {
  const { screened, hungUpMs, said } = await call(monologue, { action: "polite-message" }, MACHINE);
  expect(said.filter((line) => line.includes("calling"))).toHaveLength(2);
  expect(said.at(-1)).toContain("does not take automated calls");
  expect(screened.map(({ report }) => report.type)).toEqual(["call.quarantined"]);
  const report = screened[0]!.report;
  if (report.type !== "call.quarantined") throw new Error("no robocall");
  expect(report.verdict_at_ms).toBeLessThan(12_000);
  expect(report.evidence).toEqual(MACHINE.groups);
  expect(report.signals).toContain("interaction: did not stop or answer when spoken to");
  expect(hungUpMs).toBeGreaterThan(report.verdict_at_ms);
});

test("a tarpit keeps it in silence for a minute", async () => {
  const { hungUpMs, said } = await call(monologue, { action: "tarpit" }, MACHINE, 90_000);
  expect(said.at(-1)).toContain("calling");
  expect(hungUpMs).toBeGreaterThan(65_000);
});

test("recognition, model and voice cost at most 12 s of a robocall, even of one that is kept on the line", async () => {
  const askedMs: number[] = [];
  const stt = (clock: VirtualClock): SttPort => {
    const line = new LineStt(clock, 200);
    const open = () => {
      const session = line.open();
      const transcribe: SttSession["transcribe"] = (hint, signal) => {
        askedMs.push(clock.now());
        return session.transcribe(hint, signal);
      };
      return { ...session, transcribe };
    };
    return { name: line.name, warm: () => line.warm(), open, close: () => line.close() };
  };
  const { screened, hungUpMs, lastPlayedMs, thoughtMs } = await call(monologue, { action: "tarpit" }, MACHINE, 90_000, {
    stt,
  });
  expect(screened.map(({ report }) => report.type)).toEqual(["call.quarantined"]);
  expect(hungUpMs).toBeGreaterThan(65_000);
  expect(askedMs.length).toBeGreaterThan(0);
  expect(Math.max(...askedMs, ...thoughtMs)).toBeLessThan(12_000);
  expect(lastPlayedMs).toBeLessThan(12_000);
});

test("the same caller is let through where the models see a person, and told with the score", async () => {
  const { screened } = await call(monologue, {}, { all: 0.2, groups: { timing: 0.1, interaction: 0.95 } });
  expect(screened.map(({ report }) => report.type)).toEqual(["call.started", "call.completed"]);
  expect(screened[0]).toMatchObject({ report: { verdict: "undecided", verdict_score: 0.2 } });
});

test("shadow mode asks nothing and lets a fax through", async () => {
  const { screened, said } = await call(recording(tone([2100], 4000, -15), 500), { mode: "shadow" }, MACHINE, 6000);
  expect(screened.map(({ report }) => report.type)).toEqual(["call.started", "call.completed"]);
  expect(said.some((line) => line.includes("calling"))).toBe(false);
});
