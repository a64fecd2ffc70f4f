import { afterAll, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { callId, completedReport, phone } from "./testing/fixtures.ts";
import { temporaryFolder } from "./testing/suite.ts";

const directory = temporaryFolder("main");
const running = new Set<Bun.Subprocess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const text = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

function launch(port: number) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "main.ts")], {
    env: { ...process.env, PORT: String(port), SK_DATA_DIR: directory, DATABASE_URL: "", SK_LOG_LEVEL: "warn" },
    stdout: "pipe",
    stderr: "pipe",
  });
  running.add(child);
  return child;
}

async function untilReady(port: number): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 50) {
    const ready = await fetch(`http://127.0.0.1:${port}/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await Bun.sleep(50);
  }
  throw new Error("the api did not become ready within 30 s");
}

test("kill -9 in the middle of traffic loses nothing that was acknowledged, and every event arrives", async () => {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const got = new Map<string, Set<string>>();
  let secret = "";
  const hook = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = await request.text();
      const event = new Webhook(secret).verify(body, Object.fromEntries(request.headers)) as {
        id: string;
        data: { call: { id: string } };
      };
      got.set(event.data.call.id, (got.get(event.data.call.id) ?? new Set()).add(event.id));
      return new Response();
    },
  });
  let api = launch(port);
  await untilReady(port);
  const keys = JSON.parse(readFileSync(join(directory, "keys.json"), "utf8")) as {
    engine_key: string;
    test_key: string;
  };
  const post = (path: string, key: string, body: object) =>
    fetch(base + path, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    });
  const created = await post("/voice/v1/webhooks", keys.test_key, {
    url: `http://127.0.0.1:${hook.port}/`,
    events: ["call.completed"],
  });
  secret = ((await created.json()) as { secret: string }).secret;

  const acknowledged: string[] = [];
  let stopping = false;
  const traffic = (async () => {
    while (!stopping) {
      const id = callId();
      const report = completedReport(id, phone());
      // The engine's spool: repeat until the api says that it has it.
      for (let done = false; !done && !stopping; ) {
        const response = await post("/voice/v1/engine/reports", keys.engine_key, report).catch(() => undefined);
        done = response?.ok === true;
        if (done) acknowledged.push(id);
        else await Bun.sleep(50);
      }
    }
  })();
  for (let kills = 0; kills < 2; kills++) {
    const before = acknowledged.length;
    while (acknowledged.length < before + 15) await Bun.sleep(10);
    api.kill("SIGKILL");
    await api.exited;
    api = launch(port);
    await untilReady(port);
  }
  stopping = true;
  await traffic;
  for (const id of acknowledged) {
    const call = await fetch(`${base}/voice/v1/calls/${id}`, { headers: { authorization: `Bearer ${keys.test_key}` } });
    expect(await call.json()).toMatchObject({ id, status: "completed" });
  }
  // A delivery claimed by the killed process is due again when its lease of 20 s ends; all others are there at once.
  for (let waited = 0; waited < 40_000 && acknowledged.some((id) => !got.has(id)); waited += 50) await Bun.sleep(50);
  expect(acknowledged.filter((id) => !got.has(id))).toEqual([]);
  for (const id of acknowledged) expect(got.get(id)?.size).toBe(1);
  await hook.stop(true);

  const second = launch(port);
  expect(await second.exited).toBe(1);
  expect(await text(second.stderr)).toBe(
    `Port ${port} on 127.0.0.1 is in use; stop the program that holds it or set PORT to another one.\n`,
  );
  const third = launch(await freePort());
  expect(await third.exited).toBe(1);
  expect(await text(third.stderr)).toMatch(
    /^The database in .* is in use by process \d+; stop it, or set SK_DATA_DIR to another folder\.\n$/,
  );

  api.kill("SIGTERM");
  expect(await api.exited).toBe(0);
  const output = (await text(api.stdout)) + (await text(api.stderr));
  expect(output).not.toContain(keys.engine_key);
  expect(output).not.toContain(keys.test_key);
}, 90_000);
