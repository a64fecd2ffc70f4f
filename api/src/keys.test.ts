import { beforeAll, describe, expect, test } from "bun:test";
import { eq, sql } from "drizzle-orm";
import { CUSTOMER_SCOPES } from "./auth.ts";
import { apiKeys, auditEntries, idempotencyKeys, webhooks } from "./db/schema.ts";
import { createSeal, isSealed } from "./seal.ts";
import { newContact, phone } from "./testing/fixtures.ts";
import { engines, openSuite, type Suite } from "./testing/suite.ts";
import { sealStoredSecrets } from "./webhooks/endpoints.ts";

describe("the seal", () => {
  test("opens what it sealed, never twice the same, nothing that was changed or sealed by another", () => {
    const seal = createSeal("one");
    const [first, second] = [seal.seal("whsec_x"), seal.seal("whsec_x")];
    expect(first).not.toBe(second);
    expect(seal.open(first)).toBe("whsec_x");
    expect(() => createSeal("two").open(first)).toThrow();
    for (const at of [10, 20, first.length - 1]) {
      // The letter's highest bit: the lowest ones of the last letter stand for nothing.
      const flipped = `${first.slice(0, at)}${/[A-Za-f]/.test(first[at]!) ? "z" : "A"}${first.slice(at + 1)}`;
      expect(() => seal.open(flipped)).toThrow();
    }
    expect(() => seal.open("whsec_x")).toThrow();
  });
});

for (const engine of await engines()) {
  describe(`keys on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });
    const make = (body: object, headers = {}) => suite.call("POST", "/voice/v1/keys", body, headers);
    const bearer = (key: unknown) => ({ authorization: `Bearer ${key}` });

    test("made, shown once, used, listed with its last use, revoked at once", async () => {
      const made = await make({ name: "dashboard", scopes: ["crm:read", "crm:read"] });
      expect(made).toMatchObject({ status: 201, json: { name: "dashboard", scopes: ["crm:read"], livemode: false } });
      const { key, id } = made.json;
      expect(String(key)).toStartWith("sk_test_");
      expect((await suite.call("GET", "/crm/v1/contacts", undefined, bearer(key))).status).toBe(200);
      expect((await suite.call("GET", "/voice/v1/calls", undefined, bearer(key))).status).toBe(403);
      const got = await suite.call("GET", `/voice/v1/keys/${id}`);
      expect(got.text).not.toContain(String(key));
      expect(got.json["last_used_at"]).toBe(new Date(suite.clock.nowMs).toISOString());
      expect(got.json["last4"]).toBe(String(key).slice(-4));
      const listed = (await suite.call("GET", "/voice/v1/keys")).json.data ?? [];
      expect(listed.map((one) => one["id"])).toContain(String(id));
      const revoked = await suite.call("POST", `/voice/v1/keys/${id}/revoke`);
      expect(revoked.json["revoked_at"]).toBeString();
      expect((await suite.call("GET", "/crm/v1/contacts", undefined, bearer(key))).status).toBe(401);
    });

    test("gives no scope it lacks, no scope there is not; does not revoke itself", async () => {
      const few = await suite.key(["keys:write", "crm:read"]);
      expect(await make({ name: "x", scopes: ["crm:read", "crm:write"] }, bearer(few))).toMatchObject({
        status: 422,
        json: { errors: [{ pointer: "/scopes/1" }] },
      });
      expect(await make({ name: "x", scopes: ["moon:read"] })).toMatchObject({ status: 422 });
      expect(await make({ name: "x", scopes: ["engine:write"] })).toMatchObject({ status: 422 });
      const rows = await suite.db.read((q) =>
        q.select().from(apiKeys).where(eq(apiKeys.workspaceId, suite.workspaceId)),
      );
      const own = rows.find((row) => suite.testKey.endsWith(row.last4));
      expect(await suite.call("POST", `/voice/v1/keys/${own?.id}/revoke`)).toMatchObject({
        status: 409,
        json: { code: "own_key" },
      });
    });

    test("live and test are two worlds", async () => {
      const live = await suite.key(CUSTOMER_SCOPES, { livemode: true });
      const contact = await newContact(suite);
      expect((await suite.call("GET", `/crm/v1/contacts/${contact}`, undefined, bearer(live))).status).toBe(404);
      const made = await make({ name: "l", scopes: ["crm:read"] }, bearer(live));
      expect(String(made.json["key"])).toStartWith("sk_live_");
    });

    test("a secret shown once lies nowhere in the clear, and is shown again to the same idempotent request", async () => {
      const headers = { "idempotency-key": "secret-once" };
      const body = { url: "https://example.com/h", events: ["call.started"] };
      const first = await suite.call("POST", "/voice/v1/webhooks", body, headers);
      const again = await suite.call("POST", "/voice/v1/webhooks", body, headers);
      expect(again.text).toBe(first.text);
      const secret = String(first.json["secret"]);
      const [row] = await suite.db.read((q) =>
        q
          .select()
          .from(webhooks)
          .where(eq(webhooks.id, String(first.json["id"]))),
      );
      expect(isSealed(row?.secret ?? "")).toBe(true);
      const kept = await suite.db.read((q) =>
        q.select().from(idempotencyKeys).where(eq(idempotencyKeys.workspaceId, suite.workspaceId)),
      );
      expect(JSON.stringify(kept)).not.toContain(secret);
      // A row of before secrets were sealed is sealed at start.
      await suite.db.read((q) =>
        q
          .update(webhooks)
          .set({ secret })
          .where(eq(webhooks.id, String(first.json["id"]))),
      );
      await sealStoredSecrets(suite.db, suite.deps.seal);
      const [later] = await suite.db.read((q) =>
        q
          .select()
          .from(webhooks)
          .where(eq(webhooks.id, String(first.json["id"]))),
      );
      expect(suite.deps.seal.open(later?.secret ?? "")).toBe(secret);
    });
  });

  describe(`the audit log on ${engine.name}`, () => {
    const verify = async (suite: Suite) => (await suite.call("GET", "/voice/v1/audit/verify")).json;

    test("one entry for every mutation that happened, none for reads, refusals and repeats; no personal data", async () => {
      const suite = await openSuite(engine);
      const number = phone();
      const lead = { contact: { name: "Canary Name", phone: number }, source: "web" };
      const headers = { "idempotency-key": "a" };
      const made = await suite.call("POST", "/crm/v1/leads", lead, headers);
      await suite.call("POST", "/crm/v1/leads", lead, headers);
      await suite.call("POST", "/crm/v1/leads", { contact: { phone: "no" }, source: "web" });
      await suite.call("GET", "/crm/v1/contacts");
      const list = await suite.call("GET", "/voice/v1/audit");
      expect(list.json.data).toMatchObject([
        { seq: 1, action: "POST /crm/v1/leads", target: made.json["id"], previous_hash: "0".repeat(64) },
      ]);
      expect(list.text).not.toContain("Canary");
      expect(list.text).not.toContain(number);
    });

    test("40 at once make one unbroken chain; whoever changes it is refused, or found out", async () => {
      const suite = await openSuite(engine);
      const add = () => suite.call("POST", "/crm/v1/leads", { contact: { phone: phone() }, source: "web" });
      await Promise.all(Array.from({ length: 40 }, add));
      const whole = await verify(suite);
      expect(whole).toMatchObject({ intact: true, entries: 40, broken_at_seq: null });
      const mine = sql`workspace_id = ${suite.workspaceId}`;
      for (const attack of [
        sql`update audit_entries set actor = 'nobody' where ${mine}`,
        sql`delete from audit_entries where ${mine}`,
        sql`truncate audit_entries`,
      ]) {
        const done = suite.db.transaction((tx) => tx.execute(attack));
        expect(
          await done.then(
            () => "done",
            () => "refused",
          ),
        ).toBe("refused");
      }
      // A superuser can switch the trigger off; the chain still shows it.
      await suite.db.transaction(async (tx) => {
        await tx.execute(sql`alter table audit_entries disable trigger append_only`);
        await tx.execute(sql`update audit_entries set actor = 'nobody' where ${mine} and seq = 17`);
        await tx.execute(sql`alter table audit_entries enable trigger append_only`);
      });
      expect(await verify(suite)).toMatchObject({ intact: false, broken_at_seq: 17 });
      await suite.db.transaction(async (tx) => {
        await tx.execute(sql`alter table audit_entries disable trigger append_only`);
        await tx.delete(auditEntries).where(sql`${mine} and seq >= 17`);
        await tx.execute(sql`alter table audit_entries enable trigger append_only`);
      });
      // Cutting the end off leaves a chain that holds, with another head: keep the head elsewhere.
      const cut = await verify(suite);
      expect(cut).toMatchObject({ intact: true, entries: 16 });
      expect(cut["head_hash"]).not.toBe(String(whole["head_hash"]));
    });
  });

  describe(`rate limits on ${engine.name}`, () => {
    test("a bucket for each key and each address: 429 with Retry-After, refilled by time", async () => {
      const suite = await openSuite(engine, { rate: { perSecond: 2, burst: 5 } });
      const other = await suite.key(["crm:read"]);
      const get = (key = suite.testKey) =>
        suite.call("GET", "/crm/v1/contacts", undefined, { authorization: `Bearer ${key}` });
      const first = await get();
      expect(first.headers.get("ratelimit-limit")).toBe("5");
      expect(first.headers.get("ratelimit-remaining")).toBe("4");
      for (let i = 0; i < 4; i++) expect((await get()).status).toBe(200);
      const limited = await get();
      expect(limited).toMatchObject({ status: 429, json: { code: "rate_limited" } });
      expect(limited.headers.get("retry-after")).toBe("1");
      expect(limited.headers.get("ratelimit-remaining")).toBe("0");
      suite.clock.nowMs += 1000;
      expect((await get(other)).status).toBe(200);
      expect((await get("sk_test_wrong_wrong_wrong")).status).toBe(401);
      expect((await get()).status).toBe(429);
    });
  });
}
