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
