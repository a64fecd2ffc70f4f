import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalJson, readIdempotencyKey } from "./idempotency.ts";
import { newContact, phone, serviceId, slots } from "./testing/fixtures.ts";
import { engines, openSuite, type Suite } from "./testing/suite.ts";

test("canonical JSON forgets the order of members and nothing else", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const shuffled = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("the quoted and the bare form are one key; what is none is refused", () => {
  expect(readIdempotencyKey('"abc-1"')).toBe("abc-1");
  expect(readIdempotencyKey("abc-1")).toBe("abc-1");
  expect(readIdempotencyKey(null)).toBeUndefined();
  for (const bad of ["", '""', "x".repeat(256), "ü"]) expect(() => readIdempotencyKey(bad)).toThrow();
});

for (const engine of await engines()) {
  describe(`idempotency on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });
    const lead = (number: string) => ({ contact: { name: "Priya", phone: number }, source: "web" });
    const keyed = (key: string) => ({ "idempotency-key": key });

    test("same key and body: the same bytes again, marked, and nothing done twice", async () => {
      const body = lead(phone());
      const first = await suite.call("POST", "/crm/v1/leads", body, keyed("k1"));
      const again = await suite.call(
        "POST",
        "/crm/v1/leads",
        { source: body.source, contact: body.contact },
        keyed('"k1"'),
      );
      expect(first.status).toBe(201);
      expect(first.headers.get("idempotency-replayed")).toBeNull();
      expect(again).toMatchObject({ status: 201, text: first.text });
      expect(again.headers.get("idempotency-replayed")).toBe("true");
    });

    test("same key, other body: 409; same key on another path or workspace: its own", async () => {
      const answer = await suite.call("POST", "/crm/v1/leads", lead(phone()), keyed("k1"));
      expect(answer).toMatchObject({ status: 409, json: { code: "idempotency_key_reuse" } });
      const hook = { url: "https://example.com/hook", events: ["call.completed"] };
      expect((await suite.call("POST", "/voice/v1/webhooks", hook, keyed("k1"))).status).toBe(201);
      const other = await openSuite(engine);
      expect((await other.call("POST", "/crm/v1/leads", lead(phone()), keyed("k1"))).status).toBe(201);
    });

    test("60 at once with one key: done once, the rest get the same answer or are told to wait", async () => {
      const body = lead(phone());
      const answers = await Promise.all(
        Array.from({ length: 60 }, () => suite.call("POST", "/crm/v1/leads", body, keyed("race"))),
      );
      const done = answers.filter((answer) => answer.status === 201);
      const waiting = answers.filter((answer) => answer.json.code === "idempotency_in_progress");
      expect(done.length).toBeGreaterThanOrEqual(1);
      expect(done.length + waiting.length).toBe(60);
      expect(new Set(done.map((answer) => answer.text)).size).toBe(1);
      expect(done.filter((answer) => answer.headers.get("idempotency-replayed") === null)).toHaveLength(1);
      const again = await suite.call("POST", "/crm/v1/leads", body, keyed("race"));
      expect(again.text).toBe(done[0]?.text ?? "");
    });

    test("a 4xx of the work is an answer too and what it wrote is gone", async () => {
      const service = await serviceId(suite);
      const contact_id = await newContact(suite);
      const [slot] = await slots(suite, service, "2026-11-24T04:00:00Z", "2026-11-24T08:00:00Z");
      const body = { slot_id: slot?.id, contact_id, service };
      expect((await suite.call("POST", "/calendar/v1/appointments", body, keyed("a"))).status).toBe(201);
      const lost = await suite.call("POST", "/calendar/v1/appointments", body, keyed("b"));
      expect(lost).toMatchObject({ status: 409, json: { code: "slot_taken" } });
      const again = await suite.call("POST", "/calendar/v1/appointments", body, keyed("b"));
      expect(again.text).toBe(lost.text);
      expect(again.headers.get("content-type")).toBe("application/problem+json");
      expect(again.headers.get("idempotency-replayed")).toBe("true");
    });

    test("a key is forgotten after 24 h", async () => {
      const body = lead(phone());
      const first = await suite.call("POST", "/crm/v1/leads", body, keyed("day"));
      suite.clock.nowMs += 24 * 3600_000 + 1;
      const later = await suite.call("POST", "/crm/v1/leads", body, keyed("day"));
      expect(later.status).toBe(201);
      expect(later.json["id"]).not.toBe(first.json["id"]);
      expect(later.json["contact_id"]).toBe(first.json["contact_id"]);
    });
  });
}
