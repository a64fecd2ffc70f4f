/** MCP through a real socket with real clients: the inspector's command line, the conformance run, and raw requests of the newest revision. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Scope } from "../auth.ts";
import { callId, completedReport, newContact, phone, startedReport } from "../testing/fixtures.ts";
import { engines, openSuite, type Suite } from "../testing/suite.ts";

const BIN = join(import.meta.dir, "../../node_modules/.bin");
const [engine] = await engines();
if (engine === undefined) throw new Error("no database");
const suite = await openSuite(engine);
const call = callId();

/** The app on a socket; `key` is put into requests that bring none, for clients that cannot. */
function serve(of: Suite, key?: string) {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      if (key === undefined || request.headers.has("authorization")) return of.fetch(request);
      const headers = new Headers(request.headers);
      headers.set("authorization", `Bearer ${key}`);
      return of.fetch(new Request(request, { headers }));
    },
  });
}
const open = serve(suite);
const keyed = serve(suite, suite.testKey);
afterAll(() => Promise.all([open.stop(true), keyed.stop(true)]));

beforeAll(async () => {
  const number = phone();
  await suite.call("POST", "/voice/v1/engine/reports", startedReport(call, number));
  await suite.call("POST", "/voice/v1/engine/reports", completedReport(call, number));
});

let requestId = 0;
async function rpc(
  method: string,
  params: Record<string, unknown> = {},
  key = suite.testKey,
  more: Record<string, string> = {},
) {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const name = params["name"] ?? params["uri"];
  const answer = await fetch(`${open.url}mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" ? { "mcp-name": name } : {}),
      ...more,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: ++requestId, method, params: { ...params, _meta: meta } }),
  });
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Record<string, unknown> };
}

const tool = async (name: string, input: object, key = suite.testKey) =>
  (await rpc("tools/call", { name, arguments: input }, key)).json["result"] as {
    isError?: boolean;
    structuredContent?: Record<string, unknown>;
    content: { text: string }[];
  };
const names = async (key: string) =>
  ((await rpc("tools/list", {}, key)).json["result"] as { tools: { name: string }[] }).tools.map((one) => one.name);

describe("the 2026-07-28 revision", () => {
  test("discovery, tools by scope, resources", async () => {
    expect((await rpc("server/discover")).json["result"]).toMatchObject({
      supportedVersions: ["2026-07-28"],
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "sk-voice" } },
    });
    expect(await names(suite.testKey)).toEqual([
      "search_calls",
      "get_call",
      "get_transcript",
      "list_outcomes",
      "get_knowledge",
      "search_knowledge",
      "update_knowledge",
      "list_appointments",
      "get_appointment",
      "get_ticket",
    ]);
    expect(await names(await suite.key(["calls:read"]))).toEqual([
      "search_calls",
      "get_call",
      "get_transcript",
      "list_outcomes",
    ]);
    const read = await rpc("resources/read", { uri: `voice://calls/${call}/transcript` });
    expect(JSON.stringify(read.json)).toContain("When are you open?");
  });

  test("what a call was, in words", async () => {
    expect(await tool("get_call", { id: call })).toMatchObject({
      structuredContent: { id: call, outcome: "answered" },
    });
    const found = await tool("search_calls", { q: "WHEN are you" });
    expect(found.structuredContent?.["data"]).toMatchObject([{ id: call }]);
    expect((await tool("search_calls", { q: "100%" })).structuredContent?.["data"]).toEqual([]);
    expect((await tool("list_outcomes", {})).structuredContent).toEqual({ data: [{ outcome: "answered", calls: 1 }] });
    expect((await tool("list_outcomes", { until: "2020-01-01T00:00:00Z" })).structuredContent).toEqual({ data: [] });
  });

  test("a change of knowledge is a version, an event and an audit entry; a hidden tool does nothing", async () => {
    const before = (await tool("get_knowledge", {})).structuredContent as {
      version: number;
      entries: { id: string }[];
    };
    const first = before.entries[0]?.id ?? "";
    const changed = await tool("update_knowledge", {
      entries: [{ questions: ["Is there a lift?"], answer: "Left of the stairs." }],
      remove: [first],
    });
    expect(changed.structuredContent).toMatchObject({ version: before.version + 1 });
    const [event] = (await suite.call("GET", "/voice/v1/events?type=knowledge.updated")).json.data ?? [];
    expect(event).toMatchObject({ data: { changes: [{ change: "added" }, { change: "removed" }] } });
    const [entry] = (await suite.call("GET", "/voice/v1/audit")).json.data ?? [];
    expect(entry).toMatchObject({ action: "mcp update_knowledge" });
    expect(await tool("search_knowledge", { q: "lift" })).toMatchObject({
      structuredContent: { data: [{ entry: { answer: "Left of the stairs." } }] },
    });
    const reader = await suite.key(["agent:read"]);
    const refused = await rpc("tools/call", { name: "update_knowledge", arguments: { remove: [first] } }, reader);
    expect(refused.json["error"]).toMatchObject({ message: expect.stringContaining("update_knowledge") });
    const missing = await tool("update_knowledge", { remove: [first] });
    expect(missing).toMatchObject({ isError: true, content: [{ text: "validation_failed: there is no such entry" }] });
  });

  test("tickets and appointments; another workspace reads nothing", async () => {
    const contact = await newContact(suite);
    const made = await suite.call("POST", "/tickets/v1/tickets", { contact_id: contact, subject: "The door" });
    const id = made.json["id"];
    expect(await tool("get_ticket", { id })).toMatchObject({
      structuredContent: { ticket: { subject: "The door" }, messages: [] },
    });
    expect(await tool("list_appointments", {})).toMatchObject({ structuredContent: { data: [] } });
    if (engine === undefined) return;
    const other = await openSuite(engine);
    const stranger = await other.key(["calls:read", "tickets:read"] satisfies Scope[]);
    for (const [name, input] of [
      ["get_ticket", { id }],
      ["get_call", { id: call }],
    ] as const) {
      expect(await tool(name, input, stranger)).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/^not_found: /) }],
      });
    }
    expect((await tool("search_calls", {}, stranger)).structuredContent).toEqual({ data: [], next_cursor: null });
  });
});

test("without a key: 401 that names the metadata; the metadata names the scopes; a strange page is refused", async () => {
  const bare = await fetch(`${open.url}mcp`, { method: "POST" });
  expect(bare.status).toBe(401);
  const challenge = bare.headers.get("www-authenticate") ?? "";
  const at = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? "";
  expect(new URL(at).pathname).toBe("/.well-known/oauth-protected-resource/mcp");
  expect(challenge).toContain("calls:read");
  const metadata = await (await fetch(new URL(new URL(at).pathname, open.url))).json();
  expect(metadata).toMatchObject({ resource: "http://localhost:3000/mcp", bearer_methods_supported: ["header"] });
  expect((await rpc("tools/list", {}, suite.testKey, { origin: "https://evil.example" })).status).toBe(403);
  expect((await rpc("tools/list", {}, suite.testKey, { origin: "http://localhost:9999" })).status).toBe(200);
});

async function run(...words: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn(words, { stdout: "pipe", stderr: "pipe", env: { ...process.env, CI: "1" } });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, text: out + err };
}

test("the conformance run passes, but for the scenarios that want its example server", async () => {
  const baseline = join(import.meta.dir, "conformance.yml");
  const url = `${keyed.url}mcp`;
  const { code, text } = await run(
    ...[process.execPath, "--bun", join(BIN, "conformance"), "server", "--url", url],
    ...["--expected-failures", baseline],
  );
  expect({ code, text: code === 0 ? "" : text }).toEqual({ code: 0, text: "" });
  for (const name of ["server-initialize", "ping", "tools-list", "resources-list", "dns-rebinding-protection"])
    expect(text).toContain(`✓ ${name}`);
}, 60_000);

test("the inspector's command line lists and calls tools, reads a resource, and is refused without a key", async () => {
  const key = ["--header", `Authorization: Bearer ${suite.testKey}`];
  const inspector = (...more: string[]) =>
    run(
      process.execPath,
      "--bun",
      join(BIN, "mcp-inspector"),
      "--cli",
      `${open.url}mcp`,
      "--transport",
      "http",
      ...more,
    );
  const [listed, called, read, refused] = await Promise.all([
    inspector(...key, "--method", "tools/list"),
    inspector(...key, "--method", "tools/call", "--tool-name", "get_call", "--tool-arg", `id=${call}`),
    inspector(...key, "--method", "resources/read", "--uri", "voice://knowledge"),
    inspector("--stored-auth-only", "--method", "tools/list"),
  ]);
  expect(listed).toMatchObject({ code: 0, text: expect.stringContaining("update_knowledge") });
  expect(called).toMatchObject({ code: 0, text: expect.stringContaining(call) });
  expect(read).toMatchObject({ code: 0, text: expect.stringContaining("voice://knowledge") });
  expect(refused.code).not.toBe(0);
}, 60_000);
