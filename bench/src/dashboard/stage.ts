/** The real stack for the long run: api and engine as processes, a webhook receiver, on ports of their own. */
import { mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");
const FIRST_PORT = Number(process.env["SK_E2E_PORT"] ?? 48_100);

export interface Received {
  headers: Record<string, string>;
  body: { id: string; type: string };
}

export interface Stage {
  base: string;
  folder: string;
  recordings: string;
  sipPort: number;
  testKey: string;
  engineKey: string;
  hook: { url: string; status: number; received: Received[] };
  /** @throws Error for an answer that is none of 2xx */
  api<T>(method: string, path: string, body?: unknown, key?: string): Promise<T>;
  stop(): Promise<void>;
}

async function until(what: string, ready: () => Promise<boolean>, waitMs: number): Promise<void> {
  for (const endMs = Date.now() + waitMs; Date.now() < endMs; await Bun.sleep(200)) {
    if (await ready().catch(() => false)) return;
  }
  throw new Error(`${what} was not ready after ${waitMs / 1000} s`);
}

function receiver(port: number): { hook: Stage["hook"]; stop(): Promise<void> } {
  const hook: Stage["hook"] = { url: `http://127.0.0.1:${port}/hooks`, status: 200, received: [] };
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = (await request.json()) as Received["body"];
      hook.received.push({ headers: Object.fromEntries(request.headers), body });
      return new Response(hook.status === 200 ? "thanks" : "not today", { status: hook.status });
    },
  });
  return { hook, stop: () => server.stop(true) };
}

export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "sk-e2e-"));
  const [apiPort, healthPort, sipPort, hookPort] = [0, 1, 2, 3].map((n) => FIRST_PORT + n) as [
    number,
    number,
    number,
    number,
  ];
  const testKey = `sk_test_${crypto.randomUUID().replaceAll("-", "")}`;
  const engineKey = `sk_test_${crypto.randomUUID().replaceAll("-", "")}`;
  const base = `http://127.0.0.1:${apiPort}`;
  const recordings = join(folder, "recordings");
  mkdirSync(recordings);
  const env = {
    ...process.env,
    DATABASE_URL: "",
    PORT: String(apiPort),
    SK_PUBLIC_URL: base,
    SK_DATA_DIR: folder,
    SK_RECORDINGS_DIR: recordings,
    SK_TEST_KEY: testKey,
    SK_ENGINE_KEY: engineKey,
    SK_API_URL: base,
    SK_SIP_PORT: String(sipPort),
    SK_HEALTH_PORT: String(healthPort),
    SK_STREAM_PORT: String(FIRST_PORT + 4),
    SK_RTP_PORT_MIN: String(FIRST_PORT + 100),
    SK_RTP_PORT_MAX: String(FIRST_PORT + 300),
    SK_DEMO_CALLS: "0",
    // They end when we do, however we end.
    SK_SUPERVISED: "1",
    SK_LOG_LEVEL: "warn",
  };
  const launch = (name: string) => {
    const log = openSync(join(folder, `${name}.log`), "w");
    return Bun.spawn([process.execPath, join(ROOT, name, "src/main.ts")], {
      env,
      stdin: "pipe",
      stdout: log,
      stderr: log,
    });
  };
  const { hook, stop: stopHook } = receiver(hookPort);
  const api = launch("api");
  await until("the api", async () => (await fetch(`${base}/ready`)).ok, 120_000);
  const engine = launch("engine");
  await until("the engine", async () => (await fetch(`http://127.0.0.1:${healthPort}/ready`)).ok, 120_000);
  return {
    base,
    folder,
    recordings,
    sipPort,
    testKey,
    engineKey,
    hook,
    async api<T>(method: string, path: string, body?: unknown, key = testKey) {
      const headers = {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      };
      const response = await fetch(base + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
    async stop() {
      for (const child of [engine, api]) {
        child.kill("SIGTERM");
        const killer = setTimeout(() => child.kill("SIGKILL"), 15_000);
        await child.exited;
        clearTimeout(killer);
      }
      await stopHook();
      if (process.env["SK_E2E_KEEP"] === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
