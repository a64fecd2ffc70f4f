/** The owner on the line, through the runner and the real tools. */
import { expect, test } from "bun:test";
import { Conversation } from "../sim/conversation.ts";
import { FakeSuite } from "../sim/fake-suite.ts";
import { HAIRCUT, SALON } from "../sim/workspace.ts";
import { summarise } from "../summary.ts";

const OWNER = "+919884012345";

function call(from: string | null = OWNER): Conversation {
  const suite = new FakeSuite(SALON);
  suite.owner = { phone: OWNER, pin: "4711" };
  return new Conversation({ suite, from });
}

test("PIN by keys, hours, a price and a notice: read back, confirmed, saved once each", async () => {
  const owner = call();
  expect((await owner.say("This is the owner, I want to change our opening hours")).expects).toBe("pin");
  expect((await owner.types("4711#")).text).toContain("What would you like to change");
  const readBack = await owner.say("On Saturday we open at ten and close at three");
  expect(readBack.text).toContain("on Saturday from 10 am to 3 pm");
  expect(readBack.expects).toBe("yes-no");
  expect(owner.suite.changes).toEqual([]);
  expect((await owner.say("yes")).text).toContain("Saved.");
  expect((await owner.say("a haircut now costs six hundred rupees")).text).toContain("Haircut costs 600 rupees");
  await owner.say("yes");
  await owner.say("tell callers that we are closed on Friday for Pongal");
  await owner.say("yes please");
  expect((await owner.say("no, that's all")).ended).toBe(true);
  expect(owner.suite.changes).toEqual([
    { type: "hours", days: ["saturday"], hours: [{ from: "10:00", to: "15:00" }] },
    { type: "price", service_id: HAIRCUT, amount: 600 },
    { type: "notice", text: "We are closed on Friday for Pongal." },
  ]);
  const { outcome, summary } = summarise({ lines: [], facts: owner.facts, fields: {} });
  expect(outcome).toBe("owner_update");
  expect(summary).toContain("Haircut costs 600 rupees");
  expect(owner.script.join("\n")).not.toContain("4711");
});

test("corrected at the read-back, and not saved after a no", async () => {
  const owner = call();
  await owner.say("I'm the owner");
  await owner.types("4711");
  await owner.say("we are open on Saturday from ten to two");
  expect((await owner.say("no, on Sunday from ten to two")).text).toContain("on Sunday from 10 am to 2 pm");
  expect((await owner.say("no")).text).toContain("I won't save it");
  expect(owner.suite.changes).toEqual([]);
});

test("a wrong PIN, then locked: nothing changes; a spoken one is not taken", async () => {
  const owner = call();
  await owner.say("I'm the owner, change the prices");
  expect((await owner.say("four seven one one")).text).toContain("I can't take it by voice");
  expect(owner.suite.requests.some(([method]) => method === "verifyOwner")).toBe(false);
  expect((await owner.types("1111")).text).toContain("That is not right");
  await owner.types("2222");
  expect((await owner.types("3333")).text).toContain("locked for a while");
  await owner.say("a haircut costs one rupee");
  expect(owner.suite.changes).toEqual([]);
});

test("from another number or none the same words change nothing", async () => {
  const stranger = call("+919845099999");
  await stranger.say("I'm the owner");
  expect((await stranger.types("4711")).text).toContain("That is not right");
  expect((await call(null).say("I'm the owner")).text).toContain("call from your registered number");
});

test("a model that changes without a PIN is refused by the tool", async () => {
  const owner = call();
  const tool = owner.tools.get("change_knowledge");
  const change = { type: "price", service_id: HAIRCUT, amount: 1 };
  const outcome = await tool?.run({ change }, { idempotencyKey: "k", nowEpochMs: 0 });
  expect(outcome?.result).toEqual({ error: "not_verified" });
  expect(owner.suite.changes).toEqual([]);
});
