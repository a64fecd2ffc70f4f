import { expect, test } from "bun:test";
import { settingsFor } from "./call-settings.ts";
import { CrmSession } from "./crm-session.ts";
import { PinPad } from "./pin-pad.ts";
import { systemPrompt } from "./prompt.ts";
import { FakeSuite } from "./sim/fake-suite.ts";
import { NOW_EPOCH_MS, SALON } from "./sim/workspace.ts";
import { createTools } from "./tools.ts";

const AGENT = {
  ...SALON,
  model: "gpt-4.1-mini",
  instructions: "Mention the spring discount.",
  profiles: [
    { number: "+914442001234", voice: "rms", languages: ["ta-IN"], greeting: "Vanakkam.", tools: ["take_message"] },
    { number: "+914442009999", model: "gpt-4.1", voice: undefined },
  ],
};

test("a call has what its number has of its own, and the business's otherwise", () => {
  const tamil = settingsFor(AGENT, "sip:+914442001234@198.51.100.1");
  expect(tamil).toMatchObject({ voice: "rms", languages: ["ta-IN"], greeting: "Vanakkam.", model: "gpt-4.1-mini" });
  expect(tamil.business_name).toBe(SALON.business_name);
  expect(settingsFor(AGENT, "+914442009999")).toMatchObject({ model: "gpt-4.1", voice: SALON.voice });
  expect(settingsFor(AGENT, "sip:suki@198.51.100.1")).toBe(AGENT);
});

test("what is asked for one call goes before what its number has", () => {
  const own = { voice: "slt", tools: ["answer_from_knowledge"], greeting: undefined };
  const tried = settingsFor(AGENT, "+914442001234", own);
  expect(tried).toMatchObject({
    voice: "slt",
    tools: ["answer_from_knowledge"],
    languages: ["ta-IN"],
    greeting: "Vanakkam.",
  });
  expect(settingsFor(AGENT, "+914442009999", { model: "gpt-5" })).toMatchObject({ model: "gpt-5", voice: SALON.voice });
  expect(settingsFor(AGENT, "suki", null)).toBe(AGENT);
});

test("she has the tools that were named, and can always end the call", () => {
  const settings = settingsFor(AGENT, "+914442001234");
  const suite = new FakeSuite(settings);
  const crm = new CrmSession(suite, { callId: "cal_1", from: null, to: "suki" });
  const deps = {
    suite,
    crm,
    pinPad: new PinPad(),
    leaveMessage: () => {},
    handOver: async () => "unavailable" as const,
  };
  expect([...createTools({ ...deps, settings }).keys()]).toEqual(["take_message", "end_call"]);
  expect(createTools({ ...deps, settings: SALON }).size).toBeGreaterThan(8);
});

test("the owner's instructions come after the rules, and outside of what is data", () => {
  const prompt = systemPrompt({ settings: AGENT, context: null, from: null, nowEpochMs: NOW_EPOCH_MS });
  const at = prompt.indexOf("Mention the spring discount.");
  expect(at).toBeGreaterThan(prompt.indexOf("What you do:"));
  expect(at).toBeLessThan(prompt.lastIndexOf("<data>"));
  expect(systemPrompt({ settings: SALON, context: null, from: null, nowEpochMs: NOW_EPOCH_MS })).not.toContain(
    "The owner asks",
  );
});
