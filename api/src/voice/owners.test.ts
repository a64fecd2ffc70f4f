import { beforeAll, describe, expect, test } from "bun:test";
import { callId, phone } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

for (const engine of await engines()) {
  describe(`owners on ${engine.name}`, () => {
    let suite: Suite;
    const number = phone();
    beforeAll(async () => {
      suite = await openSuite(engine);
    });
    const verify = async (pin: string, call = callId(), from = number) =>
      (await suite.call("POST", "/voice/v1/engine/owner-verifications", { call_id: call, phone: from, pin })).json;
    const change = (call: string, what: object) =>
      suite.call("POST", "/voice/v1/engine/owner-changes", { call_id: call, change: what });
    const agent = async () => (await suite.call("GET", "/voice/v1/agent")).json;

    test("registered with a PIN that nobody reads again", async () => {
      const made = await suite.call("POST", "/voice/v1/owners", { name: "Asha", phone: number, pin: "4711" });
      expect(made).toMatchObject({ status: 201, json: { name: "Asha", phone: number, locked_until: null } });
      const listed = await suite.call("GET", "/voice/v1/owners");
      expect(listed.text).not.toMatch(/4711|argon2/);
      expect(JSON.stringify(await agent())).not.toMatch(/argon2/);
    });

    test("hours, prices and notices change in a verified call only, each a version and an event", async () => {
      const call = callId();
      const notice = { type: "notice", text: "We are closed on Friday for Pongal." };
      expect(await change(call, notice)).toMatchObject({ status: 409, json: { code: "owner_not_verified" } });
      expect(await verify("4711", call)).toEqual({ verified: true, attempts_left: 3 });
      expect((await change(callId(), notice)).status).toBe(409);
      const before = await agent();
      const version = before["knowledge_version"] as number;
      expect(await change(call, notice)).toMatchObject({ status: 201, json: { knowledge_version: version + 1 } });
      const hours = { type: "hours", days: ["saturday"], hours: [{ from: "10:00", to: "14:00" }] };
      expect((await change(call, hours)).status).toBe(201);
      const service = (before["services"] as { id: string }[])[0]!.id;
      expect((await change(call, { type: "price", service_id: service, amount: 650 })).status).toBe(201);
      const after = await agent();
      expect(after["knowledge_version"]).toBe(version + 3);
      expect((after["hours"] as Record<string, unknown>)["saturday"]).toEqual([{ from: "10:00", to: "14:00" }]);
      expect((after["services"] as { id: string; price: object }[])[0]).toMatchObject({ price: { amount: 650 } });
      expect(JSON.stringify(after["knowledge"])).toContain("closed on Friday for Pongal");
      const events = await suite.call("GET", "/voice/v1/events?type=knowledge.updated");
      const changedBy = (events.json.data as { data: { via: string; changed_by: string } }[]).map(({ data }) => data);
      expect(changedBy.every(({ via, changed_by }) => via === "voice" && changed_by.startsWith("usr_"))).toBe(true);
      expect(changedBy).toHaveLength(3);
    });

    test("nonsense is refused", async () => {
      const call = callId();
      await verify("4711", call);
      const backwards = { type: "hours", days: ["monday"], hours: [{ from: "18:00", to: "09:00" }] };
      expect((await change(call, backwards)).status).toBe(422);
      expect(
        (await change(call, { type: "price", service_id: "itm_01JD0000000000000000000000", amount: 1 })).status,
      ).toBe(422);
    });

    test("three wrong PINs lock it, for the right one too; another number is told nothing", async () => {
      expect(await verify("0000", callId(), phone())).toEqual({ verified: false, attempts_left: 2 });
      expect(await verify("0000")).toEqual({ verified: false, attempts_left: 2 });
      expect(await verify("1111")).toEqual({ verified: false, attempts_left: 1 });
      expect(await verify("2222")).toEqual({ verified: false, attempts_left: 0 });
      expect(await verify("4711")).toEqual({ verified: false, attempts_left: 0 });
      const [owner] = (await suite.call("GET", "/voice/v1/owners")).json.data ?? [];
      expect(owner?.["locked_until"]).toEqual(expect.any(String));
    });
  });
}
