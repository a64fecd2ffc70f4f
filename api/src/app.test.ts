import { beforeAll, describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { Problem } from "./contract/problem.ts";
import { calls } from "./db/schema.ts";
import { callId, phone, startedReport } from "./testing/fixtures.ts";
import { type Answer, engines, openSuite, type Suite } from "./testing/suite.ts";

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(Problem.parse(answer.json)).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("x-request-id")).toBe(String(answer.json["request_id"]));
}

for (const engine of await engines()) {
  describe(`errors on ${engine.name}`, () => {
    let suite: Suite;
    beforeAll(async () => {
      suite = await openSuite(engine);
    });

    test("no key, a word, an unknown key: 401 before anything else is looked at", async () => {
      for (const authorization of ["", "Bearer x", "Basic abc", `Bearer sk_test_${"a".repeat(27)}`]) {
        const answer = await suite.call("POST", "/voice/v1/webhooks", "{", { authorization });
        expectProblem(answer, 401, "unauthenticated");
        expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
      }
    });

    test("a key without the scope: 403 naming it", async () => {
      const authorization = `Bearer ${await suite.key(["calls:read"])}`;
      const answer = await suite.call("POST", "/crm/v1/leads", {}, { authorization });
      expectProblem(answer, 403, "insufficient_scope");
      expect(answer.headers.get("www-authenticate")).toContain('scope="crm:write"');
    });

    test("a customer's key cannot report as an engine", async () => {
      const authorization = `Bearer ${suite.testKey}`;
      const answer = await suite.call("POST", "/voice/v1/engine/reports", startedReport(callId(), null), {
        authorization,
      });
      expectProblem(answer, 403, "insufficient_scope");
    });

    test("unknown path 404, known path with another method 405 with Allow", async () => {
      expectProblem(await suite.call("GET", "/nothing/here"), 404, "not_found");
      const answer = await suite.call("PUT", "/voice/v1/agent", {});
      expectProblem(answer, 405, "method_not_allowed");
      expect(answer.headers.get("allow")).toBe("GET, PATCH");
    });

    test("broken JSON 400, other media types 415, too much 413", async () => {
      expectProblem(await suite.call("POST", "/crm/v1/leads", '{"contact":'), 400, "malformed_json");
      expectProblem(await suite.call("POST", "/crm/v1/leads", `${"[".repeat(5000)}`), 400, "malformed_json");
      const text = { "content-type": "text/plain" };
      expectProblem(await suite.call("POST", "/crm/v1/leads", "hello", text), 415, "unsupported_media_type");
      expectProblem(
        await suite.call("POST", "/crm/v1/leads", JSON.stringify("x".repeat(5_000_000))),
        413,
        "body_too_large",
      );
    });

    test("a body larger than it says is cut off while it streams", async () => {
      const chunk = new Uint8Array(1024 * 1024).fill(32);
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent++ < 64) controller.enqueue(chunk);
          else controller.close();
        },
      });
      const headers = { authorization: `Bearer ${suite.testKey}`, "content-type": "application/json" };
      const response = await suite.fetch(
        new Request("http://localhost/crm/v1/leads", { method: "POST", body, headers }),
      );
      expect(response.status).toBe(413);
      expect(sent).toBeLessThan(20);
    });

    test("input that does not fit: 422 with a pointer to every field", async () => {
      const body = {
        contact: { name: 5, phone: "+919876543210" },
        source: "web",
        interests: [{ catalog_item_id: "x" }],
      };
      const answer = await suite.call("POST", "/crm/v1/leads", body);
      expectProblem(answer, 422, "validation_failed");
      expect(answer.json.errors?.map((error) => error.pointer)).toEqual([
        "/contact/name",
        "/interests/0/catalog_item_id",
      ]);
      expectProblem(await suite.call("POST", "/crm/v1/leads"), 422, "validation_failed");
      const query = await suite.call("GET", "/voice/v1/calls?limit=0");
      expectProblem(query, 422, "validation_failed");
      expect(query.json.errors).toMatchObject([{ location: "query", pointer: "/limit" }]);
      expectProblem(await suite.call("GET", "/voice/v1/calls/cal_1"), 422, "validation_failed");
      expectProblem(await suite.call("GET", "/voice/v1/calls?cursor=%21%21"), 400, "invalid_cursor");
    });

    test("text that no database takes, and nesting without end, are named", async () => {
      const lead = (name: unknown) => ({ contact: { name, phone: "+919876543210" }, source: "web" });
      for (const name of ["nul \0 byte", "half \ud800 a pair"]) {
        const answer = await suite.call("POST", "/crm/v1/leads", lead(name));
        expectProblem(answer, 422, "validation_failed");
        expect(answer.json.errors).toMatchObject([{ pointer: "/contact/name" }]);
      }
      const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
      expect((await suite.call("POST", "/crm/v1/leads", deep)).status).toBeOneOf([400, 422]);
    });

    test("a row that breaks the response schema is our fault: 500, nothing of the row in it", async () => {
      const id = callId();
      await suite.call("POST", "/voice/v1/engine/reports", startedReport(id, phone()));
      await suite.db.read((q) => q.update(calls).set({ language: "not a language!" }).where(eq(calls.id, id)));
      const answer = await suite.call("GET", `/voice/v1/calls/${id}`);
      expectProblem(answer, 500, "internal_error");
      expect(answer.text).not.toContain("not a language");
      await suite.db.read((q) => q.update(calls).set({ language: null }).where(eq(calls.id, id)));
    });

    test("health, ready, the OpenAPI document and its page need no key", async () => {
      for (const [path, type] of [
        ["/health", "application/json"],
        ["/ready", "application/json"],
        ["/openapi/json", "application/json"],
        ["/openapi", "text/html"],
      ] as const) {
        const response = await suite.fetch(new Request(`http://localhost${path}`));
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toStartWith(type);
      }
    });

    test("another workspace, and the live environment, see nothing of this one", async () => {
      const id = callId();
      await suite.call("POST", "/voice/v1/engine/reports", startedReport(id, phone()));
      const other = await openSuite(engine);
      expectProblem(await other.call("GET", `/voice/v1/calls/${id}`), 404, "not_found");
      expect((await other.call("GET", "/voice/v1/calls")).json.data).toEqual([]);
      const authorization = `Bearer ${await suite.key(["calls:read"], { livemode: true })}`;
      expectProblem(await suite.call("GET", `/voice/v1/calls/${id}`, undefined, { authorization }), 404, "not_found");
      expectProblem(
        await other.call("POST", "/voice/v1/engine/reports", startedReport(id, null)),
        409,
        "call_id_conflict",
      );
    });
  });
}
