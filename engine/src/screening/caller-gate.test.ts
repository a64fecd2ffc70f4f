import { describe, expect, test } from "bun:test";
import { EVIDENCE_GROUPS } from "@sk-voice/models/robocall/features.ts";
import { TONE_EVENTS } from "@sk-voice/models/robocall/tones.ts";
import fc from "fast-check";
import { OPEN_UNTIL_MS, UNDECIDED_AFTER_MS } from "./caller-gate.ts";
import { GateDrive } from "./sim/gate-drive.ts";

const MONOLOGUE = { all: 0.95, groups: { timing: 0.9, interaction: 0.9, level: 0.3 } };

/** Greeting until 3 s, speech from 3.5 s on, whatever she does: two interjections. */
const ignoring = (drive: GateDrive) => drive.she(100, 3000).says(3500).she(6000, 7400).she(7600, 9200);
const heard = (heardMs: number) => ({ type: "tick", heard: { heardMs, voicedMs: 0 } }) as const;
const voiced = (drive: GateDrive) => drive.sound(0.9, 0, 0, 0.1).sound(0.9, 0, 0, 0.1).sound(0.9, 0, 0, 0.1);

describe("who is let through or shut out unheard", () => {
  test.each([
    [{ listed: "allow" }, "human", "allow-list"],
    [{ listed: "block" }, "robocall", "block-list"],
    [{ policy: { mode: "off" } }, "human", "policy-off"],
  ] as const)("%o: %s by %s at once", (options, verdict, by) => {
    expect(new GateDrive(options).verdict).toMatchObject({ verdict, reason: { by }, atMs: 0 });
  });

  test("a contact passes as soon as the suite knows it, unless the policy says otherwise", () => {
    const known = new GateDrive().at(400, { type: "known-contact" });
    expect(known.verdict).toMatchObject({ verdict: "human", reason: { by: "known-contact" } });
    const strict = new GateDrive({ policy: { knownContactsPass: false } }).at(400, { type: "known-contact" });
    expect(strict.verdict).toBeUndefined();
  });

  test("every machine's tone and a known recording end it; a beep does not", () => {
    for (const event of TONE_EVENTS) {
      const heard = new GateDrive().at(2000, { type: "tone", event }).verdict;
      if (event === "beep") expect(heard).toBeUndefined();
      else expect(heard).toMatchObject({ verdict: "robocall", reason: { by: "tone", tone: event }, action: "hang-up" });
    }
    const again = new GateDrive().at(5000, { type: "fingerprint", id: "cal_1", strength: 0.5 });
    expect(again.verdict).toMatchObject({ verdict: "robocall", reason: { by: "fingerprint", id: "cal_1" } });
  });
});

describe("a monologue", () => {
  test("that ignores two interjections and sounds like a recording is one", () => {
    const call = ignoring(new GateDrive({ scores: MONOLOGUE })).at(9700);
    expect(call.verdict).toMatchObject({
      verdict: "robocall",
      reason: { by: "agreement", groups: ["timing", "interaction"] },
      score: 0.95,
    });
    expect(call.verdict?.atMs).toBeLessThan(9500);
  });

  test("that ignores one is never enough, whatever the models say", () => {
    const sure = { all: 1, groups: Object.fromEntries(EVIDENCE_GROUPS.map((group) => [group, 1])) };
    const call = new GateDrive({ scores: sure }).she(100, 3000).says(3500).she(6000, 7400).stops(8000).at(16_000);
    expect(call.verdict).toMatchObject({ verdict: "undecided", reason: { by: "deadline" } });
  });

  test("is interrupted after 2.6 s, after 1 s when its words are no person's, and is given time when they are", () => {
    const suspect = new GateDrive({ textScore: 0 }).she(100, 1000).says(1500).at(2440);
    expect(suspect.challenges).toEqual([]);
    expect(suspect.at(2600).challenges).toEqual(["who-is-calling"]);
    const unknown = new GateDrive().she(100, 500).says(700).at(3240);
    expect(unknown.challenges).toEqual([]);
    expect(unknown.at(3400).challenges).toEqual(["who-is-calling"]);
    const late = new GateDrive().she(100, 7000).says(7500).at(8700);
    expect(late.challenges).toEqual([]);
    expect(late.at(8900).challenges).toEqual(["who-is-calling"]);
    const person = new GateDrive({ textScore: -2 }).she(100, 5000).says(5500).at(10_400);
    expect(person.challenges).toEqual([]);
  });

  test("of a caller who has stopped for her once is not interrupted again", () => {
    const call = new GateDrive({ textScore: 2 }).she(100, 1000).says(1500).at(3000);
    call.she(3000, 4400).stops(3600).at(5500).says(7500).at(11_500);
    expect(call.gate.evidence.interaction.yields).toBe(1);
    expect(call.challenges).toEqual(["who-is-calling"]);
  });

  test("of a person's words needs three failures", () => {
    const call = ignoring(new GateDrive({ scores: MONOLOGUE, textScore: -2 })).at(9700);
    expect(call.verdict).toBeUndefined();
    expect(call.she(9800, 11_400).at(11_600).verdict).toMatchObject({ verdict: "robocall" });
  });

  test("needs three failures while the recogniser is too busy to tell its words", () => {
    const call = ignoring(new GateDrive({ scores: MONOLOGUE, busy: true })).at(9700);
    expect(call.verdict).toBeUndefined();
    expect(call.she(9800, 11_400).at(11_600).verdict).toMatchObject({ verdict: "robocall" });
  });

  test("is not blamed for what has not been heard yet: late audio counts when it was spoken", () => {
    const call = new GateDrive({ scores: MONOLOGUE }).she(100, 3000).says(3500).at(3520, heard(3500));
    call.she(6000, 7400).at(8000);
    expect(call.gate.evidence.interaction.failures).toBe(0);
    call.at(8000, { type: "speech-end", atMs: 7000 }, heard(7900)).at(10_000);
    expect(call.gate.evidence.interaction.failures).toBe(0);
    call.at(10_000, heard(9900));
    expect(call.gate.evidence.interaction).toMatchObject({ failures: 0, yields: 1 });
  });

  test("that stops for her and answers is a person's", () => {
    const call = voiced(new GateDrive({ scores: { all: 0.3, groups: { timing: 0.9 } } }).she(100, 3000).says(3500));
    call.at(6000, { type: "agent-start" }).stops(6600).at(7600, { type: "agent-end" }).says(8100);
    expect(call.verdict).toMatchObject({ verdict: "human", reason: { by: "interaction" } });
  });

  test("ignored once when the time is over is waited for, 17 s at most", () => {
    const late = voiced(new GateDrive({ scores: MONOLOGUE }).she(100, 6500).says(8000))
      .she(9600, 10_900)
      .she(11_100, 12_700);
    expect(late.at(12_900).verdict).toMatchObject({ verdict: "robocall" });
    const silent = voiced(new GateDrive({ scores: MONOLOGUE }).she(100, 6500).says(8000)).she(9600, 10_900);
    expect(silent.at(OPEN_UNTIL_MS - 40).verdict).toBeUndefined();
    expect(silent.at(OPEN_UNTIL_MS + 40).verdict).toMatchObject({ verdict: "undecided" });
  });
});

describe("nobody there", () => {
  const quiet = (drive: GateDrive) => drive.she(100, 3000).she(5400, 6900);

  test("two questions unanswered and no sound: at the end of the time", () => {
    const call = quiet(new GateDrive()).at(9200).sound(0, 0, 0, 1).at(UNDECIDED_AFTER_MS);
    expect(new Set(call.challenges)).toEqual(new Set(["anyone-there"]));
    expect(call.verdict).toMatchObject({ verdict: "robocall", reason: { groups: ["interaction", "sound"] } });
    expect(call.verdict?.atMs).toBeGreaterThan(11_000);
  });

  test("a muted caller who speaks at last passes", () => {
    const call = quiet(new GateDrive()).says(11_500).stops(12_000).at(16_000);
    expect(call.verdict).toMatchObject({ verdict: "undecided" });
  });

  test("somebody the VAD does not hear is not nobody", () => {
    const call = quiet(new GateDrive()).at(9200).sound(0, 0, 0, 1);
    const frame = { floorDbfs: -60, speechDbfs: -24, zeroShare: 0, clippedShare: 0, speechMs: 0, soundMs: 32 };
    call.at(10_000, { type: "sound", frame: { ...frame, classes: [0, 0, 0, 1] } });
    expect(call.at(16_000).verdict).toMatchObject({ verdict: "undecided" });
  });

  test("music for all of the time and two questions", () => {
    const call = quiet(new GateDrive()).says(7000);
    for (let second = 8; second < 12; second++) call.at(second * 1000).sound(0.05, 0.9, 0, 0.05);
    expect(call.at(UNDECIDED_AFTER_MS).verdict).toMatchObject({ verdict: "robocall" });
  });
});

test("hanging up leaves it undecided", () => {
  const call = new GateDrive().she(100, 3000).says(3500).at(5000, { type: "hangup" });
  expect(call.verdict).toMatchObject({ verdict: "undecided", reason: { by: "hang-up" }, atMs: 5000 });
});

test("shadow mode tells what it would have done and lets everybody through", () => {
  const call = new GateDrive({ policy: { mode: "shadow" } }).at(3000, { type: "tone", event: "fax-cng" });
  expect(call.verdict).toMatchObject({ verdict: "undecided", shadowed: true, action: undefined });
});

/** Anything a caller, she and the models may do, but for what decides alone. */
const event = fc.oneof(
  fc.constantFrom("says", "stops", "agent-start", "agent-end", "voice", "music", "noise").map((what) => ({ what })),
  fc.record({ what: fc.constant("scores"), all: fc.double({ min: 0, max: 1, noNaN: true }) }),
);
const steps = fc.array(fc.tuple(fc.integer({ min: 20, max: 2500 }), event), { minLength: 1, maxLength: 40 });

const play = (drive: GateDrive, what: string, atMs: number): GateDrive => {
  if (what === "says") return drive.says(atMs);
  if (what === "stops") return drive.stops(atMs);
  if (what === "voice") return drive.at(atMs).sound(1, 0, 0, 0);
  if (what === "music") return drive.at(atMs).sound(0, 1, 0, 0);
  if (what === "noise") return drive.at(atMs).sound(0, 0, 0, 1);
  if (what === "agent-start" || what === "agent-end") return drive.at(atMs, { type: what });
  return drive.at(atMs);
};

test("nothing is suppressed on one group of evidence: two agree, and she was ignored twice or nobody was there", () => {
  fc.assert(
    fc.property(steps, fc.subarray([...EVIDENCE_GROUPS]), (list, high) => {
      const groups = Object.fromEntries(EVIDENCE_GROUPS.map((group) => [group, high.includes(group) ? 1 : 0]));
      const drive = new GateDrive({ scores: { all: 1, groups } });
      let atMs = 0;
      for (const [afterMs, { what }] of list) {
        atMs += afterMs;
        play(drive, what, atMs);
      }
      const { verdict } = drive.at(atMs + 16_000);
      if (verdict?.verdict !== "robocall") return;
      const { reason } = verdict;
      const { interaction } = drive.gate.evidence;
      expect(reason.by).toBe("agreement");
      if (reason.by !== "agreement") return;
      expect(reason.groups.length).toBeGreaterThanOrEqual(2);
      expect(reason.groups).toContain("interaction");
      const ignored = interaction.failures >= 2 && interaction.yields === 0 && interaction.answers === 0;
      expect(ignored || reason.groups.includes("sound")).toBe(true);
      if (!reason.groups.includes("sound")) expect(high.some((group) => reason.groups.includes(group))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("behaviour alone suppresses nobody who speaks: no other group agrees", () => {
  const alone = { all: 1, groups: { interaction: 1, timing: 0.1, level: 0.1, sound: 0.1, text: 0.1 } };
  const call = voiced(new GateDrive({ scores: alone }).she(100, 1000).says(1500));
  call
    .she(4000, 5400)
    .she(5600, 7200)
    .she(7400, 9000)
    .at(OPEN_UNTIL_MS + 1000);
  expect(call.gate.evidence.interaction.failures).toBe(3);
  expect(call.verdict?.verdict).toBe("undecided");
});

test("the models are asked when their answer could decide something, and once for the owner", () => {
  const talks = new GateDrive({ scores: { all: 0.2, groups: {} }, textScore: -2 })
    .she(100, 3000)
    .says(3500)
    .stops(5000);
  expect(talks.at(11_500).judged).toBe(0);
  expect(talks.at(11_900).judged).toBe(1);
  const ignored = ignoring(new GateDrive({ scores: { all: 0.2, groups: {} } })).at(9700);
  expect(ignored.judged).toBeGreaterThanOrEqual(1);
});

test("who behaves like a person waits for scores, and no longer than they take", () => {
  const play = (options: { readonly scores?: typeof MONOLOGUE }) =>
    voiced(new GateDrive(options).she(100, 3000).says(3500))
      .at(6000, { type: "agent-start" })
      .stops(6600)
      .at(7600, { type: "agent-end" })
      .says(8100);
  expect(play({}).at(8200).verdict).toMatchObject({ verdict: "human" });
  expect(play({ scores: MONOLOGUE }).at(9000).verdict).toBeUndefined();
});
