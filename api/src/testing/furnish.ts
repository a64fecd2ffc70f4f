/** A workspace with one of everything, and for every route of the OpenAPI document what to send it. A new route is added here, once, for all tests that walk. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../ids.ts";
import { renderOpenApi } from "../openapi.ts";
import { callId, completedReport, newContact, phone, serviceId, slots, startedReport, stereoWav } from "./fixtures.ts";
import type { Suite } from "./suite.ts";

const FILE = "api/src/testing/furnish.ts";

export interface Operation {
  requestBody?: unknown;
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

export interface Route {
  /** `post /voice/v1/webhooks` */
  name: string;
  method: string;
  path: string;
  operation: Operation;
}

/** Every route that the document describes. */
export function routes(): Route[] {
  const { paths } = JSON.parse(renderOpenApi()) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, method, path, operation })),
  );
}

/** One of everything, made by its owner.
 * @param hookUrl where the webhook points; by default where nobody listens
 */
export async function furnish(suite: Suite, hookUrl = "http://127.0.0.1:9/") {
  const post = async (path: string, body?: object) => {
    const answer = await suite.call("POST", path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return answer.json;
  };
  const hook = await post("/voice/v1/webhooks", { url: hookUrl, events: ["call.started", "call.completed"] });
  const number = phone();
  const call = callId();
  await post("/voice/v1/engine/reports", startedReport(call, number));
  const session = await post("/crm/v1/call-sessions", { call_id: call, from: number, to: "suki" });
  const open = await post("/crm/v1/call-sessions", { call_id: callId(), from: phone(), to: "suki" });
  mkdirSync(join(suite.recordings, "o"), { recursive: true });
  writeFileSync(join(suite.recordings, "o", "call.wav"), stereoWav(800));
  const recording = { recording_id: newId("recording", Date.now()), path: "o/call.wav", duration_ms: 1, bytes: 4 };
  await post("/voice/v1/engine/reports", completedReport(call, number, { recording }));
  const robocall = callId();
  const { finalize } = completedReport(robocall, number);
  await post(
    "/voice/v1/engine/reports",
    completedReport(robocall, number, { finalize: { ...finalize, outcome: "robocall" } }),
  );
  const contact = await newContact(suite);
  const otherContact = await newContact(suite);
  const leaver = await newContact(suite);
  const service = await serviceId(suite);
  const [slot, spare, third] = await slots(suite, service, "2026-11-24T09:30:00Z", "2026-11-24T12:00:00Z");
  const appointment = await post("/calendar/v1/appointments", { slot_id: slot?.id, contact_id: contact, service });
  const lead = await post("/crm/v1/leads", { contact: { phone: phone() }, source: "web" });
  const ticket = await post("/tickets/v1/tickets", { contact_id: contact, subject: "x" });
  await post(`/tickets/v1/tickets/${ticket["id"]}/messages`, { body: "secret words" });
  const feed = await post("/calendar/v1/feeds", {});
  const owner = await post("/voice/v1/owners", { name: "Asha", phone: phone(), pin: "4711" });
  await post("/voice/v1/engine/owner-verifications", { call_id: call, phone: owner["phone"], pin: "4711" });
  const testCall = await post("/voice/v1/test-calls", { to: phone() });
  const key = await post("/voice/v1/keys", { name: "k", scopes: ["calls:read"] });
  const login = `o${number.slice(1)}.${suite.engine}`;
  const member = await post("/voice/v1/members", { login, name: "O", role: "agent", password: "a long password" });
  await suite.call("PATCH", "/voice/v1/agent", { knowledge: [{ questions: ["Why?"], answer: "Owner's secret." }] });
  const first = async (path: string) => (await suite.call("GET", path)).json.data?.[0]?.["id"];
  return {
    contact,
    otherContact,
    leaver,
    service,
    call,
    robocall,
    slot: spare?.id,
    thirdSlot: third?.id,
    session: session["id"],
    openSession: open["id"],
    appointment: appointment["id"],
    lead: lead["id"],
    ticket: ticket["id"],
    feed: feed["id"],
    key: key["id"],
    testCall: testCall["id"],
    member: member["id"],
    owner: owner["id"],
    ownerPhone: owner["phone"],
    webhook: hook["id"],
    resource: await first("/calendar/v1/resources"),
    number: await first("/voice/v1/numbers"),
    event: await first("/voice/v1/events"),
    delivery: await first("/voice/v1/deliveries"),
  };
}
export type Owned = Awaited<ReturnType<typeof furnish>>;

/** The owner's thing that a path speaks of. */
export function target(path: string, of: Owned): string {
  const kinds: [RegExp, unknown][] = [
    [/^\/voice\/v1\/quarantine/, of.robocall],
    [/^\/voice\/v1\/calls/, of.call],
    [/^\/voice\/v1\/(engine\/)?test-calls/, of.testCall],
    [/^\/voice\/v1\/webhooks/, of.webhook],
    [/^\/voice\/v1\/deliveries/, of.delivery],
    [/^\/voice\/v1\/events/, of.event],
    [/^\/voice\/v1\/keys/, of.key],
    [/^\/voice\/v1\/members/, of.member],
    [/^\/voice\/v1\/numbers/, of.number],
    [/^\/voice\/v1\/owners/, of.owner],
    [/^\/voice\/v1\/knowledge\/versions/, 2],
    [/^\/crm\/v1\/call-sessions\/.*\/context/, of.session],
    [/^\/crm\/v1\/call-sessions/, of.openSession],
    [/^\/crm\/v1\/contacts\/.*\/erase/, of.leaver],
    [/^\/crm\/v1\/contacts/, of.contact],
    [/^\/crm\/v1\/leads/, of.lead],
    [/^\/calendar\/v1\/appointments/, of.appointment],
    [/^\/calendar\/v1\/resources/, of.resource],
    [/^\/calendar\/v1\/feeds/, of.feed],
    [/^\/tickets\/v1\/tickets/, of.ticket],
    [/^\/voice\/v1\/suite/, "crm"],
  ];
  const found = kinds.find(([pattern]) => pattern.test(path));
  if (found === undefined) throw new Error(`say in ${FILE} what ${path} speaks of`);
  return String(found[1]);
}

/** A valid body that names the owner's things wherever it can. A new route with a body must be added here. */
export function bodies(of: Owned): Record<string, object> {
  const outcome = { outcome: "answered", summary: "Asked for the hours.", sentiment: { label: "neutral", score: 0 } };
  return {
    "post /calendar/v1/appointments": {
      slot_id: of.slot,
      contact_id: of.contact,
      service: of.service,
      call_id: of.call,
    },
    "post /calendar/v1/appointments/{id}/reschedule": { slot_id: of.thirdSlot },
    "post /calendar/v1/appointments/{id}/cancel": { reason: "The caller is travelling." },
    "post /calendar/v1/feeds": {},
    "post /calendar/v1/resources": { name: "Chair 2", service_ids: [of.service] },
    "patch /calendar/v1/resources/{id}": { hours: null },
    "post /crm/v1/call-sessions": { call_id: of.call, from: null, to: "+914440001234" },
    "patch /crm/v1/call-sessions/{id}/fields": { fields: { reason_for_visit: "toothache" } },
    "post /crm/v1/call-sessions/{id}/finalize": { ...outcome, interests: [] },
    "post /crm/v1/contacts": { name: "Arjun Mehta", email: "arjun@example.com" },
    "patch /crm/v1/contacts/{id}": { name: "Priya Raman" },
    "post /crm/v1/contacts/{id}/merge": { into: of.otherContact },
    "post /crm/v1/leads": {
      contact: { name: "Meera", phone: phone() },
      source: "website",
      interests: [{ catalog_item_id: of.service, note: "asked about Saturdays" }],
    },
    "patch /crm/v1/leads/{id}": { stage: "lost" },
    "post /tickets/v1/tickets": {
      contact_id: of.contact,
      subject: "Call back about the invoice",
      source: "voice",
      call_id: of.call,
    },
    "post /tickets/v1/tickets/{id}/transitions": { to: "resolved" },
    "post /tickets/v1/tickets/{id}/messages": { body: "Called back; they will send the invoice again." },
    "post /tickets/v1/tickets/{id}/evidence": { kind: "call", call_id: of.call },
    "patch /voice/v1/agent": { greeting: "Thank you for calling Asha Dental. This is Suki, an AI assistant." },
    "post /voice/v1/browser-calls": { from_display: "website" },
    "post /voice/v1/calls/{id}/recording-links": {},
    "post /voice/v1/calls/{id}/say": { text: "One moment, please.", after: "go_on" },
    "post /voice/v1/calls/{id}/transfer": { to: "+919876543210" },
    "post /voice/v1/engine/reports": startedReport(of.call, null),
    "post /voice/v1/owners": { name: "Ravi", phone: phone(), pin: "2580" },
    "post /voice/v1/engine/owner-verifications": { call_id: of.call, phone: of.ownerPhone, pin: "4711" },
    "post /voice/v1/engine/owner-changes": {
      call_id: of.call,
      change: { type: "notice", text: "We are closed on Friday for Pongal." },
    },
    "post /voice/v1/keys": { name: "reporting", scopes: ["calls:read", "events:read"] },
    "post /voice/v1/members": {
      login: `m${phone().slice(1)}`,
      name: "Meera",
      role: "agent",
      password: "a long password",
    },
    "patch /voice/v1/members/{id}": { name: "Meera Pillai" },
    "post /voice/v1/numbers": { number: phone() },
    "post /voice/v1/test-calls": {
      to: phone(),
      options: { voice: "rms", instructions: "Mention the spring discount." },
    },
    "post /voice/v1/engine/test-calls/{id}/progress": { call_id: of.call, status: "ringing" },
    "post /voice/v1/webhooks": {
      url: "https://yourapp.com/hooks/sk-voice",
      events: ["call.completed", "call.escalated"],
    },
    "patch /voice/v1/webhooks/{id}": { description: "reception desk", max_concurrency: 4 },
    "post /voice/v1/webhooks/{id}/rotate": {},
    "post /voice/v1/webhooks/{id}/replay": { since: "2026-11-22T00:00:00Z" },
    "put /voice/v1/suite/{product}": { base_url: "http://127.0.0.1:9", key: "sk_test_0123456789abcdef" },
  };
}

/** The query that a route cannot do without. */
export function queryOf(path: string, of: Owned): string {
  if (path.endsWith("/slots")) return `?service_id=${of.service}&from=2026-11-24T00:00:00Z&to=2026-11-26T00:00:00Z`;
  if (path.endsWith("/diff")) return "?from=1&to=2";
  return path.endsWith("/search") ? "?q=secret" : "";
}

/** Path with the owner's things in it, and a valid body. @throws Error that says what to add for a new route */
export function requestFor({ name, path, operation }: Route, of: Owned): { path: string; body: object | undefined } {
  const body = operation.requestBody === undefined ? undefined : bodies(of)[name];
  if (operation.requestBody !== undefined && body === undefined) throw new Error(`give ${FILE} a body for ${name}`);
  return { path: path.replace(/\{[^}]+\}/, () => target(path, of)) + queryOf(path, of), body };
}
