import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../ids.ts";
import { callId, completedReport, phone, startedReport } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";
import { applyRetention } from "./retention.ts";

const DAY_MS = 24 * 3600_000;

for (const engine of await engines()) {
  describe(`voice on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });
    const report = (body: object) => suite.call("POST", "/voice/v1/engine/reports", body);
    const recorded = async (of: Suite, name: string) => {
      const id = callId();
      writeFileSync(join(of.recordings, name), "RIFF1234");
      const recording = { recording_id: newId("recording", Date.now()), path: name, duration_ms: 1, bytes: 8 };
      await of.call("POST", "/voice/v1/engine/reports", completedReport(id, phone(), { recording }));
      return id;
    };
    const robocall = (call_id: string, from: string) => ({
      type: "call.quarantined",
      call_id,
      engine_id: "engine-1",
      started_at: "2026-11-23T04:00:00.000Z",
      ended_at: "2026-11-23T04:00:12.000Z",
      duration_ms: 12_000,
      from,
      from_display: null,
      to: "+914440001234",
      transport: "sip",
      verdict_score: 0.97,
      verdict_at_ms: 7400,
      evidence: { timing: 0.9, interaction: 0.95 },
      signals: ["did not yield when interrupted", "words of a known campaign"],
      transcript: [{ speaker: "caller", text: "Your warranty expires.", start_ms: 0, end_ms: 900 }],
      recording: null,
    });

    test("words that are searched for may have commas and brackets", async () => {
      const from = phone();
      await suite.call("POST", "/voice/v1/engine/reports", completedReport(callId(), from));
      const found = async (q: string) => (await suite.call("GET", `/voice/v1/calls?q=${encodeURIComponent(q)}`)).status;
      expect([await found("hours, prices"), await found("[a, b]"), await found('{"a": 1}')]).toEqual([200, 200, 200]);
    });

    test("calls by every filter", async () => {
      const number = phone();
      const id = callId();
      await report(startedReport(id, number));
      await report(completedReport(id, number, { language: "ta-IN" }));
      const list = async (query: string) =>
        ((await suite.call("GET", `/voice/v1/calls?from=${encodeURIComponent(number)}&${query}`)).json.data ?? [])
          .length;
      const fits = ["status=completed", "outcome=answered", "verdict=human", "language=ta-IN", "sentiment=neutral"];
      const ranges = [
        "started_after=2026-11-23T04:00:00Z",
        "started_before=2026-11-23T04:00:01Z",
        "to=%2B914440001234",
      ];
      for (const query of [...fits, ...ranges]) expect({ query, n: await list(query) }).toEqual({ query, n: 1 });
      const not = ["status=in_progress", "outcome=booked", "verdict=robocall", "language=en-IN", "sentiment=positive"];
      const out = ["started_after=2026-11-23T04:00:01Z", "started_before=2026-11-23T04:00:00Z", "to=x"];
      for (const query of [...not, ...out]) expect({ query, n: await list(query) }).toEqual({ query, n: 0 });
    });

    test("the heard ledger: her words as played, cut where she was interrupted", async () => {
      const id = callId();
      const transcript = [
        { speaker: "agent" as const, text: "Hello, this is", start_ms: 0, end_ms: 800, interrupted: true },
        { speaker: "caller" as const, text: "Hi.", start_ms: 700, end_ms: 1000 },
        { speaker: "agent" as const, text: "How can I help?", start_ms: 1300, end_ms: 2300 },
      ];
      await report(completedReport(id, phone(), { transcript }));
      const heard = await suite.call("GET", `/voice/v1/calls/${id}/heard`);
      expect(heard.json).toEqual({
        call_id: id,
        lines: [transcript[0], transcript[2]],
        spoken_ms: 1800,
        interruptions: 1,
      } as never);
    });

    test("a recording link works without a key, with ranges, until it expires; a changed one never", async () => {
      const id = await recorded(suite, "linked.wav");
      const link = await suite.call("POST", `/voice/v1/calls/${id}/recording-links`, { expires_in_seconds: 60 });
      expect(link.status).toBe(201);
      const { pathname } = new URL(String(link.json["url"]));
      const get = (path = pathname, headers = {}) => suite.fetch(new Request(`http://localhost${path}`, { headers }));
      expect(await (await get()).text()).toBe("RIFF1234");
      const part = await get(pathname, { range: "bytes=4-" });
      expect(part.status).toBe(206);
      expect(await part.text()).toBe("1234");
      const other = await openSuite(engine);
      const [body = "", signature] = pathname.slice("/recordings/".length).split(".");
      const grant = Buffer.from(body, "base64url").toString();
      const forge = (text: string) => `/recordings/${Buffer.from(text).toString("base64url")}.${signature}`;
      const later = JSON.stringify([...(JSON.parse(grant) as unknown[]).slice(0, 3), suite.clock.nowMs + DAY_MS]);
      for (const path of [
        forge(later),
        forge(grant.replace(suite.workspaceId, other.workspaceId)),
        "/recordings/x",
        `${pathname}x`,
      ]) {
        expect((await get(path)).status).toBe(403);
      }
      suite.clock.nowMs += 60_000;
      expect((await get()).status).toBe(403);
      expect((await suite.call("POST", `/voice/v1/calls/${callId()}/recording-links`, {})).status).toBe(404);
    });

    test("a robocall is kept, silent, listed with its reasons; released it fires what was held back, once", async () => {
      const own = await openSuite(engine);
      const id = callId();
      const number = phone();
      const engineReport = (body: object) => own.call("POST", "/voice/v1/engine/reports", body);
      expect(await engineReport(robocall(id, number))).toMatchObject({ status: 201, json: { event_ids: [] } });
      expect(await engineReport(robocall(id, number))).toMatchObject({ status: 200, json: { replayed: true } });
      const fired = async () => (await own.call("GET", "/voice/v1/events")).json.data ?? [];
      expect(await fired()).toEqual([]);
      const [held] = (await own.call("GET", "/voice/v1/quarantine")).json.data ?? [];
      expect(held).toMatchObject({
        id,
        verdict: "robocall",
        outcome: "robocall",
        verdict_score: expect.any(Number),
        quarantine: {
          signals: ["did not yield when interrupted", "words of a known campaign"],
          verdict_at_ms: 7400,
          evidence: { timing: 0.9, interaction: 0.95 },
          released_at: null,
        },
      });
      expect((await own.call("GET", `/voice/v1/calls/${id}/transcript`)).json["lines"]).toHaveLength(1);
      const released = await own.call("POST", `/voice/v1/quarantine/${id}/release`);
      expect(released).toMatchObject({ status: 200, json: { id, verdict: "human", outcome: "abandoned" } });
      await own.call("POST", `/voice/v1/quarantine/${id}/release`);
      const late = await fired();
      expect(late.map((event) => event["type"])).toEqual(["call.completed", "call.started"]);
      expect(late.map((event) => (event["data"] as { late?: boolean }).late)).toEqual([true, true]);
      expect((await own.call("GET", "/voice/v1/agent")).json["released_calls"]).toEqual([id]);
      expect((await own.call("GET", "/voice/v1/quarantine")).json.data).toEqual([]);
      const human = callId();
      await engineReport(completedReport(human, phone()));
      expect((await own.call("POST", `/voice/v1/quarantine/${human}/release`)).status).toBe(404);
    });

    test("knowledge: versions, what differs, an earlier one restored as a new one, searched by words", async () => {
      const own = await openSuite(engine);
      const change = (knowledge: object[]) => own.call("PATCH", "/voice/v1/agent", { knowledge });
      const parking = { questions: ["Where can I park?"], answer: "Free parking behind the building." };
      await change([parking]);
      await change([{ questions: ["Do you take cards?"], answer: "Yes, and cash." }]);
      const list = await own.call("GET", "/voice/v1/knowledge/versions");
      expect(list.json.data?.map((one) => [one["version"], one["entries"]])).toEqual([
        [3, 1],
        [2, 1],
        [1, 10],
      ]);
      const diff = await own.call("GET", "/voice/v1/knowledge/diff?from=2&to=3");
      expect(diff.json["changes"]).toMatchObject([{ change: "added" }, { change: "removed", entry: parking }]);
      const restored = await own.call("POST", "/voice/v1/knowledge/versions/2/restore");
      expect(restored.json).toMatchObject({ version: 4, entries: 1 });
      const search = async (q: string) =>
        (await own.call("GET", `/voice/v1/knowledge/search?q=${encodeURIComponent(q)}`)).json.data ?? [];
      expect(await search("is there parking for my car")).toMatchObject([{ entry: parking }]);
      expect(await search("'; drop table & | ! :*")).toEqual([]);
      expect((await own.call("GET", "/voice/v1/knowledge/versions/9")).status).toBe(404);
      expect((await own.call("GET", "/voice/v1/knowledge/versions/4")).json["entries"]).toMatchObject([parking]);
    });

    test("settings whole: escalation, consent, retention, holidays, sla; numbers added and removed", async () => {
      const settings = {
        escalation: {
          transfer_to: "+919876543210",
          keywords: ["lawyer"],
          topics: ["refund"],
          vip_numbers: ["+919876500000"],
          sentiment_below: -0.6,
          hours: "open_hours",
        },
        consent: { recording: "ask", announce_ai: true },
        retention: { recordings_days: 30, transcripts_days: 365, events_days: null },
        holidays: [{ date: "2026-12-25", name: "Christmas", hours: [] }],
        sla: { high_minutes: 1, normal_minutes: 2, low_minutes: 3 },
        slot_step_minutes: 15,
      };
      const changed = await suite.call("PATCH", "/voice/v1/agent", settings);
      expect(changed.json).toMatchObject(settings);
      expect((await suite.call("GET", "/voice/v1/agent")).json).toEqual(changed.json);
      const bad = await suite.call("PATCH", "/voice/v1/agent", {
        holidays: [{ date: "2026-02-30", name: "x", hours: [] }],
      });
      expect(bad).toMatchObject({ status: 422, json: { errors: [{ pointer: "/holidays/0/date" }] } });
      const added = await suite.call("POST", "/voice/v1/numbers", { number: "+914440009999" });
      expect((await suite.call("GET", "/voice/v1/numbers")).json.data).toHaveLength(2);
      expect((await suite.call("DELETE", `/voice/v1/numbers/${added.json["id"]}`)).status).toBe(204);
      expect((await suite.call("DELETE", `/voice/v1/numbers/${added.json["id"]}`)).status).toBe(404);
    });

    test("the demo: so many answered calls, robocalls do not count, then 403; an engine claims each test call once", async () => {
      const own = await openSuite(engine, { demoCalls: 2 });
      const place = () => own.call("POST", "/voice/v1/test-calls", { to: "+919876543210" });
      const placed = [await place(), await place()];
      expect(placed.map((answer) => answer.status)).toEqual([201, 201]);
      const authorization = `Bearer ${own.engineKey}`;
      const claim = () => own.call("POST", "/voice/v1/engine/test-calls/claim", undefined, { authorization });
      const claims = await Promise.all([claim(), claim(), claim()]);
      const ids = claims.map((answer) => (answer.json["test_call"] as { id: string } | null)?.id ?? null);
      expect(new Set(ids)).toEqual(new Set([...placed.map((answer) => String(answer.json["id"])), null]));
      await own.call("POST", "/voice/v1/engine/reports", robocall(callId(), phone()));
      for (let i = 0; i < 2; i++) await own.call("POST", "/voice/v1/engine/reports", startedReport(callId(), phone()));
      expect(await place()).toMatchObject({ status: 403, json: { code: "demo_exhausted" } });
      expect((await own.call("GET", "/voice/v1/agent")).json["demo"]).toEqual({ calls_used: 2, calls_limit: 2 });
    });

    test("a test call's own options reach the engine that claims it", async () => {
      const own = await openSuite(engine, { demoCalls: 2 });
      const options = { voice: "rms", instructions: "Speak of the spring discount.", tools: ["take_message"] };
      const placed = await own.call("POST", "/voice/v1/test-calls", { to: phone(), options });
      expect(placed).toMatchObject({ status: 201, json: { options } });
      const authorization = `Bearer ${own.engineKey}`;
      const claimed = await own.call("POST", "/voice/v1/engine/test-calls/claim", undefined, { authorization });
      expect(claimed.json["test_call"]).toMatchObject({ id: placed.json["id"], options });
      const wrong = await own.call("POST", "/voice/v1/test-calls", { to: phone(), options: { languages: [] } });
      expect(wrong.status).toBe(422);
    });

    test("a test call: leased to one engine, then as its call's reports say; failed calls fire nothing", async () => {
      const own = await openSuite(engine, { demoCalls: 2 });
      const authorization = `Bearer ${own.engineKey}`;
      const to = phone();
      const asEngine = (path: string, body?: object) =>
        own.call("POST", `/voice/v1/engine/${path}`, body, { authorization });
      const claim = async () => ((await asEngine("test-calls/claim")).json["test_call"] as { id: string } | null)?.id;
      const place = async () => String((await own.call("POST", "/voice/v1/test-calls", { to })).json["id"]);
      const see = async (id: string) => (await own.call("GET", `/voice/v1/test-calls/${id}`)).json;
      const first = await place();
      expect([await claim(), await claim()]).toEqual([first, undefined]);
      expect((await see(first))["options"]).toBeNull();
      own.clock.nowMs += 31_000;
      expect(await claim()).toBe(first);
      const id = callId();
      await asEngine(`test-calls/${first}/progress`, { call_id: id, status: "ringing" });
      own.clock.nowMs += 31_000;
      expect(await claim()).toBeUndefined();
      expect(await see(first)).toMatchObject({ status: "ringing", call_id: id });
      const line = { direction: "outbound", from: "+914440001111", to, test_call_id: first } as const;
      const events = (await asEngine("reports", { ...startedReport(id, null), ...line })).json["event_ids"];
      expect(events).toHaveLength(1);
      await asEngine("reports", { ...completedReport(id, null), ...line });
      expect(await see(first)).toMatchObject({ status: "completed" });
      const call = (await own.call("GET", "/voice/v1/calls?direction=outbound")).json.data?.[0];
      expect(call).toMatchObject({ id, direction: "outbound", to, failure: null });
      const [created] = [call?.["created"] as { contact_id: string } | undefined];
      const contact = created?.contact_id;
      expect((await own.call("GET", `/crm/v1/contacts/${contact}`)).json["phone"]).toBe(to);

      const second = await place();
      expect(await claim()).toBe(second);
      const failure = { sip_status: 486, reason: "busy", detail: "Busy Here" };
      const times = { started_at: "2026-11-24T09:00:00Z", ended_at: "2026-11-24T09:00:09Z" };
      const report = {
        type: "call.failed",
        call_id: callId(),
        engine_id: "e",
        ...times,
        from: null,
        to,
        test_call_id: second,
        failure,
      };
      expect((await asEngine("reports", report)).json["event_ids"]).toEqual([]);
      expect((await asEngine("reports", report)).status).toBe(200);
      expect(await see(second)).toMatchObject({ status: "failed", failure });
      expect((await own.call("GET", `/voice/v1/calls/${report.call_id}`)).json).toMatchObject({
        status: "completed",
        outcome: null,
        failure,
      });
      expect((await own.call("GET", "/voice/v1/agent")).json["demo"]).toEqual({ calls_used: 1, calls_limit: 2 });

      const third = await place();
      own.clock.nowMs += 601_000;
      expect(await see(third)).toMatchObject({ status: "failed", failure: { sip_status: null } });
      expect(await claim()).toBeUndefined();
    });

    test("retention: recordings, transcripts and events go when their days are over, others stay", async () => {
      const own = await openSuite(engine);
      const id = await recorded(own, "old.wav");
      await own.call("PATCH", "/voice/v1/agent", {
        retention: { recordings_days: 1, transcripts_days: 3, events_days: 3 },
      });
      await applyRetention(own.deps);
      expect(existsSync(join(own.recordings, "old.wav"))).toBe(true);
      own.clock.nowMs += 2 * DAY_MS;
      await applyRetention(own.deps);
      expect(existsSync(join(own.recordings, "old.wav"))).toBe(false);
      expect((await own.call("GET", `/voice/v1/calls/${id}`)).json["recording"]).toBeNull();
      expect((await own.call("GET", `/voice/v1/calls/${id}/transcript`)).status).toBe(200);
      own.clock.nowMs += 2 * DAY_MS;
      await applyRetention(own.deps);
      expect((await own.call("GET", `/voice/v1/calls/${id}/transcript`)).status).toBe(404);
      expect((await own.call("GET", "/voice/v1/events")).json.data).toEqual([]);
      expect((await own.call("GET", `/voice/v1/calls/${id}`)).json).toMatchObject({ outcome: "answered" });
      const log = (await own.call("GET", "/voice/v1/audit")).json.data ?? [];
      expect(log[0]).toMatchObject({ actor: "system" });
    });

    test("event types: every one with a schema that its events fit", async () => {
      const types = (await suite.call("GET", "/voice/v1/event-types")).json.data ?? [];
      expect(types.length).toBeGreaterThanOrEqual(22);
      for (const one of types) {
        expect(String(one["description"]).length).toBeGreaterThan(10);
        expect(one["schema"]).toMatchObject({ type: "object", properties: { type: { const: one["type"] } } });
      }
    });
  });
}
