import { beforeAll, describe, expect, test } from "bun:test";
import { EVENT_TYPES } from "../contract/events.ts";
import { callId, completedReport, newContact, phone, serviceId, slots, startedReport } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

for (const engine of await engines()) {
  describe(`engine reports on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });
    const report = (body: object) => suite.call("POST", "/voice/v1/engine/reports", body);
    const call = async (id: string) => (await suite.call("GET", `/voice/v1/calls/${id}`)).json;
    async function eventsOf(id: string): Promise<Record<string, unknown>[]> {
      const events = await suite.call("GET", "/voice/v1/events?limit=100");
      const ofCall = (events.json.data ?? []).filter((event) => JSON.stringify(event).includes(id)).reverse();
      return ofCall.filter((event) => voice.has(event["type"]));
    }
    const voice: ReadonlySet<unknown> = new Set(EVENT_TYPES.slice(0, 6));
    const types = (events: Record<string, unknown>[]) => events.map((event) => event["type"]);

    test("a whole call: rows, ids of everything created, both events", async () => {
      const id = callId();
      const number = phone();
      expect(await report(startedReport(id, number))).toMatchObject({
        status: 201,
        json: { call_id: id, replayed: false },
      });
      expect(await call(id)).toMatchObject({
        status: "in_progress",
        from: number,
        verdict: "human",
        transcript: null,
        outcome: null,
      });
      const session = await suite.call("POST", "/crm/v1/call-sessions", { call_id: id, from: number, to: "suki" });
      const contact_id = (session.json["contact"] as { id: string }).id;
      const service = await serviceId(suite);
      const [slot] = await slots(suite, service, "2026-11-24T09:30:00Z", "2026-11-24T11:00:00Z");
      const booked = await suite.call("POST", "/calendar/v1/appointments", {
        slot_id: slot?.id,
        contact_id,
        service,
        call_id: id,
      });
      const sentiment = { label: "positive" as const, score: 0.5 };
      const finalize = {
        outcome: "booked" as const,
        summary: "Booked.",
        sentiment,
        appointment_id: String(booked.json["id"]),
        interests: [],
      };
      const done = await report(completedReport(id, number, { finalize, fields: { name: "Priya Raghavan" } }));
      expect(done.status).toBe(201);
      expect(done.json["created"]).toMatchObject({ contact_id, appointment_ids: [booked.json["id"]], ticket_ids: [] });
      const record = await call(id);
      expect(record).toMatchObject({
        status: "completed",
        duration_ms: 65_000,
        outcome: "booked",
        language: "en-IN",
        sentiment,
        created: done.json["created"],
      });
      const transcript = record["transcript"] as { id: string; url: string };
      expect(transcript.url).toBe(`http://localhost:3000/voice/v1/calls/${id}/transcript`);
      const lines = await suite.call("GET", `/voice/v1/calls/${id}/transcript`);
      expect(lines.json).toMatchObject({
        id: transcript.id,
        lines: [{ speaker: "agent" }, { speaker: "caller", text: "When are you open?" }],
      });
      expect((await suite.call("GET", `/crm/v1/contacts/${contact_id}`)).json["name"]).toBe("Priya Raghavan");
      const events = await eventsOf(id);
      expect(types(events)).toEqual(["call.started", "appointment.booked", "call.completed"]);
      expect(events[2]).toMatchObject({ livemode: false, data: { call: record, contact: { id: contact_id } } });
    });

    test("every report repeated, 20 at once: recorded once, the first result for all", async () => {
      const id = callId();
      const number = phone();
      for (const body of [startedReport(id, number), completedReport(id, number)]) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => report(body)));
        expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
        expect(answers.filter((answer) => answer.status === 200)).toHaveLength(19);
        expect(new Set(answers.map((answer) => JSON.stringify({ ...answer.json, replayed: null }))).size).toBe(1);
      }
      expect(types(await eventsOf(id))).toEqual(["call.started", "call.completed"]);
    });

    test("a completed report without a started one records everything once; the late one fills in what was missing", async () => {
      const id = callId();
      const number = phone();
      const done = await report(completedReport(id, number));
      expect(done.json["event_ids"]).toHaveLength(2);
      expect(types(await eventsOf(id))).toEqual(["call.started", "call.completed"]);
      const late = await report(startedReport(id, number));
      expect(late).toMatchObject({ status: 200, json: { replayed: true, type: "call.started" } });
      expect(types(await eventsOf(id))).toEqual(["call.started", "call.completed"]);
      expect(await call(id)).toMatchObject({ status: "completed", transport: "sip", verdict: "human" });
    });

    test("call.started carries the contact only of a caller known before", async () => {
      const known = phone();
      const contact_id = await newContact(suite, known);
      const first = callId();
      await report(startedReport(first, known));
      expect((await eventsOf(first))[0]).toMatchObject({ data: { contact: { id: contact_id } } });
      const second = callId();
      const fresh = phone();
      await suite.call("POST", "/crm/v1/call-sessions", { call_id: second, from: fresh, to: "suki" });
      await report(startedReport(second, fresh));
      expect((await eventsOf(second))[0]).toMatchObject({ data: { contact: null } });
    });

    test("a message opens a ticket and says so", async () => {
      const id = callId();
      const number = phone();
      await report(startedReport(id, number));
      const message = {
        from_name: "Ravi",
        callback_number: number,
        subject: "Call back",
        body: "About the bill.",
        urgency: "high",
      };
      const taken = await report({
        type: "call.message_taken",
        call_id: id,
        engine_id: "e",
        taken_at: "2026-11-23T04:00:40Z",
        message,
      });
      expect(taken.status).toBe(201);
      const [ticketId] = (taken.json["created"] as { ticket_ids: string[] }).ticket_ids;
      const ticket = await suite.call("GET", `/tickets/v1/tickets/${ticketId}`);
      expect(ticket.json).toMatchObject({
        subject: "Call back",
        body: "About the bill.",
        urgency: "high",
        source: "voice",
        call_id: id,
      });
      const done = await report(completedReport(id, number));
      expect((done.json["created"] as { ticket_ids: string[] }).ticket_ids).toEqual([String(ticketId)]);
      const events = await eventsOf(id);
      expect(types(events)).toEqual(["call.started", "call.message_taken", "call.completed"]);
      expect(events[1]).toMatchObject({
        data: { call_id: id, ticket_id: ticketId, message, contact: { phone: number, name: "Ravi" } },
      });
    });

    test("an escalation needs its call, then fires with the transcript so far", async () => {
      const id = callId();
      const transcript = [{ speaker: "caller", text: "A human please", start_ms: 0, end_ms: 900 }];
      const body = {
        type: "call.escalated",
        call_id: id,
        engine_id: "e",
        escalated_at: "2026-11-23T04:00:20Z",
        trigger: "explicit_request",
        reason: "asked",
        transcript,
      };
      expect(await report(body)).toMatchObject({ status: 409, json: { code: "call_not_started" } });
      await report(startedReport(id, phone()));
      expect((await report(body)).status).toBe(201);
      expect((await eventsOf(id))[1]).toMatchObject({
        type: "call.escalated",
        data: { trigger: "explicit_request", transcript },
      });
    });

    test("a robocall is kept and fires nothing", async () => {
      const id = callId();
      const number = phone();
      const finalize = {
        outcome: "robocall" as const,
        summary: "",
        sentiment: { label: "neutral" as const, score: 0 },
        interests: [],
      };
      expect(await report(completedReport(id, number, { finalize }))).toMatchObject({
        status: 201,
        json: { event_ids: [] },
      });
      expect(await eventsOf(id)).toEqual([]);
      expect(await call(id)).toMatchObject({
        outcome: "robocall",
        verdict: "robocall",
        created: { contact_id: null, lead_id: null },
      });
      const list = await suite.call("GET", "/voice/v1/calls?outcome=robocall");
      expect(list.json.data?.map((row) => row["id"])).toEqual([id]);
    });

    test("ids that mean nothing here do not stop the report", async () => {
      const id = callId();
      const finalize = {
        outcome: "booked" as const,
        summary: "",
        sentiment: { label: "neutral" as const, score: 0 },
        appointment_id: `apt_${"0".repeat(26)}`,
        interests: [{ catalog_item_id: `itm_${"0".repeat(26)}` }],
      };
      const done = await report(completedReport(id, phone(), { finalize }));
      expect(done).toMatchObject({ status: 201, json: { created: { appointment_ids: [] } } });
    });

    test("a report that does not fit: 422 naming the field, nothing written", async () => {
      const id = callId();
      const bad = await report({ ...completedReport(id, null), duration_ms: -1 });
      expect(bad).toMatchObject({ status: 422, json: { errors: [{ pointer: "/duration_ms" }] } });
      expect((await report({ type: "call.exploded" })).status).toBe(422);
      expect((await suite.call("GET", `/voice/v1/calls/${id}`)).status).toBe(404);
    });

    test("calls are listed newest first with filters", async () => {
      const other = await openSuite(engine);
      const ids = [callId(), callId(), callId()];
      for (const id of ids) await other.call("POST", "/voice/v1/engine/reports", startedReport(id, phone()));
      await other.call("POST", "/voice/v1/engine/reports", completedReport(ids[1] ?? "", phone()));
      const list = async (query: string) =>
        ((await other.call("GET", `/voice/v1/calls?${query}`)).json.data ?? []).map((row) => row["id"]);
      expect(await list("")).toEqual([...ids].reverse());
      expect(await list("status=completed")).toEqual([ids[1]]);
      expect(await list("status=in_progress&limit=1")).toEqual([ids[2]]);
    });
  });
}
