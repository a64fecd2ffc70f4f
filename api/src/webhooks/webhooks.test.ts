import { beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { Webhook as Verifier } from "standardwebhooks";
import { deliveries, deliveryAttempts, events } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { receive } from "../sdk/index.ts";
import { callId, completedReport, newContact, phone, serviceId, slots, startedReport } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";
import { updateAgent } from "../voice/agent.ts";
import { systemPrincipal, workFor } from "../work.ts";
import type { Attempt, AttemptResult, Send } from "./deliver.ts";
import { emit } from "./emit.ts";

const ok: AttemptResult = { status: 200, retryAfter: undefined, head: "thanks", error: null };
const answer = (status: number, retryAfter?: string): AttemptResult => ({ status, retryAfter, head: "", error: null });

const slot = (i: number) => ({
  id: newId("slot", i),
  service_id: newId("catalogItem", i),
  resource: "Chair 1",
  starts_at: "2026-11-24T09:30:00.000Z",
  ends_at: "2026-11-24T10:00:00.000Z",
});

interface Received {
  headers: Headers;
  body: string;
}

/** A real receiver on a real port. */
function receiver(respond: (received: Received) => Response = () => new Response("ok")) {
  const got: Received[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const received = { headers: request.headers, body: await request.text() };
      got.push(received);
      return respond(received);
    },
  });
  return { got, url: `http://127.0.0.1:${server.port}/hook`, stop: () => server.stop(true) };
}

for (const engine of await engines()) {
  // A worker claims whatever is due in the database: what an earlier test left, even one that failed, would be counted by the next.
  const drain = () =>
    engine.db.read((q) => q.update(deliveries).set({ status: "cancelled" }).where(eq(deliveries.status, "pending")));
  const everything = [
    "call.started",
    "call.completed",
    "call.escalated",
    "call.message_taken",
    "appointment.booked",
    "knowledge.updated",
  ];
  const subscribe = async (suite: Suite, url: string, events = everything) => {
    const hook = await suite.call("POST", "/voice/v1/webhooks", { url, events });
    return { id: String(hook.json["id"]), secret: String(hook.json["secret"]) };
  };
  const log = async (suite: Suite, query = "") =>
    (await suite.call("GET", `/voice/v1/deliveries?limit=100&${query}`)).json.data ?? [];
  const ping = (suite: Suite, id: string) => suite.call("POST", `/voice/v1/webhooks/${id}/test`);

  describe(`webhook endpoints on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });

    test("the quickstart's request; the secret is shown once", async () => {
      const created = await suite.call("POST", "/voice/v1/webhooks", {
        url: "https://yourapp.com/hooks/sk-voice",
        events: ["call.completed", "call.escalated"],
      });
      expect(created).toMatchObject({
        status: 201,
        json: { events: ["call.completed", "call.escalated"], livemode: false, disabled: false },
      });
      const { secret, ...rest } = created.json;
      expect(String(secret)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      const path = `/voice/v1/webhooks/${created.json["id"]}`;
      expect((await suite.call("GET", path)).json).toEqual(rest as never);
      expect((await suite.call("GET", "/voice/v1/webhooks")).json.data).toEqual([rest]);
      const changed = await suite.call("PATCH", path, { events: ["call.started"], description: "crm", disabled: true });
      expect(changed.json).toMatchObject({
        events: ["call.started"],
        description: "crm",
        disabled: true,
        disabled_reason: "disabled by the owner",
      });
      expect((await suite.call("PATCH", path, { disabled: false })).json).toMatchObject({
        disabled: false,
        disabled_reason: null,
      });
      expect((await suite.call("DELETE", path)).status).toBe(204);
      for (const method of ["GET", "DELETE"]) expect((await suite.call(method, path)).status).toBe(404);
      expect((await suite.call("GET", "/voice/v1/webhooks")).json.data).toEqual([]);
    });

    test("unknown events and private targets of a strange workspace are named", async () => {
      const bad = await suite.call("POST", "/voice/v1/webhooks", {
        url: "https://a.example/",
        events: ["call.exploded"],
      });
      expect(bad).toMatchObject({ status: 422, json: { errors: [{ pointer: "/events/0" }] } });
      const strange = await openSuite(engine, { localDevelopment: false });
      const target = await strange.call("POST", "/voice/v1/webhooks", {
        url: "http://127.0.0.1/",
        events: ["call.started"],
      });
      expect(target).toMatchObject({ status: 422, json: { errors: [{ pointer: "/url" }] } });
    });
  });

  describe(`deliveries on ${engine.name}`, () => {
    beforeEach(drain);

    test("a real receiver gets what it subscribed to, verified by the reference library and read by the helper", async () => {
      const suite = await openSuite(engine);
      const server = receiver();
      try {
        const { secret } = await subscribe(suite, server.url, ["call.started", "call.completed", "appointment.booked"]);
        const id = callId();
        const number = phone();
        await suite.call("POST", "/voice/v1/engine/reports", startedReport(id, number));
        const contact_id = await newContact(suite, number);
        const service = await serviceId(suite);
        const [slot] = await slots(suite, service, "2026-11-24T09:30:00Z", "2026-11-24T11:00:00Z");
        await suite.call("POST", "/calendar/v1/appointments", { slot_id: slot?.id, contact_id, service, call_id: id });
        await suite.call("POST", "/voice/v1/engine/reports", completedReport(id, number));
        suite.clock.nowMs = Date.now();
        while ((await suite.worker.runOnce()) > 0);
        expect(server.got).toHaveLength(3);
        const types = server.got.map(({ headers, body }) => {
          const plain = Object.fromEntries(headers);
          expect(new Verifier(secret).verify(body, plain)).toMatchObject({ id: headers.get("webhook-id") });
          expect(() => new Verifier(secret).verify(`${body} `, plain)).toThrow();
          return receive(body, headers, secret).type;
        });
        expect(types.sort()).toEqual(["appointment.booked", "call.completed", "call.started"]);
        const listed = (await suite.call("GET", "/voice/v1/events")).json.data ?? [];
        const known = new Map(listed.map((event) => [event["id"], event]));
        for (const { body } of server.got) {
          const sent = JSON.parse(body) as { id: string };
          expect(known.get(sent.id)).toEqual(sent as never);
          expect((await suite.call("GET", `/voice/v1/events/${sent.id}`)).json).toEqual(sent as never);
        }
        for (const row of await log(suite)) {
          expect(row).toMatchObject({
            status: "succeeded",
            attempts: 1,
            response_status: 200,
            response_head: "ok",
            error: null,
            next_attempt_at: null,
          });
        }
      } finally {
        await server.stop();
      }
    });

    test("virtual time: tried at once and after 1s 4s 16s 1m 5m 30m 2h with the same id and bytes, then dead; a replay begins again", async () => {
      const attempts: (Attempt & { atMs: number })[] = [];
      const failing: Send = async (attempt) => {
        attempts.push({ ...attempt, atMs: suite.clock.nowMs });
        return attempts.length <= 8 ? answer(500) : ok;
      };
      const suite: Suite = await openSuite(engine, { send: failing });
      const { id } = await subscribe(suite, "http://127.0.0.1:9/");
      const fired = await ping(suite, id);
      expect(fired.status).toBe(202);
      const startMs = suite.clock.nowMs;
      for (let i = 0; i < 8; i++) {
        expect(await suite.worker.runOnce()).toBe(1);
        expect(await suite.worker.runOnce()).toBe(0);
        const [row] = await log(suite);
        if (i === 7) break;
        const dueMs = Date.parse(String(row?.["next_attempt_at"]));
        suite.clock.nowMs = dueMs - 1;
        expect(await suite.worker.runOnce()).toBe(0);
        suite.clock.nowMs = dueMs;
      }
      expect(attempts.map((attempt) => (attempt.atMs - startMs) / 1000)).toEqual([0, 1, 5, 21, 81, 381, 2181, 9381]);
      expect(new Set(attempts.map((attempt) => attempt.body)).size).toBe(1);
      expect(new Set(attempts.map((attempt) => attempt.headers["webhook-id"])).size).toBe(1);
      expect(new Set(attempts.map((attempt) => attempt.headers["webhook-timestamp"])).size).toBe(8);
      const [dead] = await log(suite);
      expect(dead).toMatchObject({ status: "dead", attempts: 8, response_status: 500, event_type: "ping" });
      const kept = await suite.db.read((q) =>
        q
          .select()
          .from(deliveryAttempts)
          .where(eq(deliveryAttempts.deliveryId, String(dead?.["id"]))),
      );
      expect(kept).toHaveLength(8);
      const replay = await suite.call("POST", `/voice/v1/deliveries/${dead?.["id"]}/replay`);
      expect(replay).toMatchObject({ status: 202, json: { event_id: fired.json["event_id"] } });
      expect(await suite.worker.runOnce()).toBe(1);
      expect(attempts.at(-1)?.body).toBe(attempts[0]?.body ?? "");
      expect(await log(suite, "status=succeeded")).toMatchObject([
        { id: replay.json["delivery_id"], event_id: fired.json["event_id"] },
      ]);
    });

    test("Retry-After is honoured, 410 disables and stops, a re-enabled endpoint gets what waited", async () => {
      const answers = [answer(429, "120"), answer(410)];
      const suite = await openSuite(engine, { send: async () => answers.shift() ?? ok });
      const { id } = await subscribe(suite, "http://127.0.0.1:9/");
      await ping(suite, id);
      await suite.worker.runOnce();
      const [row] = await log(suite);
      expect(Date.parse(String(row?.["next_attempt_at"])) - suite.clock.nowMs).toBe(120_000);
      await ping(suite, id);
      await suite.worker.runOnce();
      expect((await suite.call("GET", `/voice/v1/webhooks/${id}`)).json).toMatchObject({
        disabled: true,
        disabled_reason: "the endpoint answered 410 Gone",
      });
      suite.clock.nowMs += 120_000;
      expect(await suite.worker.runOnce()).toBe(0);
      const dead = (await log(suite, "status=dead"))[0];
      expect(await suite.call("POST", `/voice/v1/deliveries/${dead?.["id"]}/replay`)).toMatchObject({
        status: 409,
        json: { code: "webhook_disabled" },
      });
      await suite.call("PATCH", `/voice/v1/webhooks/${id}`, { disabled: false });
      expect(await suite.worker.runOnce()).toBe(1);
    });

    test("a redirect is a failure and is not followed; a long answer is cut at 4 kB", async () => {
      const suite = await openSuite(engine);
      const inner = receiver();
      const redirecting = receiver(() => Response.redirect(inner.url, 308));
      const long = receiver(() => new Response("x".repeat(1_000_000), { status: 500 }));
      try {
        for (const server of [redirecting, long]) await ping(suite, (await subscribe(suite, server.url)).id);
        await suite.worker.runOnce();
        const rows = await log(suite);
        expect(rows.map((row) => row["response_status"]).sort()).toEqual([308, 500]);
        expect(Math.max(...rows.map((row) => String(row["response_head"]).length))).toBe(4096);
        expect(inner.got).toHaveLength(0);
      } finally {
        for (const server of [inner, redirecting, long]) await server.stop();
      }
    });

    test("a hanging endpoint with 200 events waiting does not delay another one", async () => {
      let release: () => void = () => {};
      const hang = new Promise<void>((resolve) => {
        release = resolve;
      });
      const healthy: string[] = [];
      let hanging = 0;
      const send: Send = async (attempt) => {
        if (attempt.url.endsWith("/slow")) {
          hanging++;
          await hang;
        } else healthy.push(String(attempt.headers["webhook-id"]));
        return ok;
      };
      const suite = await openSuite(engine, { send });
      await subscribe(suite, "http://127.0.0.1:9/slow", ["slot.released"]);
      await subscribe(suite, "http://127.0.0.1:9/fast", ["slot.released"]);
      await suite.db.transaction(async (tx) => {
        const work = workFor(suite.deps, { ...systemPrincipal(suite.workspaceId, false), localDevelopment: true }, tx);
        for (let i = 0; i < 200; i++) emit(work, "slot.released", { slot: slot(i), reason: "cancelled" });
      });
      suite.worker.start();
      try {
        for (let waited = 0; healthy.length < 200 && waited < 10_000; waited += 20) await Bun.sleep(20);
        expect(new Set(healthy).size).toBe(200);
        expect(hanging).toBe(8);
      } finally {
        release();
        await suite.worker.stop();
      }
    }, 30_000);

    test("a worker that dies leaves its deliveries to the next one; one that comes late changes nothing", async () => {
      let dies = true;
      let release: () => void = () => {};
      const stuck = new Promise<void>((resolve) => {
        release = resolve;
      });
      const send: Send = async () => {
        if (!dies) return ok;
        await stuck;
        return answer(500);
      };
      const suite = await openSuite(engine, { send });
      const { id } = await subscribe(suite, "http://127.0.0.1:9/");
      await ping(suite, id);
      const late = suite.worker.runOnce();
      while (
        (await suite.db.read((q) => q.select().from(deliveries).where(eq(deliveries.webhookId, id))))[0]?.claim === null
      )
        await Bun.sleep(5);
      dies = false;
      suite.clock.nowMs += 30_000;
      expect(await suite.worker.runOnce()).toBe(1);
      expect(await log(suite)).toMatchObject([{ status: "succeeded", attempts: 1 }]);
      release();
      await late;
      expect(await log(suite)).toMatchObject([{ status: "succeeded", attempts: 1 }]);
    });

    test("the event is a row of the transaction that did the work: when the work fails there is neither", async () => {
      const suite = await openSuite(engine);
      await subscribe(suite, "http://127.0.0.1:9/");
      const count = async () => {
        const all = await suite.db.read((q) =>
          q.select().from(events).where(eq(events.workspaceId, suite.workspaceId)),
        );
        return { events: all.length, deliveries: (await log(suite)).length };
      };
      const scopes = new Set<string>();
      const who = { keyId: "key", workspaceId: suite.workspaceId, livemode: false, scopes, localDevelopment: true };
      const change = (fail: boolean) =>
        suite.db.transaction(async (tx) => {
          const work = workFor(suite.deps, who, tx);
          await updateAgent(work, { knowledge: [{ questions: ["Why?"], answer: "Because." }] });
          if (fail) throw new Error("after the event");
        });
      await expect(change(true)).rejects.toThrow("after the event");
      expect(await count()).toEqual({ events: 0, deliveries: 0 });
      expect((await suite.call("GET", "/voice/v1/agent")).json["knowledge_version"]).toBe(1);
      await change(false);
      expect(await count()).toEqual({ events: 1, deliveries: 1 });
    });

    test("deleting an endpoint cancels what waits", async () => {
      const suite = await openSuite(engine, { send: async () => ok });
      const { id } = await subscribe(suite, "http://127.0.0.1:9/");
      await ping(suite, id);
      await suite.call("DELETE", `/voice/v1/webhooks/${id}`);
      expect(await suite.worker.runOnce()).toBe(0);
      expect(await log(suite)).toMatchObject([{ status: "cancelled" }]);
    });
  });
}
