import { expect, test } from "bun:test";
import type { CallInfo } from "./events.ts";
import { CallRecord } from "./record.ts";

const INFO: CallInfo = {
  callId: "cal_01JD0000000000000000000001",
  engineId: "e",
  from: null,
  fromDisplay: null,
  to: "suki",
  transport: "sip",
  codec: "PCMU",
  language: "en-IN",
  languages: ["en-IN", "hi", "ta"],
  voice: "",
  greeting: [],
  startedAtEpochMs: 0,
};
const media = {
  figures: () => ({ packetsReceived: 0, packetsLost: 0, packetsSent: 0, jitterMs: 0 }),
  recording: () => null,
};

function recordOf(...said: string[]) {
  const record = new CallRecord(INFO, media as never);
  record.answered(0);
  for (const text of said) record.caller({ text, confidence: undefined, speechStartMs: 0, speechEndMs: 1 } as never);
  return record;
}

test("each turn has its language and mood; what says nothing keeps the language", () => {
  const { lines } = recordOf(
    "I would like an appointment",
    "mujhe kal ka appointment chahiye",
    "ok",
    "எனக்கு அப்பாயின்ட்மென்ட் வேணும்",
    "this is ridiculous, what do you want",
  );
  expect(lines.map(({ language }) => language)).toEqual(["en-IN", "hi", "hi", "ta", "en-IN"]);
  expect(lines.map(({ sentiment }) => sentiment?.label)).toEqual([
    "neutral",
    "neutral",
    "neutral",
    "neutral",
    "frustrated",
  ]);
});

test("a call is in the language of most of its turns", () => {
  expect(recordOf("namaste ji", "mera appointment kal hai kya").completed(1, "caller").language).toBe("hi");
  expect(recordOf("hello", "what is the price").completed(1, "caller").language).toBe("en-IN");
  expect(recordOf().completed(1, "caller").language).toBe("en-IN");
});

test("tool calls are told bounded, and without what is secret", () => {
  const record = recordOf();
  const ran = { result: `{"said":"${"x".repeat(900)}"}`, status: "done", durationMs: 40 } as const;
  record.tool(1040, 2, {
    ...ran,
    name: "verify_owner",
    arguments: { pin: "4711", note: "y".repeat(900), days: [1, 2] },
  });
  const [call] = record.completed(2000, "caller").tool_calls ?? [];
  expect(call).toMatchObject({ turn: 2, name: "verify_owner", status: "done", at_ms: 1000, duration_ms: 40 });
  expect(call?.arguments).toEqual({ pin: "•••", note: `${"y".repeat(199)}…`, days: "[1,2]" });
  expect(call?.result).toHaveLength(400);
  for (let i = 0; i < 600; i++) record.tool(2000, 3, { ...ran, name: "again", arguments: null });
  expect(record.completed(2000, "caller").tool_calls).toHaveLength(500);
});

test("her words have the times at which they were heard", () => {
  const record = recordOf();
  const part = { playedMs: 400, complete: true, wordStartsMs: [0, 200] };
  record.agent(1400, [{ ...part, text: "Good morning.", startedAtMs: 1000 }], false);
  record.agent(3000, [{ ...part, text: "Two words", startedAtMs: 2000, wordStartsMs: [] }], false);
  expect(record.lines.map(({ word_ms }) => word_ms)).toEqual([[1000, 1200], undefined]);
});
