/** A workspace here whose products live in a second instance of this api, on another database, behind a real socket. */
import { describe, expect, test } from "bun:test";
import { CUSTOMER_SCOPES } from "../auth.ts";
import { callId, completedReport, phone, serviceId, slots, startedReport } from "../testing/fixtures.ts";
import { type Engine, engines, openSuite, type Suite } from "../testing/suite.ts";

const [here, there] = await engines();

interface Gate {
  /** Answers of the next requests instead of the product's; `lost` lets the work happen and loses its answer. */
  trouble: ("down" | "lost")[];
  seen: string[];
}

/** The remote product, and what may happen on the way to it. */
function serve(remote: Suite) {
  const gate: Gate = { trouble: [], seen: [] };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      gate.seen.push(`${request.method} ${new URL(request.url).pathname}`);
      const trouble = gate.trouble.shift();
      if (trouble === "down") return new Response("bad gateway", { status: 502 });
      const answer = await remote.fetch(request);
      return trouble === "lost" ? new Response(null, { status: 504 }) : answer;
    },
  });
  return { gate, server, baseUrl: server.url.href.replace(/\/$/, "") };
}

async function point(local: Suite, baseUrl: string, key: string, products = ["crm", "calendar", "tickets"]) {
  for (const product of products) {
    const set = await local.call("PUT", `/voice/v1/suite/${product}`, { base_url: baseUrl, key });
    expect(set).toMatchObject({ status: 200, json: { product, base_url: baseUrl } });
    expect(set.text).not.toContain(key);
  }
}

async function twoInstances(local: Engine, remote: Engine) {
  const ours = await openSuite(local);
  const theirs = await openSuite(remote);
  const { gate, server, baseUrl } = serve(theirs);
  await point(ours, baseUrl, theirs.testKey);
  const agent = await theirs.call("GET", "/voice/v1/agent");
  const adopted = await ours.call("PATCH", "/voice/v1/agent", { services: agent.json["services"] });
  expect(adopted.status).toBe(200);
  return { ours, theirs, gate, baseUrl, stop: () => server.stop(true) };
}

describe("a suite that lives elsewhere", () => {
  if (here === undefined || there === undefined) {
    console.warn(
      "the remote suite is not tested: it needs PostgreSQL as the second database (Debian: apt-get install postgresql)",
    );
    return;
  }

  test("bookings and contacts are made there, with key, scope and input checked here", async () => {
    const { ours, theirs, gate, stop } = await twoInstances(here, there);
    const lead = await ours.call("POST", "/crm/v1/leads", {
      contact: { name: "Priya", phone: phone() },
      source: "web",
    });
    expect(lead.status).toBe(201);
    const contact = String(lead.json["contact_id"]);
    expect((await theirs.call("GET", `/crm/v1/contacts/${contact}`)).json).toMatchObject({ name: "Priya" });
    const service = await serviceId(ours);
    const [slot] = await slots(ours, service, "2026-11-24T04:00:00Z", "2026-11-24T09:00:00Z");
    const booking = { slot_id: slot?.id, contact_id: contact, service };
    const booked = await ours.call("POST", "/calendar/v1/appointments", booking);
    expect(booked).toMatchObject({ status: 201, json: { status: "booked" } });
    const lost = await ours.call("POST", "/calendar/v1/appointments", booking);
    expect(lost).toMatchObject({ status: 409, json: { code: "slot_taken", next_slot: { service_id: service } } });
    expect(lost.headers.get("content-type")).toBe("application/problem+json");
    const before = gate.seen.length;
    const reader = { authorization: `Bearer ${await ours.key(["crm:read"])}` };
    expect((await ours.call("POST", "/crm/v1/contacts", { name: "x" }, reader)).status).toBe(403);
    expect((await ours.call("POST", "/crm/v1/contacts", { name: 7 })).status).toBe(422);
    expect(gate.seen.length).toBe(before);
    await stop();
  });

  test("an answer that was lost on the way is asked for again and nothing happens twice", async () => {
    const { ours, theirs, gate, stop } = await twoInstances(here, there);
    gate.trouble.push("lost", "down");
    const made = await ours.call("POST", "/crm/v1/contacts", { name: "Once", phone: phone() });
    expect(made.status).toBe(201);
    const named = (await theirs.call("GET", "/crm/v1/contacts?limit=100")).json.data?.filter(
      (one) => one["name"] === "Once",
    );
    expect(named).toHaveLength(1);
    gate.trouble.push("down", "down", "down");
    const away = await ours.call("GET", `/crm/v1/contacts/${made.json["id"]}`);
    expect(away).toMatchObject({ status: 503, json: { code: "remote_unavailable" } });
    expect(away.headers.get("retry-after")).toBe("2");
    await stop();
  });

  test("a whole call: session, fields, message, finalize there; call and events here name what came of it", async () => {
    const { ours, theirs, gate, stop } = await twoInstances(here, there);
    const hook = { url: "http://127.0.0.1:9/", events: ["call.started", "call.completed", "call.message_taken"] };
    await ours.call("POST", "/voice/v1/webhooks", hook);
    const call = callId();
    const number = phone();
    const report = (body: object) => ours.call("POST", "/voice/v1/engine/reports", body);
    await report(startedReport(call, number));
    const message = {
      from_name: "Arjun",
      callback_number: number,
      subject: "Invoice",
      body: "Please call.",
      urgency: "high",
    };
    const taken = {
      type: "call.message_taken",
      call_id: call,
      engine_id: "e",
      taken_at: "2026-11-23T04:00:20Z",
      message,
    };
    const ticketed = await report(taken);
    const done = completedReport(call, number, { fields: { name: "Arjun Mehta" } });
    gate.trouble.push("down", "down", "down");
    expect(await report(done)).toMatchObject({ status: 503, json: { code: "remote_unavailable" } });
    expect((await ours.call("GET", `/voice/v1/calls/${call}`)).json["status"]).toBe("in_progress");
    const completed = await report(done);
    expect(completed.status).toBe(201);
    const created = completed.json["created"] as { contact_id: string; lead_id: string; ticket_ids: string[] };
    expect(created.ticket_ids).toEqual((ticketed.json["created"] as typeof created).ticket_ids);
    expect((await theirs.call("GET", `/crm/v1/contacts/${created.contact_id}`)).json).toMatchObject({
      name: "Arjun Mehta",
    });
    expect((await theirs.call("GET", `/crm/v1/leads/${created.lead_id}`)).json).toMatchObject({ source: "voice" });
    expect((await theirs.call("GET", `/tickets/v1/tickets/${created.ticket_ids[0]}`)).json).toMatchObject({
      call_id: call,
    });
    const events = (await ours.call("GET", "/voice/v1/events")).json.data?.map((one) => one["type"]);
    expect(events).toEqual(["call.completed", "call.message_taken", "call.started"]);
    const [event] = (await ours.call("GET", "/voice/v1/events?type=call.completed")).json.data ?? [];
    expect(event).toMatchObject({
      data: { contact: { id: created.contact_id, name: "Arjun Mehta" }, call: { created } },
    });
    const found = await ours.call("GET", `/voice/v1/calls?contact_id=${created.contact_id}`);
    expect(found.json.data).toMatchObject([{ id: call }]);
    const asked = gate.seen.length;
    expect(await report(done)).toMatchObject({ status: 200, json: { replayed: true } });
    expect(gate.seen.length).toBe(asked);
    await stop();
  });

  test("products go in order, a refused key says what to do, and what comes back is served here", async () => {
    const { ours, theirs, baseUrl, stop } = await twoInstances(here, there);
    expect(await ours.call("DELETE", "/voice/v1/suite/crm")).toMatchObject({ status: 409, json: { code: "crm_last" } });
    const bad = await theirs.key(CUSTOMER_SCOPES.filter((scope) => scope !== "tickets:read"));
    await point(ours, baseUrl, bad, ["tickets"]);
    const refused = await ours.call("GET", "/tickets/v1/tickets");
    expect(refused).toMatchObject({ status: 502, json: { code: "remote_refused" } });
    expect(String(refused.json["detail"])).toContain("PUT /voice/v1/suite/tickets");
    for (const product of ["tickets", "calendar", "crm"]) {
      expect((await ours.call("DELETE", `/voice/v1/suite/${product}`)).status).toBe(204);
    }
    expect((await ours.call("GET", "/tickets/v1/tickets")).json.data).toEqual([]);
    const order = await ours.call("PUT", "/voice/v1/suite/tickets", { base_url: baseUrl, key: bad });
    expect(order).toMatchObject({ status: 409, json: { code: "crm_first" } });
    const stranger = await openSuite(here, { localDevelopment: false });
    const inside = await stranger.call("PUT", "/voice/v1/suite/crm", { base_url: "http://169.254.169.254", key: bad });
    expect(inside).toMatchObject({ status: 422, json: { errors: [{ pointer: "/base_url" }] } });
    await stop();
  });
});
