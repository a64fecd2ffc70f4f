import { beforeEach, describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { Webhook as Verifier, WebhookVerificationError } from "standardwebhooks";
import { deliveries } from "../db/schema.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";
import type { Attempt, AttemptResult, Send } from "./deliver.ts";
import { pauseMs } from "./health.ts";

const ok: AttemptResult = { status: 200, retryAfter: undefined, head: "", error: null };
const answer = (status: number): AttemptResult => ({ ...ok, status });

test("pauses double up to five minutes", () => {
  expect([5, 6, 7, 8, 9, 10, 50].map(pauseMs)).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
});

for (const engine of await engines()) {
  const drain = () =>
    engine.db.read((q) => q.update(deliveries).set({ status: "cancelled" }).where(eq(deliveries.status, "pending")));
  const subscribe = async (suite: Suite, url: string, more: object = {}) => {
    const hook = await suite.call("POST", "/voice/v1/webhooks", { url, events: ["call.started"], ...more });
    return { id: String(hook.json["id"]), secret: String(hook.json["secret"]) };
  };
  const ping = (suite: Suite, id: string) => suite.call("POST", `/voice/v1/webhooks/${id}/test`);
  const hook = async (suite: Suite, id: string) => (await suite.call("GET", `/voice/v1/webhooks/${id}`)).json;

  describe(`secrets in rotation on ${engine.name}`, () => {
    beforeEach(drain);
    test("both sign for a day, then the new one only; the old one can be revoked now", async () => {
      const sent: Attempt[] = [];
      const suite = await openSuite(engine, {
        send: async (attempt) => {
          sent.push(attempt);
          return ok;
        },
      });
      const { id, secret: old } = await subscribe(suite, "http://127.0.0.1:9/");
      /** Which of the secrets the newest delivery verifies with. */
      async function signers(...secrets: string[]): Promise<boolean[]> {
        await ping(suite, id);
        await suite.worker.runOnce();
        const { body, headers } = sent.at(-1) ?? { body: "", headers: {} };
        return secrets.map((secret) => {
          try {
            new Verifier(secret).verify(body, headers);
            return true;
          } catch (error) {
            if (error instanceof WebhookVerificationError) return false;
            throw error;
          }
        });
      }
      suite.clock.nowMs = Date.now();
      const rotate = (overlap?: number) =>
        suite.call(
          "POST",
          `/voice/v1/webhooks/${id}/rotate`,
          overlap === undefined ? {} : { overlap_seconds: overlap },
        );
      const rotated = await rotate();
      const fresh = String(rotated.json["secret"]);
      expect(Date.parse(String(rotated.json["rotation_until"])) - suite.clock.nowMs).toBe(86_400_000);
      expect(await signers(old, fresh)).toEqual([true, true]);
      expect(await rotate()).toMatchObject({ status: 409, json: { code: "rotation_in_progress" } });
      await suite.call("POST", `/voice/v1/webhooks/${id}/revoke-previous-secret`);
      expect(await signers(old, fresh)).toEqual([false, true]);
      const now = String((await rotate(0)).json["secret"]);
      expect(await signers(old, fresh, now)).toEqual([false, false, true]);
      const next = String((await rotate(1)).json["secret"]);
      expect(await signers(now, next)).toEqual([true, true]);
      suite.clock.nowMs += 1001;
      expect(await signers(now, next)).toEqual([false, true]);
      expect((await hook(suite, id))["rotation_until"]).toBeNull();
    });
  });

  describe(`the health of endpoints on ${engine.name}`, () => {
    beforeEach(drain);

    test("five failures in a row pause it, one try goes first, success heals; the others are told", async () => {
      let broken = true;
      let atOnce = 0;
      let most = 0;
      const heard: string[] = [];
      const send: Send = async ({ url, body }) => {
        if (url.endsWith("/watch")) {
          heard.push((JSON.parse(body) as { type: string }).type);
          return ok;
        }
        most = Math.max(most, ++atOnce);
        await Bun.sleep(2);
        atOnce--;
        return broken ? answer(500) : ok;
      };
      const suite = await openSuite(engine, { send });
      await subscribe(suite, "http://127.0.0.1:9/watch", { events: ["webhook.failing", "webhook.disabled"] });
      const { id } = await subscribe(suite, "http://127.0.0.1:9/broken");
      for (let i = 0; i < 20; i++) await ping(suite, id);
      expect(await suite.worker.runOnce()).toBe(8);
      expect(most).toBe(8);
      expect(await hook(suite, id)).toMatchObject({ health: { state: "paused", failures: 8 } });
      // Only the watcher gets something while it is paused, and waiting is not a try.
      expect(await suite.worker.runOnce()).toBe(1);
      expect(heard).toEqual(["webhook.failing"]);
      const log = (await suite.call("GET", `/voice/v1/deliveries?webhook_id=${id}&limit=100`)).json.data ?? [];
      expect(log.map((row) => row["attempts"]).sort()).toEqual([...Array(12).fill(0), ...Array(8).fill(1)]);
      suite.clock.nowMs += 300_000;
      expect(await suite.worker.runOnce()).toBe(1);
      broken = false;
      suite.clock.nowMs += 300_000;
      expect(await suite.worker.runOnce()).toBe(1);
      expect(await hook(suite, id)).toMatchObject({ health: { state: "ok", failures: 0, paused_until: null } });
      expect(await suite.worker.runOnce()).toBe(8);
    });

    test("nothing but failures for five days, or 410: disabled, said to the others, and to the log", async () => {
      let status = 500;
      const heard: { type: string; data: { reason?: string } }[] = [];
      const send: Send = async ({ url, body }) => {
        if (!url.endsWith("/watch")) return answer(status);
        heard.push(JSON.parse(body) as (typeof heard)[number]);
        return ok;
      };
      const suite = await openSuite(engine, { send });
      await subscribe(suite, "http://127.0.0.1:9/watch", { events: ["webhook.disabled"] });
      const { id } = await subscribe(suite, "http://127.0.0.1:9/broken");
      for (let day = 0; day <= 5; day++) {
        await ping(suite, id);
        await suite.worker.runOnce();
        suite.clock.nowMs += 24 * 3600_000;
      }
      await suite.worker.runOnce();
      const reason = "nothing but failures for five days";
      expect(await hook(suite, id)).toMatchObject({ disabled: true, disabled_reason: reason });
      status = 410;
      const gone = await subscribe(suite, "http://127.0.0.1:9/gone");
      await ping(suite, gone.id);
      while ((await suite.worker.runOnce()) > 0);
      expect(heard.map((event) => [event.type, event.data.reason])).toEqual([
        ["webhook.disabled", reason],
        ["webhook.disabled", "the endpoint answered 410 Gone"],
      ]);
    });

    test("its concurrency is its own", async () => {
      let atOnce = 0;
      let most = 0;
      const send: Send = async () => {
        most = Math.max(most, ++atOnce);
        await Bun.sleep(2);
        atOnce--;
        return ok;
      };
      const suite = await openSuite(engine, { send });
      const { id } = await subscribe(suite, "http://127.0.0.1:9/", { max_concurrency: 2 });
      for (let i = 0; i < 6; i++) await ping(suite, id);
      expect(await suite.worker.runOnce()).toBe(2);
      await suite.call("PATCH", `/voice/v1/webhooks/${id}`, { max_concurrency: 64 });
      expect(await suite.worker.runOnce()).toBe(4);
      expect(most).toBe(4);
    });

    test("dead letters of a stretch of time are replayed once each, with the same id and bytes", async () => {
      const seen: [string, string][] = [];
      let status = 410;
      const send: Send = async ({ headers, body }) => {
        seen.push([String(headers["webhook-id"]), body]);
        return answer(status);
      };
      const suite = await openSuite(engine, { send });
      const { id } = await subscribe(suite, "http://127.0.0.1:9/");
      const fired: string[] = [];
      for (let i = 0; i < 4; i++) {
        suite.clock.nowMs += 60_000;
        fired.push(String((await ping(suite, id)).json["event_id"]));
        await suite.worker.runOnce();
        await suite.call("PATCH", `/voice/v1/webhooks/${id}`, { disabled: false });
      }
      const first = new Map(seen);
      const since = new Date(suite.clock.nowMs - 150_000).toISOString();
      const until = new Date(suite.clock.nowMs).toISOString();
      status = 200;
      const replay = (range: object) => suite.call("POST", `/voice/v1/webhooks/${id}/replay`, range);
      expect(await replay({ since, until })).toMatchObject({ status: 202, json: { replayed: 2, more: false } });
      seen.length = 0;
      while ((await suite.worker.runOnce()) > 0);
      expect(seen.map(([event]) => event)).toEqual([String(fired[1]), String(fired[2])]);
      for (const [event, body] of seen) expect(body).toBe(first.get(event) ?? "");
      expect((await replay({ since, until })).json["replayed"]).toBe(0);
      expect((await replay({ since: "2020-01-01T00:00:00Z" })).json["replayed"]).toBe(2);
      const rows = (await suite.call("GET", "/voice/v1/deliveries?status=dead&limit=100")).json.data ?? [];
      const detail = await suite.call("GET", `/voice/v1/deliveries/${rows[0]?.["id"]}`);
      expect(detail.json["tries"]).toMatchObject([{ number: 1, response_status: 410 }]);
    });
  });
}
