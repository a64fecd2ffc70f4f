import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { newId } from "../ids.ts";
import { callId, completedReport, phone, startedReport, stereoWav } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";
import { createPeaks } from "./waveform.ts";

test("peaks: the loudest sample of each stretch, however the pieces fall", () => {
  const samples = Int16Array.from([100, -200, -32_768, 5, 7, 0, 1, 32_767]);
  for (const cut of [2, 4, 6, 8]) {
    const peaks = createPeaks(4, 2);
    peaks.add(samples.subarray(0, cut));
    peaks.add(samples.subarray(cut));
    expect([peaks.levels(0), peaks.levels(1)]).toEqual([
      [100, 0],
      [1, 100],
    ]);
  }
});

for (const engine of await engines()) {
  describe(`the dashboard's views on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });

    test("a call: quality, waveform, events with their deliveries, found by name, number and words", async () => {
      const received: { headers: Headers; body: string }[] = [];
      const hook = Bun.serve({
        port: 0,
        fetch: async (request) => {
          received.push({ headers: request.headers, body: await request.text() });
          return new Response(null, { status: 503 });
        },
      });
      const made = await suite.call("POST", "/voice/v1/webhooks", { url: hook.url.href, events: ["call.completed"] });
      const [id, number] = [callId(), phone()];
      mkdirSync(join(suite.recordings, "w"), { recursive: true });
      writeFileSync(join(suite.recordings, "w/a.wav"), stereoWav(8000));
      const recording = {
        recording_id: newId("recording", Date.now()),
        path: "w/a.wav",
        duration_ms: 1000,
        bytes: 32_044,
      };
      const at = new Date(suite.clock.nowMs).toISOString();
      await suite.call("POST", "/voice/v1/engine/reports", { ...startedReport(id, number), started_at: at });
      const report = completedReport(id, number, {
        recording,
        started_at: at,
        ended_at: at,
        fields: { name: "Zubin Zed" },
      });
      await suite.call("POST", "/voice/v1/engine/reports", report);
      await suite.worker.runOnce();

      expect((await suite.call("GET", `/voice/v1/calls/${id}/quality`)).json).toMatchObject({
        turns: [{ response_ms: 640 }],
        media: { codec: "PCMU", packets_lost: 2 },
      });
      const shape = await suite.call("GET", `/voice/v1/calls/${id}/waveform?points=50`);
      expect(shape.json["duration_ms"]).toBe(1000);
      const [caller, agent] = [shape.json["caller"] as number[], shape.json["agent"] as number[]];
      expect([caller[0], caller[49], agent[0], agent[49]]).toEqual([50, 0, 0, 50]);

      const told = (await suite.call("GET", `/voice/v1/calls/${id}/events`)).json.data ?? [];
      const completed = told.find((event) => event["type"] === "call.completed");
      expect(told.map((event) => event["type"])).toContain("call.started");
      const [delivery] = (completed?.["deliveries"] ?? []) as { id: string }[];
      expect(completed?.["deliveries"]).toMatchObject([{ status: "pending", attempts: 1, response_status: 503 }]);

      const request = (await suite.call("GET", `/voice/v1/deliveries/${delivery?.id}/request`)).json;
      expect(request["body"]).toBe(received[0]?.body ?? "");
      const headers = request["headers"] as Record<string, string>;
      expect(headers["webhook-signature"]).toBe(received[0]?.headers.get("webhook-signature") ?? "");
      const signer = new Webhook(String(made.json["secret"]));
      const expected = signer.sign(headers["webhook-id"] ?? "", new Date(suite.clock.nowMs), String(request["body"]));
      expect(headers["webhook-signature"]).toBe(expected);

      for (const q of ["zubin", number.slice(-6), "when are you OPEN", "for the hours"]) {
        const found = (await suite.call("GET", `/voice/v1/calls?q=${encodeURIComponent(q)}`)).json.data ?? [];
        expect({ q, found: found.map((call) => call["id"]) }).toEqual({ q, found: [id] });
        expect(found[0]).toMatchObject({ caller_name: "Zubin Zed", response_p50_ms: 640 });
      }
      expect((await suite.call("GET", "/voice/v1/calls?q=100%25")).json.data).toEqual([]);
      await hook.stop(true);
    });

    test("insights: humans and robocalls apart, percentiles over turns, days of the business", async () => {
      const own = await openSuite(engine);
      expect((await own.call("GET", "/voice/v1/insights")).json).toMatchObject({
        total: { calls: 0, answered: 0 },
        response: { turns: 0, p50_ms: null },
        days: [],
      });
      // 20:00 UTC of the day before is 1:30 in Chennai.
      const late = "2026-11-22T20:00:00.000Z";
      const turn = { turn: 1, endpointing_ms: 400, stt_ms: 0, llm_ms: 1, tts_ms: 90, engine_ms: 9 };
      for (const [outcome, response_ms] of [
        ["booked", 500],
        ["answered", 700],
        ["abandoned", null],
        ["robocall", 9999],
      ] as const) {
        const report = completedReport(callId(), phone(), { started_at: late, turns: [{ ...turn, response_ms }] });
        const finalize = { ...report.finalize, outcome };
        const sent = await own.call("POST", "/voice/v1/engine/reports", { ...report, finalize });
        expect(sent.status).toBe(201);
      }
      const { json } = await own.call("GET", "/voice/v1/insights?days=7");
      expect(json).toMatchObject({
        time_zone: "Asia/Kolkata",
        from: "2026-11-16T18:30:00.000Z",
        total: { calls: 3, robocalls: 1, answered: 2, abandoned: 1 },
        days: [{ day: "2026-11-23", calls: 3, robocalls: 1, packets_lost: 8 }],
        hours: [{ weekday: 0, hour: 1, calls: 3 }],
        parts: { endpointing_ms: 400, tts_ms: 90 },
      });
      expect(json["outcomes"]).toHaveLength(3);
    });

    test("sample data comes once, fires nothing, uses no demo call, and goes without a trace", async () => {
      const own = await openSuite(engine, { demoCalls: 1 });
      const print = async () => {
        const paths = ["/voice/v1/calls", "/crm/v1/contacts", "/tickets/v1/tickets", "/calendar/v1/appointments"];
        const lists = await Promise.all(paths.map((path) => own.call("GET", path)));
        return lists.map((list) => list.json.data?.length);
      };
      const added = await own.call("POST", "/voice/v1/sample-data");
      expect(added).toMatchObject({ status: 201, json: { present: true } });
      expect(await own.call("POST", "/voice/v1/sample-data")).toMatchObject({ json: added.json });
      expect((await print()).every((length) => (length ?? 0) > 0)).toBe(true);
      expect((await own.call("GET", "/voice/v1/events")).json.data).toEqual([]);
      expect((await own.call("GET", "/voice/v1/agent")).json["demo"]).toEqual({ calls_used: 0, calls_limit: 1 });
      const [ticket] = (await own.call("GET", "/tickets/v1/tickets")).json.data ?? [];
      await own.call("POST", `/tickets/v1/tickets/${ticket?.["id"]}/messages`, { body: "hello" });
      const [call] = (await own.call("GET", "/voice/v1/calls")).json.data ?? [];
      expect((await own.call("GET", `/voice/v1/calls/${call?.["id"]}/transcript`)).status).toBe(200);
      expect(await own.call("DELETE", "/voice/v1/sample-data")).toMatchObject({ json: { present: false, calls: 0 } });
      expect(await print()).toEqual([0, 0, 0, 0]);
    });

    test("a contact of the sample that was booked for real stays", async () => {
      const own = await openSuite(engine);
      await own.call("POST", "/voice/v1/sample-data");
      const [contact] = (await own.call("GET", "/crm/v1/contacts")).json.data ?? [];
      const ticket = { contact_id: contact?.["id"], subject: "real" };
      expect((await own.call("POST", "/tickets/v1/tickets", ticket)).status).toBe(201);
      expect((await own.call("DELETE", "/voice/v1/sample-data")).status).toBe(200);
      const left = (await own.call("GET", "/crm/v1/contacts")).json.data ?? [];
      expect(left.map((one) => one["id"])).toEqual([String(contact?.["id"])]);
    });
  });
}
