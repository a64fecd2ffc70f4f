import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { newId } from "../ids.ts";
import { callId, completedReport, newContact, phone, serviceId, slots, startedReport } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

for (const engine of await engines()) {
  describe(`people on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });
    const timeline = async (id: unknown) =>
      (await suite.call("GET", `/crm/v1/contacts/${id}/timeline?limit=100`)).json.data ?? [];
    const add = (body: object) => suite.call("POST", "/crm/v1/contacts", body);
    const events = async (type: string) => (await suite.call("GET", `/voice/v1/events?type=${type}`)).json.data ?? [];

    test("added, changed field by field, on the timeline and in an event; one number, one contact", async () => {
      const number = phone();
      const made = await add({ name: "Priya", phone: number.replace("+91", "0") });
      expect(made).toMatchObject({ status: 201, json: { name: "Priya", phone: number, email: null } });
      const { id } = made.json;
      expect(await add({ phone: number })).toMatchObject({
        status: 409,
        json: { code: "phone_taken", contact_id: id },
      });
      expect(await add({ phone: "hello" })).toMatchObject({ status: 422, json: { errors: [{ pointer: "/phone" }] } });
      const path = `/crm/v1/contacts/${id}`;
      const changed = await suite.call("PATCH", path, { name: "Priya R", email: "p@example.com" });
      expect(changed.json).toMatchObject({ name: "Priya R", email: "p@example.com", phone: number });
      await suite.call("PATCH", path, { name: "Priya R" });
      const changes = [
        { field: "name", from: "Priya", to: "Priya R" },
        { field: "email", from: null, to: "p@example.com" },
      ];
      expect(await timeline(id)).toMatchObject([{ kind: "updated", changes }, { kind: "created" }]);
      expect((await events("contact.updated"))[0]).toMatchObject({ data: { contact: { id }, changes } });
      const other = await add({ phone: phone() });
      expect(await suite.call("PATCH", `/crm/v1/contacts/${other.json["id"]}`, { phone: number })).toMatchObject({
        status: 409,
        json: { code: "phone_taken" },
      });
      expect((await suite.call("PATCH", path, { email: null })).json["email"]).toBeNull();
    });

    test("the timeline is append-only", async () => {
      const id = await newContact(suite);
      for (const attack of [
        sql`update contact_timeline set actor = 'x' where contact_id = ${id}`,
        sql`delete from contact_timeline where contact_id = ${id}`,
      ]) {
        const done = suite.db.transaction((tx) => tx.execute(attack));
        expect(
          await done.then(
            () => "done",
            () => "refused",
          ),
        ).toBe("refused");
      }
    });

    test("merged: everything moves, both numbers and both ids find the survivor, history is kept", async () => {
      const [numberA, numberB] = [phone(), phone()];
      const a = (await add({ name: "P. Raghavan", phone: numberA, email: "p@example.com" })).json;
      const b = (await add({ phone: numberB })).json;
      const ticket = await suite.call("POST", "/tickets/v1/tickets", { contact_id: a["id"], subject: "x" });
      const call = callId();
      await suite.call("POST", "/voice/v1/engine/reports", completedReport(call, numberA));
      const merged = await suite.call("POST", `/crm/v1/contacts/${a["id"]}/merge`, { into: b["id"] });
      expect(merged).toMatchObject({
        status: 200,
        json: { id: b["id"], name: "P. Raghavan", email: "p@example.com", phone: numberB },
      });
      expect((await suite.call("GET", `/crm/v1/contacts/${a["id"]}`)).json["id"]).toBe(String(b["id"]));
      expect((await suite.call("GET", `/voice/v1/calls?contact_id=${b["id"]}`)).json.data).toMatchObject([
        { id: call },
      ]);
      expect((await suite.call("GET", `/tickets/v1/tickets/${ticket.json["id"]}`)).json["contact_id"]).toBe(
        String(b["id"]),
      );
      const opened = await suite.call("POST", "/crm/v1/call-sessions", { call_id: callId(), from: numberA, to: "x" });
      expect(opened.json).toMatchObject({ known: true, contact: { id: b["id"] } });
      const found = await suite.call("GET", `/crm/v1/contacts?phone=${encodeURIComponent(numberA)}`);
      expect(found.json.data).toMatchObject([{ id: b["id"] }]);
      const kinds = (await timeline(b["id"])).map((entry) => entry["kind"]);
      expect(kinds).toEqual(expect.arrayContaining(["merged", "updated", "ticket", "call", "created"]));
      expect(await suite.call("POST", `/crm/v1/contacts/${a["id"]}/merge`, { into: b["id"] })).toMatchObject({
        status: 422,
      });
      expect((await events("contact.merged"))[0]).toMatchObject({
        data: { merged_id: a["id"], contact: { id: b["id"] } },
      });
    });

    test("leads move along their stages only, one of two at once", async () => {
      const made = await suite.call("POST", "/crm/v1/leads", { contact: { phone: phone() }, source: "web" });
      const path = `/crm/v1/leads/${made.json["id"]}`;
      const move = (stage: string) => suite.call("PATCH", path, { stage });
      expect(await move("won")).toMatchObject({
        status: 409,
        json: { code: "transition_refused", from: "new", allowed: ["contacted", "qualified", "lost"] },
      });
      const race = await Promise.all([move("qualified"), move("lost")]);
      expect(race.filter((answer) => answer.status === 200).length).toBeGreaterThanOrEqual(1);
      const now = (await suite.call("GET", path)).json["stage"];
      expect(["qualified", "lost"]).toContain(String(now));
      if (now === "lost") await move("contacted").then(() => move("qualified"));
      expect((await move("won")).json["stage"]).toBe("won");
      expect((await move("lost")).status).toBe(409);
      expect((await events("lead.stage_changed"))[0]).toMatchObject({ data: { from: "qualified", to: "won" } });
      const list = await suite.call("GET", "/crm/v1/leads?stage=won");
      expect(list.json.data).toMatchObject([{ id: made.json["id"], stage: "won" }]);
    });

    test("finalize says so in one event with every id", async () => {
      const call = callId();
      const done = await suite.call("POST", "/voice/v1/engine/reports", completedReport(call, phone()));
      const [event] = await events("call.finalized");
      expect(event).toMatchObject({
        data: { call_id: call, outcome: "answered", ...(done.json["created"] as object) },
      });
    });
  });

  describe(`privacy on ${engine.name}`, () => {
    /** Words that no table, file or answer may hold afterwards. */
    const CANARIES = ["Canary Person", "canary@example.com", "canary spoken words", "canary note", "canary summary"];

    test("exported whole; erased everywhere: rows, transcript, recording, events, stored answers", async () => {
      const suite = await openSuite(engine);
      const number = phone();
      const words = [...CANARIES, number];
      const headers = { "idempotency-key": "canary" };
      const made = await suite.call(
        "POST",
        "/crm/v1/contacts",
        { name: CANARIES[0], phone: number, email: CANARIES[1] },
        headers,
      );
      const id = String(made.json["id"]);
      const hook = { url: "http://127.0.0.1:9/", events: ["call.completed", "call.started"] };
      await suite.call("POST", "/voice/v1/webhooks", hook);
      const call = callId();
      writeFileSync(join(suite.recordings, "canary.wav"), "RIFF");
      const report = completedReport(call, number, {
        recording: { recording_id: newId("recording", Date.now()), path: "canary.wav", duration_ms: 1, bytes: 4 },
        transcript: [{ speaker: "caller", text: "canary spoken words", start_ms: 0, end_ms: 10 }],
        fields: { reason: "canary note" },
      });
      await suite.call("POST", "/voice/v1/engine/reports", startedReport(call, number));
      report.finalize.summary = "canary summary";
      await suite.call("POST", "/voice/v1/engine/reports", report);
      const ticket = await suite.call("POST", "/tickets/v1/tickets", { contact_id: id, subject: "canary note" });
      await suite.call("POST", `/tickets/v1/tickets/${ticket.json["id"]}/messages`, { body: "canary note" });
      const service = await serviceId(suite);
      const [slot] = await slots(suite, service, "2026-11-24T09:30:00Z", "2026-11-24T10:00:00Z");
      const note = "canary note";
      await suite.call("POST", "/calendar/v1/appointments", { slot_id: slot?.id, contact_id: id, service, note });

      const exported = await suite.call("GET", `/crm/v1/contacts/${id}/export`);
      expect(exported.status).toBe(200);
      for (const word of words) expect(exported.text).toContain(word);

      const limited = await suite.key(["crm:write", "crm:read"]);
      const refused = { authorization: `Bearer ${limited}` };
      expect((await suite.call("POST", `/crm/v1/contacts/${id}/erase`, undefined, refused)).status).toBe(403);
      const erased = await suite.call("POST", `/crm/v1/contacts/${id}/erase`);
      expect(erased).toMatchObject({ status: 200, json: { id, calls: 1, recordings: 1, transcripts: 1 } });
      expect(existsSync(join(suite.recordings, "canary.wav"))).toBe(false);
      const tables = await suite.db.read((q) =>
        q.execute<{ name: string }>(
          sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
        ),
      );
      for (const { name } of tables) {
        const hits = await suite.db.read((q) =>
          q.execute(
            sql`select 1 from ${sql.identifier(name)} t where t::text like any(${sql.param(words.map((word) => `%${word}%`))}::text[])`,
          ),
        );
        expect({ name, hits: hits.length }).toEqual({ name, hits: 0 });
      }
      const kept = await suite.call("GET", `/voice/v1/calls/${call}`);
      expect(kept.json).toMatchObject({ duration_ms: 65_000, outcome: "answered", from: null, recording: null });
      expect((await suite.call("GET", `/voice/v1/calls/${call}/recording`)).status).toBe(404);
      const after = await suite.call("GET", `/crm/v1/contacts/${id}`);
      expect(after.json).toMatchObject({ name: null, phone: null, email: null });
      const fresh = await suite.call("POST", "/crm/v1/contacts", { phone: number });
      expect(fresh.status).toBe(201);
      expect((await suite.call("GET", "/voice/v1/audit/verify")).json["intact"]).toBe(true);
    }, 20_000);
  });
}
