import { expect, test } from "bun:test";
import { Conversation, type ConversationOptions } from "./sim/conversation.ts";
import { fixtureId, HAIRCUT, NOW_EPOCH_MS } from "./sim/workspace.ts";

function setUp(options: ConversationOptions = {}) {
  const { suite, tools, left } = new Conversation(options);
  let count = 0;
  const use = async (name: string, args: unknown, key = `k${++count}`) => {
    const tool = tools.get(name);
    if (!tool) throw new Error(`no tool ${name}`);
    return tool.run(args, { idempotencyKey: key, nowEpochMs: NOW_EPOCH_MS });
  };
  const openings = async (args: object) => {
    const { result } = await use("check_availability", { service: "haircut", ...args });
    return (result["openings"] as { slot_id: string; date: string; time: string }[]).map((each) => each);
  };
  return { suite, tools, left, use, openings };
}

test("every tool is described by a JSON Schema object", () => {
  const { tools } = setUp();
  expect([...tools.keys()]).toEqual([
    "check_availability",
    "find_next_opening",
    "book_appointment",
    "find_contact",
    "reschedule_appointment",
    "cancel_appointment",
    "answer_from_knowledge",
    "note_caller",
    "take_message",
    "escalate",
    "verify_owner",
    "change_knowledge",
    "end_call",
  ]);
  for (const { definition } of tools.values()) {
    expect(definition.parameters["type"]).toBe("object");
    expect(definition.parameters["$schema"]).toBeUndefined();
    expect(definition.description.length).toBeGreaterThan(20);
  }
  expect([...tools].filter(([, tool]) => tool.sideEffect).map(([name]) => name)).toEqual([
    "book_appointment",
    "reschedule_appointment",
    "cancel_appointment",
    "take_message",
    "escalate",
    "verify_owner",
    "change_knowledge",
    "end_call",
  ]);
});

test("availability: exact, nearest, spread, by part of the day and window", async () => {
  const { use, openings, suite } = setUp();
  const times = async (args: object) => (await openings(args)).map(({ time }) => time);
  expect(await times({ date: "2026-11-24", time: "15:00" })).toEqual(["15:00"]);
  expect(await times({ date: "2026-11-24" })).toEqual(["09:00", "13:00", "17:30"]);
  expect(await times({ date: "2026-11-24", part_of_day: "afternoon" })).toEqual(["12:00", "14:00", "16:30"]);
  expect(await times({ date: "2026-11-24", after: "16:30", before: "17:30" })).toEqual(["16:30", "17:00"]);
  suite.taken.add("2026-11-24T09:30:00.000Z");
  const { result } = await use("check_availability", { service: "haircut", date: "2026-11-24", time: "15:00" });
  expect(result["exact"]).toBeNull();
  expect(await times({ date: "2026-11-24", time: "15:00" })).toEqual(["14:30", "15:30"]);
});

test("availability: a day in the past or closed gives the next opening", async () => {
  const { use } = setUp();
  const closed = await use("check_availability", { service: "haircut", date: "2026-11-29" });
  expect(closed.result).toMatchObject({ openings: [], closed: true, next: { date: "2026-11-30", time: "09:00" } });
  const past = await use("check_availability", { service: "haircut", date: "2026-11-01" });
  expect(past.result).toMatchObject({ openings: [], next: { date: "2026-11-23", time: "10:00" } });
  const late = await use("check_availability", { service: "haircut", date: "2026-11-24", time: "21:00" });
  expect(late.result).toMatchObject({ exact: null, outside_hours: true });
});

test("an unknown service is answered with the known ones; a day that does not exist is refused", async () => {
  const { use } = setUp();
  expect((await use("check_availability", { service: "massage" })).result).toMatchObject({ error: "unknown_service" });
  expect(use("check_availability", { service: "haircut", date: "2026-02-30" })).rejects.toThrow();
});

test("only slots this call was offered can be booked", async () => {
  const { use, suite } = setUp();
  const { result } = await use("book_appointment", { slot_id: fixtureId("slt", 1), name: "Priya" });
  expect(result["error"]).toBe("unknown_slot");
  expect(suite.requests).toEqual([]);
});

test("a booking carries contact, service, call and name, and happens once however often it is asked for", async () => {
  const { use, openings, suite } = setUp();
  const [slot] = await openings({ date: "2026-11-24", time: "15:00" });
  const args = { slot_id: slot!.slot_id, name: "Priya" };
  const outcomes = await Promise.all([use("book_appointment", args), use("book_appointment", args)]);
  expect(outcomes.map(({ result }) => result["status"])).toEqual(["booked", "booked"]);
  expect((await use("book_appointment", args)).result["status"]).toBe("booked");
  expect(suite.booked).toEqual([
    { slot_id: slot!.slot_id, contact_id: fixtureId("ctc", 1), service: HAIRCUT, call_id: fixtureId("cal", 1) },
  ]);
  expect(suite.fields.get("name")).toBe("Priya");
});

test("a booking that failed may be tried again", async () => {
  const { use, openings, suite } = setUp();
  const [slot] = await openings({ date: "2026-11-24", time: "15:00" });
  const args = { slot_id: slot!.slot_id, name: "Priya" };
  suite.failing.add("book");
  expect(use("book_appointment", args)).rejects.toThrow("the suite is down");
  suite.failing.clear();
  expect((await use("book_appointment", args)).result["status"]).toBe("booked");
});

test("a withheld number needs one to be told; a wrong one is refused", async () => {
  const { use, openings, suite } = setUp({ from: null });
  const [slot] = await openings({ date: "2026-11-24", time: "15:00" });
  const args = { slot_id: slot!.slot_id, name: "Priya" };
  expect((await use("book_appointment", args)).result["error"]).toBe("phone_needed");
  expect((await use("book_appointment", { ...args, phone: "12" })).result["error"]).toBe("invalid_phone");
  expect((await use("book_appointment", { ...args, phone: "98840 12345" })).result["status"]).toBe("booked");
  expect(suite.fields.get("phone")).toBe("+919884012345");
});

test("one message a call", async () => {
  const { use, left } = setUp();
  const message = { name: "Ravi", subject: "Bill", body: "Please call back" };
  expect((await use("take_message", message)).result["status"]).toBe("taken");
  expect((await use("take_message", message)).result["error"]).toBe("already_taken");
  expect(left).toEqual([
    {
      from_name: "Ravi",
      callback_number: "+919884012345",
      subject: "Bill",
      body: "Please call back",
      urgency: "normal",
    },
  ]);
});

test("fields that could not be sent are facts all the same", async () => {
  const { use, suite } = setUp();
  suite.failing.add("openSession");
  const { facts } = await use("note_caller", { name: "Ravi" });
  expect(facts).toEqual([{ type: "field", name: "name", value: "Ravi" }]);
});
