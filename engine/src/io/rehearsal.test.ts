import { expect, test } from "bun:test";
import type { VadModel } from "@sk-voice/models/ports.ts";
import { SALON } from "../receptionist/sim/workspace.ts";
import { createLog } from "./log.ts";
import { rehearse } from "./rehearsal.ts";
import { ScreeningThread } from "./screening-thread.ts";

const vad: VadModel = {
  name: "none",
  windowSamples: 256,
  createState: () => ({ data: new Float32Array(0) }),
  infer: async () => {},
  close: async () => {},
};

test("the rehearsal goes all the way: greeting, a question, its answer, the report", async () => {
  const log = createLog({ level: "silent", name: "test" });
  const screening = await ScreeningThread.open([], log);
  const reports = await rehearse({ agent: SALON, vad, screening });
  const told = reports.find(({ type }) => type === "call.completed");
  if (told?.type !== "call.completed") throw new Error("the rehearsal was not told of");
  expect(told.transcript.map(({ speaker }) => speaker)).toEqual(["agent", "caller", "agent"]);
  expect(told.finalize.outcome).toBe("answered");
});
