/** Moving, cancelling and handing over, through the runner and the real tools. Now is Monday 23 November 2026, 10 am in Chennai. */
import { expect, test } from "bun:test";
import { NO_ESCALATION } from "@sk-voice/api/contract/index.ts";
import { Conversation, type ConversationOptions, type Heard } from "../sim/conversation.ts";
import { contact, FakeSuite } from "../sim/fake-suite.ts";
import { COLOUR, HAIRCUT, SALON } from "../sim/workspace.ts";

const utc = (local: string) => new Date(`${local}+05:30`).toISOString();
const FROM = "+919884012345";

/** Priya, who has these appointments. */
function booked(...appointments: (readonly [service: string, at: string])[]): FakeSuite {
  const suite = new FakeSuite(SALON);
  for (const [service, at] of appointments) suite.had(service, utc(at), contact(FROM, "Priya Raghavan"));
  return suite;
}

async function call(lines: readonly string[], options: ConversationOptions = {}) {
  const conversation = new Conversation(options);
  let heard: Heard | undefined;
  for (const line of lines) heard = await conversation.say(line);
  if (!heard) throw new Error("nothing was said");
  const asked = conversation.suite.requests.map(([method]) => method);
  const count = (method: string) => asked.filter((each) => each === method).length;
  return { conversation, heard, count, suite: conversation.suite, script: conversation.script.join("\n") };
}

const timesOf = (suite: FakeSuite) => [...suite.calendar.values()].map(({ starts_at, status }) => [starts_at, status]);

test("the only appointment is moved: found by the calling number, read back, once", async () => {
  const suite = booked([HAIRCUT, "2026-11-24T15:00"]);
  const result = await call(["I need to reschedule my appointment", "Friday at four pm", "yes"], { suite });
  expect(result.script).toContain("You have haircut on Tuesday the 24th of November at 3 pm.");
  expect(result.script).toContain("your haircut moves to Friday the 27th of November at 4 pm");
  expect(result.heard.text).toContain("is now on Friday the 27th of November at 4 pm");
  expect(timesOf(suite)).toEqual([[utc("2026-11-27T16:00"), "rescheduled"]]);
  expect(result.count("reschedule")).toBe(1);
  expect(result.count("book")).toBe(0);
});

test("all in one sentence, the old day named too", async () => {
  for (const line of [
    "can I move my Tuesday appointment to Friday at 4 pm",
    "please move my appointment to Friday at four",
    "I'd like to move my appointment from Tuesday to Friday at 4 pm",
  ]) {
    const suite = booked([HAIRCUT, "2026-11-24T15:00"]);
    const result = await call([line, "yes please"], { suite });
    expect([line, timesOf(suite)]).toEqual([line, [[utc("2026-11-27T16:00"), "rescheduled"]]]);
    expect(result.count("reschedule")).toBe(1);
  }
});

test("the new time is taken: others are offered; a correction before the yes counts", async () => {
  const suite = booked([HAIRCUT, "2026-11-24T15:00"]);
  suite.taken.add(utc("2026-11-27T16:00"));
  await call(["I want to move my appointment", "Friday at 4 pm", "half past four", "no, at five", "yes"], { suite });
  expect(timesOf(suite)).toEqual([[utc("2026-11-27T17:00"), "rescheduled"]]);
});

test("lost at the last moment: the next one", async () => {
  const suite = booked([HAIRCUT, "2026-11-24T15:00"]);
  suite.beforeBooking = ({ starts_at }) => {
    suite.beforeBooking = () => undefined;
    suite.taken.add(starts_at);
  };
  const lost = await call(["reschedule my appointment to Friday at 4 pm", "yes"], { suite });
  expect(lost.heard.text).toContain("taken just now");
});

test("cancelled after a yes, kept after a no, moved instead", async () => {
  const yes = booked([HAIRCUT, "2026-11-24T15:00"]);
  const cancelled = await call(["I need to cancel my appointment tomorrow", "yes"], { suite: yes });
  expect(cancelled.script).toContain("Shall I cancel your haircut on Tuesday the 24th of November at 3 pm?");
  expect(timesOf(yes)).toEqual([[utc("2026-11-24T15:00"), "cancelled"]]);
  expect(cancelled.count("cancel")).toBe(1);
  const no = booked([HAIRCUT, "2026-11-24T15:00"]);
  const kept = await call(["cancel my appointment", "no"], { suite: no });
  expect(kept.count("cancel")).toBe(0);
  expect(kept.heard.text).toContain("it stays as it is");
  const instead = booked([HAIRCUT, "2026-11-24T15:00"]);
  await call(["cancel my appointment", "no, move it to Friday at 4 pm", "yes"], { suite: instead });
  expect(timesOf(instead)).toEqual([[utc("2026-11-27T16:00"), "rescheduled"]]);
});

test("several: which one, by day, service or place", async () => {
  for (const which of ["the haircut", "the one on Tuesday", "the first one"]) {
    const suite = booked([HAIRCUT, "2026-11-24T15:00"], [COLOUR, "2026-11-26T11:00"]);
    const result = await call(["I want to cancel an appointment", which, "yes"], { suite });
    expect(result.script).toContain("Which one is it?");
    expect([which, timesOf(suite).map(([, status]) => status)]).toEqual([which, ["cancelled", "booked"]]);
  }
});

test("under another number: only with the name on file", async () => {
  const other = () => {
    const suite = new FakeSuite(SALON);
    suite.had(HAIRCUT, utc("2026-11-24T15:00"), contact("+919845099999", "Ravi Kumar", 7));
    return suite;
  };
  const right = other();
  const lines = ["I need to cancel my appointment", "Ravi Kumar", "98450 99999", "yes", "yes"];
  const found = await call(lines, { suite: right });
  expect(timesOf(right)).toEqual([[utc("2026-11-24T15:00"), "cancelled"]]);
  expect(found.script).toContain("I don't see an appointment under the number you are calling from.");
  const wrong = other();
  const refused = await call(["I need to cancel my appointment", "Mallory Jones", "98450 99999", "yes", "yes", "yes"], {
    suite: wrong,
  });
  expect(refused.count("cancel")).toBe(0);
  expect(refused.script).toContain("I can't find that appointment");
  expect(refused.script).not.toContain("Tuesday the 24th");
  expect(refused.conversation.left).toMatchObject([{ subject: "Cancel an appointment", from_name: "Mallory Jones" }]);
});

test("the calendar is down: a message with the wish", async () => {
  const suite = booked([HAIRCUT, "2026-11-24T15:00"]);
  suite.failing.add("appointments");
  const result = await call(["I need to cancel my appointment tomorrow", "yes", "Priya", "yes"], { suite });
  expect(result.conversation.left).toMatchObject([
    { subject: "Cancel an appointment", body: "I need to cancel my appointment tomorrow" },
  ]);
});

const STAFFED = { ...SALON, escalation: { ...NO_ESCALATION, transfer_to: "+914442009999" } };

test("a human on request: rung once; nobody there becomes a message", async () => {
  const connected = await call(["can I speak to a human please"], { settings: STAFFED, handOver: "connected" });
  expect(connected.conversation.handedOver).toEqual([
    { to: "+914442009999", trigger: "explicit_request", reason: "can I speak to a human please" },
  ]);
  expect(connected.conversation.facts).toContainEqual({
    type: "escalated",
    trigger: "explicit_request",
    reason: "can I speak to a human please",
  });
  const lines = ["can I speak to a human please", "it is about my bill", "Ravi", "yes", "can I speak to a human"];
  const nobody = await call(lines, { settings: STAFFED });
  expect(nobody.conversation.handedOver).toHaveLength(1);
  expect(nobody.conversation.left).toMatchObject([{ subject: "Call back requested", body: "it is about my bill" }]);
});

test("by rule: keyword, topic, VIP, two failures; by mood; and not outside the hours", async () => {
  const rules = {
    ...STAFFED.escalation,
    keywords: ["lawyer"],
    topics: ["refund"],
    vip_numbers: ["+919000000001"],
    sentiment_below: -0.5,
  };
  const settings = { ...STAFFED, escalation: rules };
  const cases: readonly (readonly [readonly string[], string, string, ConversationOptions])[] = [
    [["you will hear from my lawyer"], "rule", "keyword: lawyer", {}],
    [["I want my money back, a refund"], "rule", "topic: refund", {}],
    [["hello"], "rule", "VIP caller", { from: "+919000000001" }],
    [["can you repair my moped", "do you repair bicycles then"], "rule", "2 failures in a row", {}],
    [["this is ridiculous, nobody called me back"], "sentiment", "The caller is upset", {}],
  ];
  for (const [lines, trigger, reason, options] of cases) {
    const { conversation } = await call(lines, { settings, handOver: "connected", ...options });
    expect(conversation.handedOver).toHaveLength(1);
    expect(conversation.handedOver[0]).toMatchObject({ trigger });
    expect(conversation.handedOver[0]?.reason).toContain(reason);
  }
  const closed = {
    ...settings,
    escalation: { ...rules, hours: "open_hours" as const },
    hours: { ...SALON.hours, monday: [] },
  };
  expect((await call(["you will hear from my lawyer"], { settings: closed })).conversation.handedOver).toEqual([]);
  const calm = await call(["haircut tomorrow at 3", "Priya", "yes", "yes"], { settings });
  expect(calm.conversation.handedOver).toEqual([]);
});
