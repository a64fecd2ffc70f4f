/** The commands as their users run them, and a backup of the embedded database restored elsewhere. */
import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openDatabase } from "../db/database.ts";
import { calls } from "../db/schema.ts";
import { silentLog } from "../log.ts";
import { callId, completedReport, phone } from "../testing/fixtures.ts";
import { engines, openSuite, pgliteTemplate, TEST_PEPPER, temporaryFolder } from "../testing/suite.ts";
import { keysCommand } from "./keys.ts";

const directory = temporaryFolder("cli");
const restored = `${directory}-restored`;
const running = new Set<Bun.Subprocess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of [directory, restored]) rmSync(folder, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function run(script: string, args: string[], environment: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, script), ...args], {
    env: { ...process.env, DATABASE_URL: "", SK_DATA_DIR: directory, SK_LOG_LEVEL: "warn", ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  running.add(child);
  return child;
}

async function finish(script: string, args: string[], data = directory) {
  const child = run(script, args, { SK_DATA_DIR: data });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

async function startApi(port: number, data = directory) {
  const api = run("../main.ts", [], { PORT: String(port), SK_DATA_DIR: data });
  for (let waited = 0; waited < 30_000; waited += 50) {
    const ready = await fetch(`http://127.0.0.1:${port}/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return api;
    await Bun.sleep(50);
  }
  throw new Error("the api did not become ready within 30 s");
}

async function stop(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGTERM");
  await child.exited;
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

/** An empty database as initdb leaves it, without the seconds that initdb takes. */
async function layDatabase(): Promise<void> {
  const data = join(directory, "db", "pglite");
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const done = Bun.spawnSync(["tar", "-xzf", await pgliteTemplate(), "-C", data]);
  if (done.exitCode !== 0) throw new Error(done.stderr.toString());
}

test("listen prints verified events and unregisters; the shell and the api do not share a folder; a copy of it is a backup", async () => {
  await layDatabase();
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const api = await startApi(port);
  const keys = JSON.parse(readFileSync(join(directory, "keys.json"), "utf8")) as Record<string, string>;
  const call = (path: string, key = keys["test_key"], body?: object) =>
    fetch(base + path, {
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
  const hooks = async () =>
    ((await (await call("/voice/v1/webhooks")).json()) as { data: { description: string }[] }).data;

  const listening = run("webhooks.ts", ["listen", "--url", base, "--json", "--events", "call.completed"]);
  for (let waited = 0; (await hooks()).length === 0 && waited < 10_000; waited += 50) await Bun.sleep(50);
  expect(await hooks()).toMatchObject([{ description: "webhooks listen" }]);
  const id = callId();
  expect((await call("/voice/v1/engine/reports", keys["engine_key"], completedReport(id, phone()))).status).toBe(201);
  const first = await lines(listening.stdout).next();
  expect(JSON.parse(String(first.value))).toMatchObject({ type: "call.completed", data: { call: { id } } });
  await stop(listening);
  expect(await hooks()).toEqual([]);
  const log = (await (await call("/voice/v1/deliveries")).json()) as { data: object[] };
  expect(log.data).toMatchObject([{ status: "succeeded", response_status: 200 }]);

  const busy = await finish("keys.ts", ["list"]);
  expect(busy.err).toContain("is in use by process");
  await stop(api);
  cpSync(directory, restored, { recursive: true });
  const [made, chain] = await Promise.all([
    finish("keys.ts", ["create", "--name", "shell", "--scopes", "calls:read", "--live"]),
    finish("audit.ts", ["verify"], restored),
  ]);
  expect(made.out).toStartWith("sk_live_");
  expect(chain.code).toBe(0);
  expect(chain.out).toMatch(/test: intact, \d+ entries, head [0-9a-f]{64}/);
  const backup = await openDatabase({ directory: join(restored, "db"), log: silentLog, durable: false });
  expect(await backup.read((q) => q.select({ id: calls.id, status: calls.status }).from(calls))).toEqual([
    { id, status: "completed" },
  ]);
  await backup.close();
}, 90_000);

test("keys are made, listed without being shown, and revoked; what is not understood is explained", async () => {
  const [engine] = await engines();
  if (engine === undefined) throw new Error("no database");
  const suite = await openSuite(engine);
  const lines: string[] = [];
  const open = async () => ({ db: engine.db, pepper: TEST_PEPPER, close: async () => {} });
  const keys = (...args: string[]) => keysCommand(args, open, (line) => lines.push(...line.split("\n")));
  await keys("create", "--name", "shell", "--scopes", "calls:read", "--workspace", suite.workspaceId);
  const [key = ""] = lines;
  const headers = { authorization: `Bearer ${key}` };
  expect((await suite.call("GET", "/voice/v1/calls", undefined, headers)).status).toBe(200);
  expect((await suite.call("GET", "/crm/v1/contacts", undefined, headers)).status).toBe(403);
  await keys("list");
  const line = lines.find((text) => text.includes(`…${key.slice(-4)}  test  ${suite.workspaceId}  shell`)) ?? "";
  expect(lines.slice(1).join()).not.toContain(key);
  await keys("revoke", line.split(" ")[0] ?? "");
  suite.clock.nowMs += 6000;
  expect((await suite.call("GET", "/voice/v1/calls", undefined, headers)).status).toBe(401);
  expect(keys("create", "--scopes", "moon:read")).rejects.toThrow("Unknown scope");
  expect(keys("revoke", "key_0")).rejects.toThrow("There is no key");
  expect(keys("fly")).rejects.toThrow("bun run keys list");
});
