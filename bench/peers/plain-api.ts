/**
 * The least that an api on PostgreSQL can do, to compare with: `plain-api.ts <database url> <calls>`. Bun.serve and postgres.js, the same rows written and read, without
 * keys, walls, validation, audit or idempotency. Says its address on stdout; ends when stdin closes.
 */
import { completedReport } from "@sk-voice/api/testing/fixtures.ts";
import postgres from "postgres";

const [url = "", calls = "0"] = process.argv.slice(2);
const host = new URL(url).searchParams.get("host") ?? "localhost";
const sql = postgres({ host, username: "postgres", database: "postgres", max: 10, onnotice: () => {} });
await sql`create schema peer`;
await sql`create table peer.calls (id bigserial primary key, body jsonb not null)`;
await sql`create table peer.events (id bigserial primary key, body jsonb not null)`;
await sql`create table peer.deliveries (id bigserial primary key, event_id bigint not null, next_at timestamptz not null default now())`;
const call = JSON.parse(JSON.stringify(completedReport("call_1", null))) as postgres.JSONValue;
await sql`insert into peer.calls (body) select ${sql.json(call)} from generate_series(1, ${Number(calls)})`;

async function record(request: Request): Promise<Response> {
  const body = (await request.json()) as postgres.JSONValue;
  await sql.begin(async (tx) => {
    const [event] = await tx`insert into peer.events (body) values (${tx.json(body)}) returning id`;
    await tx`insert into peer.deliveries (event_id) values (${event?.["id"]})`;
  });
  return Response.json(body, { status: 201 });
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: {
    "/calls": async () => Response.json(await sql`select * from peer.calls order by id desc limit 25`),
    "/reports": { POST: record },
  },
});
process.stdout.write(`${server.url.href}\n`);
process.stdin.resume();
process.stdin.on("end", async () => {
  await server.stop(true);
  await sql.end({ timeout: 5 });
  process.exit(0);
});
