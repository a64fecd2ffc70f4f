/** A second workspace's key, and the live key of the same workspace, walk every route of the OpenAPI document: they read and change nothing. */
import { describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { SCOPES } from "../src/auth.ts";
import { newId } from "../src/ids.ts";
import { furnish, type Owned, requestFor, routes } from "../src/testing/furnish.ts";
import { engines, openSuite, type Suite } from "../src/testing/suite.ts";

const ROUTES = routes();

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

/** No engine is connected here. */
const NEED_AN_ENGINE = ["post /voice/v1/browser-calls", "get /voice/v1/voice-preview"];

function fits(name: string, status: number): boolean {
  return [200, 201, 204, 404, 409, 422].includes(status) || (NEED_AN_ENGINE.includes(name) && status === 503);
}

async function walk(suite: Suite, of: Owned, authorization: string): Promise<void> {
  const words = Object.values(of).filter((id): id is string => typeof id === "string");
  for (const route of ROUTES) {
    const { name, method, path } = route;
    const { path: at, body: sent } = requestFor(route, of);
    const answer = await suite.call(method.toUpperCase(), at, sent, { authorization });
    const named = path.includes("{") && !path.includes("{product}");
    const report = `${name} → ${answer.status} ${answer.text.slice(0, 200)}`;
    if (named || path.endsWith("/diff")) expect({ report, status: answer.status }).toEqual({ report, status: 404 });
    else expect({ report, fits: fits(name, answer.status) }).toEqual({ report, fits: true });
    const told = words.filter((id) => answer.text.includes(id) && !JSON.stringify(sent ?? "").includes(id));
    expect({ report, told }).toEqual({ report, told: [] });
    expect(answer.text).not.toContain("secret words");
    expect(answer.text).not.toContain("Owner's secret");
  }
}

for (const engine of await engines()) {
  describe(`isolation on ${engine.name}`, () => {
    test("every route, another workspace and the other environment: 404, and not a byte of the owner changes", async () => {
      const owner = await openSuite(engine);
      const of = await furnish(owner);
      expect(ROUTES.length).toBeGreaterThanOrEqual(80);
      const before = await fingerprint(owner);
      expect(Object.keys(before).length).toBeGreaterThanOrEqual(20);
      const other = await openSuite(engine);
      const strange = `Bearer ${await other.key(SCOPES)}`;
      const live = `Bearer ${await owner.key(SCOPES, { livemode: true })}`;
      for (const authorization of [strange, live]) {
        await walk(owner, of, authorization);
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
