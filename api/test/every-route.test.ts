/**
 * Every route of the OpenAPI document, asked over a socket on both databases: with a key it answers as documented, without one 401, without its
 * scope 403. And every event of the catalogue fires. `SK_WRITE_EXAMPLES=1` keeps what was sent and answered as the examples of the documentation.
 */
import { expect, test } from "bun:test";
import { z } from "zod";
import { EVENT_TYPES } from "../src/contract/events.ts";
import { Problem } from "../src/contract/problem.ts";
import { type Examples, examples, writeExamples } from "../src/examples.ts";
import { callId, completedReport, phone, startedReport } from "../src/testing/fixtures.ts";
import { furnish, type Route, requestFor, routes } from "../src/testing/furnish.ts";
import { type Answer, type Engine, engines, openSuite, type Suite } from "../src/testing/suite.ts";
import { breachOverdueTickets } from "../src/tickets/sla.ts";
import { systemPrincipal } from "../src/work.ts";

/** Reads first; what ends a thing last; what waits for another one after it. */
const ORDER = [
  /^get /,
  /^(patch|put) /,
  /^post .*\/(rotate|test|reschedule|reminder-sent)$/,
  /^post (?!.*\/(erase|revoke|cancel|claim|merge)$)/,
];
const ENDS = [
  /\/merge$/,
  /\/revoke$/,
  /\/erase$/,
  /\/claim$/,
  /\/cancel$/,
  /^delete (?!.*suite)/,
  /^put .*suite/,
  /^delete .*suite/,
];
const rank = ({ name }: Route) => {
  const end = ENDS.findIndex((pattern) => pattern.test(name));
  const begin = ORDER.findIndex((pattern) => pattern.test(name));
  return end >= 0 ? 100 + end : begin;
};
const ROUTES = routes().sort((a, b) => rank(a) - rank(b));
/** One appointment cannot be all of these. */
const OWN_THINGS = /appointments\/\{id\}\/(no-show|complete|cancel)$/;

const DAY_MS = 24 * 3600_000;

async function ask(
  base: string,
  key: string | undefined,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(base + path, {
    method: method.toUpperCase(),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, json, text };
}

/** What the document says of an answer, as a validator; undefined where it promises no JSON. */
function documented(route: Route, status: number): z.ZodType | undefined {
  const schema = route.operation.responses[String(status)]?.content?.["application/json"]?.schema;
  return schema === undefined ? undefined : z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}

/** How an answer to a good request differs from its document. */
function faultOf(route: Route, { status, headers, json }: Answer): string | undefined {
  if (status < 200 || status >= 300) return "expected a success";
  if (route.operation.responses[String(status)] === undefined) return "the document does not name this status";
  if (headers.get("x-request-id")?.startsWith("req_") !== true) return "no x-request-id";
  return documented(route, status)?.safeParse(json).error?.message;
}

/** An engine that runs this call and takes browsers. */
async function connectEngine(suite: Suite, base: string, call: string): Promise<WebSocket> {
  const who = systemPrincipal(suite.workspaceId, false);
  const options: unknown = { headers: { authorization: `Bearer ${suite.engineKey}` } };
  const socket = new WebSocket(`${base.replace("http", "ws")}/voice/v1/engine/live`, options as string[]);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const running = {
    id: call,
    engine_id: "engine-1",
    from: "+919876543210",
    from_display: null,
    to: "+914440001234",
    transport: "sip",
    started_at: "2026-11-23T04:00:00.000Z",
    state: "listening",
  };
  const hello = {
    type: "hello",
    engine_id: "engine-1",
    stream_url: "ws://127.0.0.1:8080/stream",
    max_calls: 10,
    calls: [running],
  };
  socket.onmessage = ({ data }) => {
    const { type, request_id } = JSON.parse(String(data)) as { type: string; request_id?: string };
    if (type === "preview") socket.send(JSON.stringify({ type, request_id, sound: "////" }));
  };
  socket.send(JSON.stringify(hello));
  for (let tries = 0; tries < 200 && !suite.hub.snapshot(who).calls.some(({ id }) => id === call); tries++)
    await Bun.sleep(5);
  return socket;
}

/** What no single request causes: an escalation, a message, a ticket that is late, endpoints that fail. */
async function stir(suite: Suite): Promise<void> {
  const answering = (status: number) =>
    Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(null, { status }) });
  const [broken, gone] = [answering(500), answering(410)];
  for (const { url } of [broken, gone]) {
    await suite.call("POST", "/voice/v1/webhooks", { url: url.href, events: ["contact.updated", "call.finalized"] });
  }
  const number = phone();
  const call_id = callId();
  const report = (body: object) => suite.call("POST", "/voice/v1/engine/reports", body);
  await report(startedReport(call_id, number));
  const line = { speaker: "caller", text: "I want to talk to a person.", start_ms: 2000, end_ms: 3500 };
  const at = { call_id, engine_id: "engine-1" };
  await report({
    type: "call.escalated",
    ...at,
    escalated_at: "2026-11-23T04:00:30.000Z",
    trigger: "explicit_request",
    reason: "asked for a person",
    transcript: [line],
  });
  await report({
    type: "call.message_taken",
    ...at,
    taken_at: "2026-11-23T04:00:50.000Z",
    message: {
      from_name: "Priya Raman",
      callback_number: number,
      subject: "Call back about the invoice",
      body: "The invoice of Tuesday is missing.",
      urgency: "high",
    },
  });
  await report(completedReport(call_id, number));
  for (let tries = 0; tries < 6; tries++) {
    while ((await suite.worker.runOnce()) > 0);
    suite.clock.nowMs += 60_000;
  }
  suite.clock.nowMs += 14 * DAY_MS;
  await breachOverdueTickets(suite.deps);
  await Promise.all([broken.stop(true), gone.stop(true)]);
}

async function walk(engine: Engine): Promise<Examples> {
  const suite = await openSuite(engine);
  const hook = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("ok") });
  const port = suite.app.listen({ hostname: "127.0.0.1", port: 0 }).server?.port;
  const base = `http://127.0.0.1:${port}`;
  const of = await furnish(suite, hook.url.href);
  while ((await suite.worker.runOnce()) > 0);
  const socket = await connectEngine(suite, base, of.call);
  const bare = await suite.key([]);
  const seen: Examples = { operations: {}, events: {} };
  const faults: string[] = [];
  for (const route of ROUTES) {
    const things = OWN_THINGS.test(route.path) ? await furnish(suite, hook.url.href) : of;
    const { path, body } = requestFor(route, things);
    const key = path.startsWith("/voice/v1/engine/") ? suite.engineKey : suite.testKey;
    for (const [other, status] of [
      [undefined, 401],
      [bare, 403],
    ] as const) {
      const refused = await ask(base, other, route.method, path, body);
      if (refused.status !== status || !Problem.safeParse(refused.json).success)
        faults.push(`${route.name}: expected a problem with ${status}, got ${refused.status} ${refused.text}`);
    }
    // Nobody has failed to come to what has not begun.
    const waitMs = route.path.endsWith("/no-show") ? 2 * DAY_MS : 0;
    suite.clock.nowMs += waitMs;
    const answer = await ask(base, key, route.method, path, body);
    suite.clock.nowMs -= waitMs;
    const fault = faultOf(route, answer);
    if (fault !== undefined) faults.push(`${route.name} → ${answer.status} ${answer.text.slice(0, 300)}: ${fault}`);
    const status = String(answer.status);
    seen.operations[route.name] = { request: body ?? null, status, response: answer.text === "" ? null : answer.json };
  }
  expect(faults).toEqual([]);
  await stir(suite);
  for (const type of EVENT_TYPES) {
    const [event] = (await ask(base, suite.testKey, "get", `/voice/v1/events?type=${type}&limit=1`)).json.data ?? [];
    expect({ type, fired: event?.["type"] }).toEqual({ type, fired: type });
    seen.events[type] = event ?? {};
  }
  socket.close();
  await Promise.all([hook.stop(true), suite.app.server?.stop(true)]);
  return seen;
}

for (const engine of await engines()) {
  test(`every route and every event on ${engine.name}`, async () => {
    const seen = await walk(engine);
    if (engine.name === "pglite" && process.env["SK_WRITE_EXAMPLES"] === "1") await writeExamples(seen);
  }, 60_000);
}

test("every route and every event has an example in the documentation, which still fits", () => {
  const fix = "SK_WRITE_EXAMPLES=1 bun test api/test/every-route.test.ts && bun api/src/openapi.ts";
  for (const route of ROUTES) {
    const example = examples.operations[route.name];
    if (example === undefined) throw new Error(`${route.name} has no example: ${fix}`);
    const validator = example.response === null ? undefined : documented(route, Number(example.status));
    const fault = validator?.safeParse(example.response).error;
    expect({ route: route.name, fault, fix }).toEqual({ route: route.name, fault: undefined, fix });
  }
  expect(Object.keys(examples.events)).toEqual([...EVENT_TYPES]);
});
