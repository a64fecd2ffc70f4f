import { beforeAll, describe, expect, test } from "bun:test";
import { callId, completedReport, newContact, phone, serviceId, slots, startedReport } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";
import { toE164 } from "./contacts.ts";

test("numbers as people write them", () => {
  expect(toE164("+91 98765 43210", "IN")).toBe("+919876543210");
  expect(toE164("098765 43210", "IN")).toBe("+919876543210");
  expect(toE164("9876543210", "IN")).toBe("+919876543210");
  expect(toE164("020 7946 0018", "GB")).toBe("+442079460018");
  for (const bad of ["", "hello", "12", "+0123456789"]) expect(toE164(bad, "IN")).toBeUndefined();
});

for (const engine of await engines()) {
  describe(`crm on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });
    const open = (call_id: string, from: string | null) =>
      suite.call("POST", "/crm/v1/call-sessions", { call_id, from, to: "suki" });
    const finalize = (id: unknown, body: object) => suite.call("POST", `/crm/v1/call-sessions/${id}/finalize`, body);
    const outcome = { outcome: "answered", summary: "s", sentiment: { label: "neutral", score: 0 }, interests: [] };

    test("a call session from open to finalize", async () => {
      const number = phone();
      const call = callId();
      const opened = await open(call, number);
      expect(opened).toMatchObject({
        status: 201,
        json: { call_id: call, known: false, status: "open", contact: { phone: number } },
      });
      const again = await open(call, number);
      expect(again).toMatchObject({ status: 200, json: { id: opened.json["id"] } });
      const path = `/crm/v1/call-sessions/${opened.json["id"]}`;
      expect(await suite.call("GET", `${path}/context`)).toMatchObject({
        status: 200,
        json: { known: false, recent_calls: [] },
      });
      await suite.call("PATCH", `${path}/fields`, { fields: { name: "Priya Raghavan" } });
      const fields = await suite.call("PATCH", `${path}/fields`, { fields: { reason: "toothache", email: "not one" } });
      expect(fields.json).toMatchObject({
        fields: { name: "Priya Raghavan", reason: "toothache", email: "not one" },
        contact: { name: "Priya Raghavan", email: null },
      });
      const interests = [{ catalog_item_id: await serviceId(suite, "Filling"), note: "upper left" }];
      const done = await finalize(opened.json["id"], { ...outcome, interests });
      expect(done).toMatchObject({ status: 200, json: { call_id: call, appointment_ids: [], ticket_ids: [] } });
      expect(done.json["lead_id"]).toStartWith("ld_");
      expect((await finalize(opened.json["id"], outcome)).json).toEqual(done.json);
      const late = await suite.call("PATCH", `${path}/fields`, { fields: { name: "Other" } });
      expect(late).toMatchObject({ status: 409, json: { code: "session_finalized" } });
    });

    test("60 callers at once from one new number are one contact", async () => {
      const number = phone();
      const answers = await Promise.all(Array.from({ length: 60 }, () => open(callId(), number)));
      const ids = answers.map((answer) => (answer.json["contact"] as { id: string }).id);
      expect(new Set(ids).size).toBe(1);
    });

    test("a known caller is matched, with history and what is booked", async () => {
      const number = phone();
      const contact_id = await newContact(suite, number);
      const earlier = callId();
      const report = completedReport(earlier, number, { pauses_ms: [450, 1100] });
      await suite.call("POST", "/voice/v1/engine/reports", report);
      const service = await serviceId(suite);
      const [slot] = await slots(suite, service, "2026-11-25T04:00:00Z", "2026-11-25T06:00:00Z");
      await suite.call("POST", "/calendar/v1/appointments", { slot_id: slot?.id, contact_id, service });
      const opened = await open(callId(), number);
      expect(opened.json).toMatchObject({ known: true, contact: { id: contact_id } });
      const context = await suite.call("GET", `/crm/v1/call-sessions/${opened.json["id"]}/context`);
      expect(context.json).toMatchObject({
        known: true,
        recent_calls: [{ id: earlier, outcome: "answered", summary: "Asked for the hours." }],
        upcoming_appointments: [{ service: "Consultation", starts_at: slot?.starts_at }],
        pauses_ms: [450, 1100],
      });
      await suite.call("POST", `/crm/v1/contacts/${contact_id}/erase`);
      const forgotten = await suite.call("GET", `/crm/v1/call-sessions/${opened.json["id"]}/context`);
      expect(forgotten.json).toMatchObject({ pauses_ms: [] });
    });

    test("a withheld number becomes a contact by the number told, or at finalize when something was learned", async () => {
      const told = await open(callId(), null);
      expect(told.json["contact"]).toBeNull();
      const path = `/crm/v1/call-sessions/${told.json["id"]}/fields`;
      const number = phone();
      const fields = await suite.call("PATCH", path, { fields: { phone: number.replace("+91", "0"), name: "Ravi" } });
      expect(fields.json["contact"]).toMatchObject({ phone: number, name: "Ravi" });
      const silent = await open(callId(), null);
      expect((await finalize(silent.json["id"], outcome)).json).toMatchObject({ contact_id: null, lead_id: null });
      const named = await open(callId(), null);
      await suite.call("PATCH", `/crm/v1/call-sessions/${named.json["id"]}/fields`, { fields: { name: "Nila" } });
      const done = await finalize(named.json["id"], outcome);
      const contact = await suite.call("GET", `/crm/v1/contacts/${done.json["contact_id"]}`);
      expect(contact.json).toMatchObject({ name: "Nila", phone: null });
    });

    test("finalize names what does not exist and writes nothing", async () => {
      const opened = await open(callId(), phone());
      const item = { catalog_item_id: `itm_${"0".repeat(26)}` };
      const bad = await finalize(opened.json["id"], { ...outcome, interests: [item] });
      expect(bad).toMatchObject({ status: 422, json: { errors: [{ pointer: "/interests/0/catalog_item_id" }] } });
      const appointment = await finalize(opened.json["id"], { ...outcome, appointment_id: `apt_${"0".repeat(26)}` });
      expect(appointment).toMatchObject({ status: 422, json: { errors: [{ pointer: "/appointment_id" }] } });
      expect((await finalize(opened.json["id"], outcome)).json["lead_id"]).toStartWith("ld_");
    });

    test("finalize writes the outcome to the call's row", async () => {
      const id = callId();
      const number = phone();
      await suite.call("POST", "/voice/v1/engine/reports", startedReport(id, number));
      const opened = await open(id, number);
      await finalize(opened.json["id"], { ...outcome, outcome: "message_taken" });
      expect((await suite.call("GET", `/voice/v1/calls/${id}`)).json).toMatchObject({
        outcome: "message_taken",
        summary: "s",
      });
    });

    test("leads: contact by number, filters by number, a number that is none", async () => {
      const number = phone();
      const first = await suite.call("POST", "/crm/v1/leads", { contact: { phone: number }, source: "web" });
      expect(first).toMatchObject({ status: 201, json: { stage: "new" } });
      const named = { contact: { name: "Priya", phone: number.replace("+91", "0") }, source: "web" };
      expect((await suite.call("POST", "/crm/v1/leads", named)).json["contact_id"]).toBe(first.json["contact_id"]);
      const found = await suite.call("GET", `/crm/v1/contacts?phone=${encodeURIComponent(number)}`);
      expect(found.json.data).toMatchObject([{ id: first.json["contact_id"], name: "Priya", phone: number }]);
      const bad = await suite.call("POST", "/crm/v1/leads", { contact: { phone: "hello" }, source: "web" });
      expect(bad).toMatchObject({ status: 422, json: { errors: [{ pointer: "/contact/phone" }] } });
    });
  });
}
