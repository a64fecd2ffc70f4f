import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Slot } from "@sk-voice/api/contract/index.ts";
import { fixtureId, HAIRCUT, SALON } from "../receptionist/sim/workspace.ts";
import { SuiteError } from "../receptionist/suite.ts";
import { createSuiteHttp } from "./suite-http.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  readonly authorization: string | null;
  readonly body: unknown;
}

let server: ReturnType<typeof Bun.serve>;
let answer: () => Response | Promise<Response>;
let seen: Seen[];

beforeAll(() => {
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const url = new URL(request.url);
      const text = await request.text();
      seen.push({
        method: request.method,
        path: url.pathname + url.search,
        key: request.headers.get("idempotency-key"),
        authorization: request.headers.get("authorization"),
        body: text === "" ? null : JSON.parse(text),
      });
      return answer();
    },
  });
});
afterAll(() => server.stop(true));
beforeEach(() => {
  seen = [];
});

function suite(timeoutMs = 1000) {
  return createSuiteHttp({ baseUrl: `http://127.0.0.1:${server.port}`, key: "sk_test_engine", timeoutMs });
}

const at = "2026-11-24T09:30:00.000Z";
const slot: Slot = {
  id: fixtureId("slt", 1),
  service_id: HAIRCUT,
  resource: "chair 1",
  starts_at: at,
  ends_at: "2026-11-24T10:00:00.000Z",
};
const create = { slot_id: slot.id, contact_id: fixtureId("ctc", 1), service: HAIRCUT };

function problem(status: number, code: string, more: object = {}): Response {
  const body = { type: "about:blank", title: code, status, detail: `because ${code}`, code, request_id: "r1", ...more };
  return Response.json(body, { status, headers: { "content-type": "application/problem+json" } });
}

async function failure(work: Promise<unknown>): Promise<SuiteError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SuiteError) return error;
  throw new Error(`expected a SuiteError, got ${String(error)}`);
}

test("reads with the key and asks for slots as the contract says", async () => {
  answer = () => Response.json({ data: [slot] });
  expect(await suite().slots({ serviceId: HAIRCUT, from: at, to: at, limit: 5 })).toEqual([slot]);
  expect(seen[0]).toMatchObject({
    method: "GET",
    path: `/calendar/v1/slots?service_id=${HAIRCUT}&from=2026-11-24T09%3A30%3A00.000Z&to=2026-11-24T09%3A30%3A00.000Z&limit=5`,
    authorization: "Bearer sk_test_engine",
    key: null,
  });
  answer = () => Response.json(SALON);
  expect((await suite().agent()).business_name).toBe("Blue Door Salon");
});

test("writes carry the idempotency key", async () => {
  answer = () =>
    Response.json(
      {
        id: fixtureId("ses", 1),
        call_id: fixtureId("cal", 1),
        contact: null,
        known: false,
        fields: {},
        status: "open",
      },
      { status: 201 },
    );
  await suite().openSession(
    { call_id: fixtureId("cal", 1), from: null, to: "+914442001234" },
    { idempotencyKey: "k1" },
  );
  await suite().patchFields(fixtureId("ses", 1), { name: "Priya" }, { idempotencyKey: "k2" });
  expect(seen.map(({ method, path, key }) => [method, path, key])).toEqual([
    ["POST", "/crm/v1/call-sessions", "k1"],
    ["PATCH", `/crm/v1/call-sessions/${fixtureId("ses", 1)}/fields`, "k2"],
  ]);
  expect(seen[1]?.body).toEqual({ fields: { name: "Priya" } });
});

test("a lost slot is an answer with the next one", async () => {
  answer = () => problem(409, "slot_taken", { next_slot: slot });
  expect(await suite().book(create, { idempotencyKey: "k" })).toEqual({ status: "slot-taken", nextSlot: slot });
  answer = () => problem(409, "slot_taken", { next_slot: null });
  expect(await suite().book(create, { idempotencyKey: "k" })).toEqual({ status: "slot-taken", nextSlot: null });
});

test("another 409 is an error", async () => {
  answer = () => problem(409, "idempotency_key_reuse");
  expect(await failure(suite().book(create, { idempotencyKey: "k" }))).toMatchObject({
    status: 409,
    code: "idempotency_key_reuse",
    retryable: false,
  });
});

test("errors say whose they are and whether to ask again", async () => {
  answer = () => problem(503, "unavailable");
  expect(await failure(suite().agent())).toMatchObject({ status: 503, code: "unavailable", retryable: true });
  answer = () => problem(401, "unauthorized");
  expect(await failure(suite().agent())).toMatchObject({ status: 401, retryable: false });
  answer = () => new Response("<html>", { status: 502 });
  expect(await failure(suite().agent())).toMatchObject({ status: 502, code: "bad_response", retryable: true });
  answer = () => new Response("<html>");
  expect(await failure(suite().agent())).toMatchObject({ status: 0, code: "bad_response", retryable: false });
  answer = () => Response.json({ business_name: 3 });
  expect(await failure(suite().agent())).toMatchObject({ code: "bad_response" });
});

test("a redirect is not followed: the key would go with it", async () => {
  answer = () => Response.redirect("http://127.0.0.1:1/", 302);
  expect((await failure(suite().agent())).status).toBe(0);
});

test("no answer in time, no connection", async () => {
  answer = () => new Promise<Response>(() => undefined);
  expect(await failure(suite(30).agent())).toMatchObject({ status: 0, code: "timeout", retryable: true });
  const nobody = createSuiteHttp({ baseUrl: "http://127.0.0.1:1", key: "k" });
  expect(await failure(nobody.agent())).toMatchObject({ status: 0, code: "unreachable", retryable: true });
});
