import { describe, expect, test } from "bun:test";
import { PHRASES } from "../talk/phrases.ts";
import { Call } from "./call.ts";
import { type CallInput, type CallOutput, NO_MEDIA } from "./events.ts";
import type { TransferOutcome } from "./transfer-types.ts";

/** A call in which a tool has asked for a hand-over and she says so. */
function asked() {
  const call = new Call(
    {
      callId: "cal_01JD0000000000000000000001",
      engineId: "test",
      from: "+919845012345",
      fromDisplay: null,
      to: "suki",
      transport: "sip",
      codec: "PCMU",
      language: "en",
      voice: "",
      greeting: ["Hello."],
      startedAtEpochMs: 1_790_000_000_000,
    },
    { figures: () => NO_MEDIA, recording: () => null },
  );
  let now = 0;
  const outputs = (): CallOutput[] => {
    const all: CallOutput[] = [];
    for (let output = call.poll(); output; output = call.poll()) if (output.type !== "draft") all.push(output);
    return all;
  };
  const tell = (input: CallInput): CallOutput[] => {
    now += 100;
    call.handle(now, input);
    return outputs();
  };
  /** Plays the item to its end. */
  const play = (item: number): CallOutput[] => {
    now += 1000;
    call.played(now, item, 1000, true);
    return outputs();
  };
  const speech = (text: string): CallOutput[] => {
    tell({ type: "speech-start", atMs: now });
    now += 400;
    const overlap = tell({ type: "tick" });
    const ended = [...tell({ type: "speech-end", atMs: now })];
    now += 400;
    ended.push(...tell({ type: "tick" }));
    const asking = ended.findLast((output) => output.type === "transcribe");
    if (asking?.type !== "transcribe") throw new Error("nothing is transcribed");
    const heard = tell({ type: "transcript", request: asking.request, text, confidence: 0.9, language: "en" });
    now += 3000;
    return [...overlap, ...heard, ...tell({ type: "tick" })];
  };
  tell({ type: "answered" });
  play(1);
  const think = speech("I want a person.").find((output) => output.type === "think");
  const turn = think?.type === "think" ? think.turn : 0;
  tell({ type: "reply-text", turn, text: "I will put you through. " });
  tell({ type: "transfer-start" });
  play(2);
  /** Lets time pass, waking the call whenever it wants, and finishing what she says. */
  const tick = (ms: number): CallOutput[] => {
    const all: CallOutput[] = [];
    for (const until = now + ms; now < until; ) {
      now = Math.min(until, Math.max(now + 1, call.deadline()));
      call.handle(now, { type: "tick" });
      for (const output of outputs()) {
        all.push(output);
        if (output.type === "speak") all.push(...play(output.item));
      }
    }
    return all;
  };
  return { tell, tick, speech, turn };
}

const spoken = (outputs: readonly CallOutput[]) => outputs.flatMap((out) => (out.type === "speak" ? [out.text] : []));

describe("while the human's telephone rings", () => {
  test("she says a word every ten seconds and never that she has trouble", () => {
    const { tick } = asked();
    expect(spoken(tick(8500))).toEqual([]);
    expect(spoken(tick(20_000))).toEqual([PHRASES.connecting, PHRASES.connecting]);
  });

  test("words of the caller are answered with one sentence and start no other reply", () => {
    const { speech } = asked();
    const outputs = speech("Hello?");
    expect(outputs.filter(({ type }) => type === "think" || type === "interrupt")).toEqual([]);
    expect(spoken(outputs)).toEqual([PHRASES.connecting]);
  });
});

describe("the outcome", () => {
  for (const outcome of ["no-answer", "busy", "declined", "forbidden", "failed"] satisfies TransferOutcome[]) {
    test(`${outcome}: her reply goes on`, () => {
      const { tell, turn } = asked();
      expect(tell({ type: "transfer-result", outcome })).toEqual([]);
      expect(spoken(tell({ type: "reply-text", turn, text: "Nobody is there. " }))).toEqual(["Nobody is there."]);
    });
  }

  for (const outcome of ["bridged", "referred"] satisfies TransferOutcome[]) {
    test(`${outcome}: she hears and says nothing more, the outcome is escalated`, () => {
      const { tell, turn } = asked();
      tell({ type: "transfer-result", outcome });
      const fact = { type: "escalated", trigger: "explicit_request", reason: "wants a person" } as const;
      expect(tell({ type: "fact", fact })).toMatchObject([{ type: "report", report: { type: "call.escalated" } }]);
      expect(tell({ type: "reply-text", turn, text: "You are through. " })).toEqual([]);
      expect(tell({ type: "speech-start", atMs: 9000 })).toEqual([]);
      expect(tell({ type: "digit", digit: "5" })).toEqual([]);
      const report = tell({ type: "hangup", by: "caller" }).findLast((output) => output.type === "report");
      expect(report).toMatchObject({ report: { ended_by: "caller", finalize: { outcome: "escalated" } } });
    });
  }
});
