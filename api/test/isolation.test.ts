/** A second workspace's key, and the live key of the same workspace, walk every route of the OpenAPI document: they read and change nothing. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { SCOPES } from "../src/auth.ts";
import { newId } from "../src/ids.ts";
import { renderOpenApi } from "../src/openapi.ts";
import {
  callId,
  completedReport,
  newContact,
  phone,
  serviceId,
  slots,
  startedReport,
} from "../src/testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../src/testing/suite.ts";

interface Operation {
  requestBody?: unknown;
}
const document = JSON.parse(renderOpenApi()) as { paths: Record<string, Record<string, Operation>> };

/** One of everything, made by its owner. */
async function furnish(suite: Suite) {
  const post = async (path: string, body?: object) => {
    const answer = await suite.call("POST", path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return answer.json;
  };
  const hook = await post("/voice/v1/webhooks", { url: "http://127.0.0.1:9/", events: ["call.started"] });
  const number = phone();
  const call = callId();
  await post("/voice/v1/engine/reports", startedReport(call, number));
  const session = await post("/crm/v1/call-sessions", { call_id: call, from: number, to: "suki" });
  mkdirSync(join(suite.recordings, "o"), { recursive: true });
  writeFileSync(join(suite.recordings, "o", "call.wav"), "RIFF");
  const recording = { recording_id: newId("recording", Date.now()), path: "o/call.wav", duration_ms: 1, bytes: 4 };
  await post("/voice/v1/engine/reports", completedReport(call, number, { recording }));
  const robocall = callId();
  const { finalize } = completedReport(robocall, number);
  await post(
    "/voice/v1/engine/reports",
    completedReport(robocall, number, { finalize: { ...finalize, outcome: "robocall" } }),
  );
  const contact = await newContact(suite);
  const service = await serviceId(suite);
  const [slot, spare] = await slots(suite, service, "2026-11-24T09:30:00Z", "2026-11-24T12:00:00Z");
  const appointment = await post("/calendar/v1/appointments", { slot_id: slot?.id, contact_id: contact, service });
  const lead = await post("/crm/v1/leads", { contact: { phone: phone() }, source: "web" });
  const ticket = await post("/tickets/v1/tickets", { contact_id: contact, subject: "x" });
  await post(`/tickets/v1/tickets/${ticket["id"]}/messages`, { body: "secret words" });
  const feed = await post("/calendar/v1/feeds", {});
  const key = await post("/voice/v1/keys", { name: "k", scopes: ["calls:read"] });
  await suite.call("PATCH", "/voice/v1/agent", { knowledge: [{ questions: ["Why?"], answer: "Owner's secret." }] });
  const first = async (path: string) => (await suite.call("GET", path)).json.data?.[0]?.["id"];
  return {
    contact,
    service,
    call,
    robocall,
    slot: spare?.id,
    session: session["id"],
    appointment: appointment["id"],
    lead: lead["id"],
    ticket: ticket["id"],
    feed: feed["id"],
    key: key["id"],
    webhook: hook["id"],
    resource: await first("/calendar/v1/resources"),
    number: await first("/voice/v1/numbers"),
    event: await first("/voice/v1/events"),
    delivery: await first("/voice/v1/deliveries"),
  };
}
type Owned = Awaited<ReturnType<typeof furnish>>;

/** The owner's thing that a path speaks of. */
function target(path: string, of: Owned): string {
  const kinds: [RegExp, unknown][] = [
    [/^\/voice\/v1\/quarantine/, of.robocall],
    [/^\/voice\/v1\/calls/, of.call],
    [/^\/voice\/v1\/webhooks/, of.webhook],
    [/^\/voice\/v1\/deliveries/, of.delivery],
    [/^\/voice\/v1\/events/, of.event],
    [/^\/voice\/v1\/keys/, of.key],
    [/^\/voice\/v1\/numbers/, of.number],
    [/^\/voice\/v1\/knowledge\/versions/, 2],
    [/^\/crm\/v1\/call-sessions/, of.session],
    [/^\/crm\/v1\/contacts/, of.contact],
    [/^\/crm\/v1\/leads/, of.lead],
    [/^\/calendar\/v1\/appointments/, of.appointment],
    [/^\/calendar\/v1\/resources/, of.resource],
    [/^\/calendar\/v1\/feeds/, of.feed],
    [/^\/tickets\/v1\/tickets/, of.ticket],
    [/^\/voice\/v1\/suite/, "crm"],
  ];
  const found = kinds.find(([pattern]) => pattern.test(path));
  if (found === undefined) throw new Error(`say in this test what ${path} speaks of`);
  return String(found[1]);
}

/** A valid body that names the owner's things wherever it can. A new route with a body must be added here. */
function bodies(of: Owned): Record<string, object> {
  const outcome = { outcome: "answered", summary: "s", sentiment: { label: "neutral", score: 0 } };
  return {
    "post /calendar/v1/appointments": {
      slot_id: of.slot,
      contact_id: of.contact,
      service: of.service,
      call_id: of.call,
    },
    "post /calendar/v1/appointments/{id}/reschedule": { slot_id: of.slot },
    "post /calendar/v1/appointments/{id}/cancel": {},
    "post /calendar/v1/feeds": {},
    "post /calendar/v1/resources": { name: "Chair", service_ids: [of.service] },
    "patch /calendar/v1/resources/{id}": { hours: null },
    "post /crm/v1/call-sessions": { call_id: of.call, from: null, to: "x" },
    "patch /crm/v1/call-sessions/{id}/fields": { fields: { name: "Mallory" } },
    "post /crm/v1/call-sessions/{id}/finalize": { ...outcome, interests: [] },
    "post /crm/v1/contacts": { name: "Mallory" },
    "patch /crm/v1/contacts/{id}": { name: "Mallory" },
    "post /crm/v1/contacts/{id}/merge": { into: of.contact },
    "post /crm/v1/leads": { contact: { phone: phone() }, source: "x", interests: [{ catalog_item_id: of.service }] },
    "patch /crm/v1/leads/{id}": { stage: "lost" },
    "post /tickets/v1/tickets": { contact_id: of.contact, subject: "x", call_id: of.call },
    "post /tickets/v1/tickets/{id}/transitions": { to: "resolved" },
    "post /tickets/v1/tickets/{id}/messages": { body: "x" },
    "post /tickets/v1/tickets/{id}/evidence": { kind: "call", call_id: of.call },
    "patch /voice/v1/agent": { agent_name: "Eve" },
    "post /voice/v1/browser-calls": {},
    "post /voice/v1/calls/{id}/recording-links": {},
    "post /voice/v1/calls/{id}/say": { text: "x" },
    "post /voice/v1/engine/reports": startedReport(of.call, null),
    "post /voice/v1/keys": { name: "m", scopes: ["calls:read"] },
    "post /voice/v1/numbers": { number: phone() },
    "post /voice/v1/test-calls": { to: phone() },
    "post /voice/v1/webhooks": { url: "https://example.com/", events: ["call.started"] },
    "patch /voice/v1/webhooks/{id}": { disabled: true },
    "post /voice/v1/webhooks/{id}/rotate": {},
    "post /voice/v1/webhooks/{id}/replay": { since: "2020-01-01T00:00:00Z" },
    "put /voice/v1/suite/{product}": { base_url: "http://127.0.0.1:9", key: "sk_test_0123456789abcdef" },
  };
}

/** What every table says of a workspace and environment. */
async function fingerprint(suite: Suite): Promise<Record<string, string>> {
  const tables = await suite.db.read((q) =>
    q.execute<{ name: string }>(
      sql`select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'livemode'`,
    ),
  );
  const prints: Record<string, string> = {};
  for (const { name } of tables) {
    const rows = await suite.db.read((q) =>
      q.execute<{ print: string }>(sql`select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as print
        from (select to_jsonb(r) - 'last_used_at' as t from ${sql.identifier(name)} r
          where workspace_id = ${suite.workspaceId} and livemode = false) t`),
    );
    prints[name] = rows[0]?.print ?? "";
  }
  return prints;
}

/** No engine is connected here that could take a browser's call. */
function fits(name: string, status: number): boolean {
  return [200, 201, 204, 404, 409, 422].includes(status) || (name === "post /voice/v1/browser-calls" && status === 503);
}

async function walk(suite: Suite, of: Owned, authorization: string): Promise<number> {
  const body = bodies(of);
  const words = Object.values(of).filter((id): id is string => typeof id === "string");
  let walked = 0;
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const name = `${method} ${path}`;
      const sent = operation.requestBody === undefined ? undefined : body[name];
      if (operation.requestBody !== undefined && sent === undefined)
        throw new Error(`give this test a body for ${name}`);
      const query = path.endsWith("/slots")
        ? `?service_id=${of.service}&from=2026-11-24T00:00:00Z&to=2026-11-26T00:00:00Z`
        : path.endsWith("/diff")
          ? "?from=1&to=2"
          : path.endsWith("/search")
            ? "?q=secret"
            : "";
      const at = path.replace(/\{[^}]+\}/, () => target(path, of)) + query;
      const answer = await suite.call(method.toUpperCase(), at, sent, { authorization });
      walked++;
      const named = path.includes("{") && !path.includes("{product}");
      const report = `${name} → ${answer.status} ${answer.text.slice(0, 200)}`;
      if (named || path.endsWith("/diff")) expect({ report, status: answer.status }).toEqual({ report, status: 404 });
      else
        expect({ report, fits: fits(name, answer.status) }).toEqual({
          report,
          fits: true,
        });
      const told = words.filter((id) => answer.text.includes(id) && !JSON.stringify(sent ?? "").includes(id));
      expect({ report, told }).toEqual({ report, told: [] });
      expect(answer.text).not.toContain("secret words");
      expect(answer.text).not.toContain("Owner's secret");
    }
  }
  return walked;
}

for (const engine of await engines()) {
  describe(`isolation on ${engine.name}`, () => {
    test("every route, another workspace and the other environment: 404, and not a byte of the owner changes", async () => {
      const owner = await openSuite(engine);
      const of = await furnish(owner);
      const before = await fingerprint(owner);
      expect(Object.keys(before).length).toBeGreaterThanOrEqual(20);
      const other = await openSuite(engine);
      const strange = `Bearer ${await other.key(SCOPES)}`;
      const live = `Bearer ${await owner.key(SCOPES, { livemode: true })}`;
      for (const authorization of [strange, live]) {
        const walked = await walk(owner, of, authorization);
        expect(walked).toBeGreaterThanOrEqual(70);
      }
      expect(await fingerprint(owner)).toEqual(before);
    }, 60_000);

    test("the wall under the query layer: a query that forgets its filter sees and changes nothing of others", async () => {
      const owner = await openSuite(engine);
      const of = await furnish(owner);
      const other = await openSuite(engine);
      const tenant = { workspaceId: other.workspaceId, livemode: false };
      const live = { workspaceId: owner.workspaceId, livemode: true };
      for (const who of [tenant, live]) {
        await owner.db.transaction(async (tx) => {
          for (const table of ["contacts", "calls", "events", "webhooks", "api_keys", "tickets", "audit_entries"]) {
            const rows = await tx.execute(
              sql`select 1 from ${sql.identifier(table)} where workspace_id = ${owner.workspaceId} and livemode = false`,
            );
            expect({ table, rows: rows.length }).toEqual({ table, rows: 0 });
          }
          const changed = await tx.execute(sql`update contacts set name = 'stolen' returning id, workspace_id`);
          expect(changed.filter((row) => row["workspace_id"] === owner.workspaceId)).toEqual([]);
          expect(await tx.execute(sql`delete from tickets where id = ${String(of.ticket)} returning id`)).toHaveLength(
            0,
          );
        }, who);
      }
      const forged = owner.db.transaction(
        (tx) =>
          tx.execute(sql`insert into contacts (id, workspace_id, livemode, created_at, updated_at)
            values (${newId("contact", Date.now())}, ${owner.workspaceId}, false, now(), now())`),
        tenant,
      );
      expect(
        await forged.then(
          () => "written",
          () => "refused",
        ),
      ).toBe("refused");
      // A transaction that names nobody but takes the role sees nobody.
      await owner.db.transaction(async (tx) => {
        await tx.execute(sql`select set_config('role', 'sk_voice_tenant', true)`);
        expect(await tx.execute(sql`select 1 from contacts`)).toHaveLength(0);
      });
      expect((await owner.call("GET", `/crm/v1/contacts/${of.contact}`)).json["name"]).toBe("Priya");
    }, 30_000);
  });
}
