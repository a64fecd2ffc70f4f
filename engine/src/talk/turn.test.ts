import { expect, test } from "bun:test";
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import fc from "fast-check";
import { TurnTaking } from "./turn.ts";
import { DEFAULT_TURN_OPTIONS, type TurnInput, type TurnOutput } from "./turn-events.ts";

function drain(turns: TurnTaking): TurnOutput[] {
  const out: TurnOutput[] = [];
  for (let next = turns.poll(); next; next = turns.poll()) out.push(next);
  return out;
}

/** Runs inputs at their times, ticking at every deadline in between. */
function play(
  turns: TurnTaking,
  script: readonly (readonly [number, TurnInput])[],
  untilMs: number,
): [number, TurnOutput][] {
  const log: [number, TurnOutput][] = [];
  const collect = (now: number) => {
    for (const output of drain(turns)) log.push([now, output]);
  };
  for (const [at, input] of [...script, [untilMs, { type: "tick" }] as const]) {
    while (turns.deadline() <= at) {
      const due = turns.deadline();
      turns.handle(due, { type: "tick" });
      collect(due);
    }
    turns.handle(at, input);
    collect(at);
  }
  return log;
}

const types = (log: readonly [number, TurnOutput][]) => log.map(([at, output]) => `${at} ${output.type}`);
const text = (request: number, words: string): TurnInput => ({
  type: "transcript",
  request,
  text: words,
  confidence: 0.9,
});

test("a finished sentence is committed 450 ms after its last voice", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects: "open" }],
      [1000, { type: "reply-end" }],
      [2000, { type: "speech-start", atMs: 1900 }],
      [3200, { type: "speech-end", atMs: 3000 }],
      [3400, text(3, "I'd like an appointment.")],
    ],
    4000,
  );
  expect(types(log)).toEqual(["1000 new-utterance", "2000 new-utterance", "3200 transcribe", "3450 commit"]);
  expect(log[3]?.[1]).toMatchObject({ speechStartMs: 1900, speechEndMs: 3000, endpointMs: 3450 });
});

test("a pause inside the turn does not end it, is remembered, and the words are decoded anew", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "speech-start", atMs: 0 }],
      [1200, { type: "speech-end", atMs: 1000 }],
      [1300, text(2, "tomorrow at")],
      [1900, { type: "speech-start", atMs: 1850 }],
      [2700, { type: "speech-end", atMs: 2500 }],
      [2800, text(3, "tomorrow at three.")],
    ],
    4000,
  );
  expect(types(log)).toEqual(["0 new-utterance", "1200 transcribe", "2700 transcribe", "3060 commit"]);
  expect(log.at(-1)?.[1]).toMatchObject({ text: "tomorrow at three.", speechStartMs: 0 });
});

test("an answer of the recogniser to an older request is ignored", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "speech-start", atMs: 0 }],
      [1200, { type: "speech-end", atMs: 1000 }],
      [1300, { type: "speech-start", atMs: 1300 }],
      [2200, { type: "speech-end", atMs: 2000 }],
      [2250, text(2, "old")],
      [2300, text(3, "new words here.")],
    ],
    3000,
  );
  expect(log.at(-1)?.[1]).toMatchObject({ type: "commit", text: "new words here." });
});

test("overlap ducks her at once, holds her after 240 ms and stops her after 840 when no words come", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects: "open" }],
      [480, { type: "onset", atMs: 420 }],
      [500, { type: "speech-start", atMs: 420 }],
    ],
    1400,
  );
  expect(types(log)).toEqual([
    "480 duck",
    "500 new-utterance",
    "660 hold",
    "700 transcribe",
    "1260 unduck",
    "1260 interrupt",
  ]);
  expect(turns.state).toBe("hearing");
});

test("words stop her as soon as they are known", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects: "open" }],
      [500, { type: "speech-start", atMs: 420 }],
      [820, text(3, "No, I want")],
    ],
    900,
  );
  expect(types(log).slice(-2)).toEqual(["820 unduck", "820 interrupt"]);
});

test("a sound that is never called voice only ducks her", () => {
  const log = play(
    new TurnTaking(DEFAULT_TURN_OPTIONS),
    [
      [0, { type: "reply-start", expects: "open" }],
      [500, { type: "onset", atMs: 480 }],
    ],
    2000,
  );
  expect(types(log)).toEqual(["500 duck", "700 unduck"]);
});

test("a cough over her sentence only ducks her", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects: "open" }],
      [500, { type: "speech-start", atMs: 450 }],
      [640, { type: "speech-end", atMs: 560 }],
    ],
    2000,
  );
  expect(types(log)).toEqual(["500 duck", "500 new-utterance", "640 transcribe", "640 unduck"]);
  expect(turns.state).toBe("replying");
});

const overlapping = (endMs: number, words: string, confidence: number, expects: AnswerKind = "open") => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const said = { type: "transcript", request: 4, text: words, confidence } as const;
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects }],
      [0, { type: "last-sentence" }],
      [500, { type: "speech-start", atMs: 450 }],
      [endMs + 100, { type: "speech-end", atMs: endMs }],
      [endMs + 260, said],
    ],
    endMs + 1000,
  );
  return { state: turns.state, types: log.map(([, { type }]) => type) };
};

test("an uh-huh pauses her, and she goes on where she was", () => {
  const { state, types: seen } = overlapping(900, "Uh-huh.", 0.6);
  expect(state).toBe("replying");
  expect(seen).toEqual(["duck", "new-utterance", "hold", "transcribe", "transcribe", "unduck"]);
});

test("a mumble does not stop her, nor what the recogniser hears in a cough", () => {
  expect(overlapping(900, "A hug.", 0.46).state).toBe("replying");
  expect(overlapping(900, "H. M. M.", 0.85).state).toBe("replying");
  expect(overlapping(900, "You", 0.89).state).toBe("replying");
});

test("a yes to the question she is asking is an answer", () => {
  expect(overlapping(900, "Yes.", 0.9, "yes-no").types).toContain("interrupt");
  expect(overlapping(900, "Yes.", 0.9, "open").types).not.toContain("interrupt");
});

test("a no! too short to stop her stops her when its word is known, and is answered", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects: "open" }],
      [500, { type: "speech-start", atMs: 450 }],
      [700, { type: "speech-end", atMs: 640 }],
      [880, text(3, "No!")],
    ],
    2000,
  );
  expect(types(log).slice(-3)).toEqual(["700 unduck", "880 interrupt", "1090 commit"]);
});

test("speech that begins on her last word is the next turn", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects: "yes-no" }],
      [1000, { type: "speech-start", atMs: 950 }],
      [1050, { type: "reply-end" }],
      [1400, { type: "speech-end", atMs: 1250 }],
      [1500, text(4, "yes")],
    ],
    2000,
  );
  expect(types(log)).toEqual(["1000 duck", "1000 new-utterance", "1050 unduck", "1400 transcribe", "1650 commit"]);
});

test("a recogniser that never answers is not waited for longer than 2.7 s after the voice", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "speech-start", atMs: 0 }],
      [1200, { type: "speech-end", atMs: 1000 }],
    ],
    6000,
  );
  expect(types(log)).toEqual(["0 new-utterance", "1200 transcribe", "3700 missed"]);
});

test("a recogniser that fails is owned up to at once, a short noise or not", () => {
  const log = play(
    new TurnTaking(DEFAULT_TURN_OPTIONS),
    [
      [0, { type: "speech-start", atMs: 0 }],
      [500, { type: "speech-end", atMs: 300 }],
      [600, { type: "transcript-failed", request: 2 }],
    ],
    1000,
  );
  expect(types(log)).toEqual(["0 new-utterance", "500 transcribe", "600 missed"]);
});

test("words in a sound that the VAD did not call voice are a turn; noise is not", () => {
  const heard = (words: string) => {
    const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
    const log = play(
      turns,
      [
        [0, { type: "reply-start", expects: "open" }],
        [0, { type: "reply-end" }],
        [2000, { type: "sound", startMs: 1000, endMs: 1900 }],
        [2200, text(2, words)],
      ],
      4000,
    );
    return types(log).slice(1);
  };
  expect(heard("When are you open?")).toEqual(["2000 transcribe", "2350 commit"]);
  expect(heard("")).toEqual(["2000 transcribe"]);
  expect(heard("You")).toEqual(["2000 transcribe"]);
});

test("a short noise without words is not answered", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "speech-start", atMs: 0 }],
      [500, { type: "speech-end", atMs: 300 }],
      [600, text(2, "")],
    ],
    3000,
  );
  expect(types(log)).toEqual(["0 new-utterance", "500 transcribe"]);
  expect(turns.state).toBe("listening");
});

test("silence is told again and again, counting", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects: "open" }],
      [0, { type: "reply-end" }],
    ],
    17_000,
  );
  expect(types(log)).toEqual(["0 new-utterance", "8000 silence", "16000 silence"]);
});

test("keys interrupt her and are committed together", () => {
  const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
  const log = play(
    turns,
    [
      [0, { type: "reply-start", expects: "digits" }],
      [500, { type: "keys", digits: "4" }],
      [900, { type: "keys", digits: "2" }],
    ],
    4000,
  );
  expect(types(log)).toEqual(["500 interrupt", "2900 commit"]);
  expect(log[1]?.[1]).toMatchObject({ text: "42", confidence: 1 });
});

const anyInput: fc.Arbitrary<TurnInput> = fc.oneof(
  fc.nat(400).map((agoMs): TurnInput => ({ type: "onset", atMs: agoMs })),
  fc.constant<TurnInput>({ type: "onset-lost" }),
  fc.nat(400).map((agoMs): TurnInput => ({ type: "speech-start", atMs: agoMs })),
  fc.nat(400).map((agoMs): TurnInput => ({ type: "speech-end", atMs: agoMs })),
  fc.nat(20).map((request): TurnInput => text(request, "words")),
  fc.constantFrom<TurnInput>({ type: "reply-start", expects: "open" }, { type: "reply-end" }, { type: "tick" }),
  fc.constant<TurnInput>({ type: "keys", digits: "5" }),
);

test("whatever comes in, she is ducked, held and let go in turn, and a commit always has words", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1500), anyInput), { maxLength: 60 }), (steps) => {
      const turns = new TurnTaking(DEFAULT_TURN_OPTIONS);
      let now = 0;
      const script = steps.map(([gapMs, input]) => {
        now += gapMs;
        const placed = "atMs" in input ? { ...input, atMs: now - input.atMs } : input;
        return [now, placed] as const;
      });
      let [ducked, held] = [false, false];
      for (const [, output] of play(turns, script, now + 10_000)) {
        if (output.type === "duck") {
          expect(ducked).toBe(false);
          ducked = true;
        } else if (output.type === "hold") {
          expect([ducked, held]).toEqual([true, false]);
          held = true;
        } else if (output.type === "unduck") {
          expect(ducked).toBe(true);
          ducked = held = false;
        } else if (output.type === "commit") expect(output.text).not.toBe("");
      }
    }),
  );
});
