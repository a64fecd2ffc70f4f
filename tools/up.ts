/**
 * `bun run up`: installs what is locked, starts api and engine with embedded defaults, says where to point a phone. Uses nothing but Bun, so that it
 * runs before anything is installed. Ctrl-C ends both cleanly; a process that dies is started again.
 */

import { createSocket } from "node:dgram";
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const DATA_DIR = process.env["SK_DATA_DIR"] ?? join(ROOT, ".data");
const SIP_PORT = Number(process.env["SK_SIP_PORT"] ?? 5060);
const API_PORT = Number(process.env["PORT"] ?? 3000);
const HEALTH_PORT = Number(process.env["SK_HEALTH_PORT"] ?? 9090);
const READY_TIMEOUT_MS = 120_000;
const RESTART_DELAY_MS = 500;

const startedMs = performance.now();
const say = (text: string) =>
  console.log(`[${((performance.now() - startedMs) / 1000).toFixed(1).padStart(5)} s] ${text}`);

function stop(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function checkBun(): void {
  const [major = 0, minor = 0] = Bun.version.split(".").map(Number);
  if (major !== 1 || minor < 4) stop(`Bun ${Bun.version} is not supported: run \`npx --yes bun@1.4 run up\`.`);
}

function checkDataDir(): void {
  try {
    mkdirSync(DATA_DIR, { recursive: true });
    accessSync(DATA_DIR, constants.W_OK);
  } catch {
    stop(`Cannot write to ${DATA_DIR}: make it writable for this user or set SK_DATA_DIR to a folder that is.`);
  }
}

const isTcpFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

const isUdpFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => socket.close(() => resolve(false)));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });

async function checkPort(port: number, what: string, variable: string): Promise<void> {
  if (!(await isTcpFree(port)) || !(await isUdpFree(port)))
    stop(`Port ${port} (${what}) is busy: stop what uses it or set ${variable} to another port.`);
}

async function install(): Promise<void> {
  const fresh = !existsSync(join(ROOT, "node_modules"));
  say(fresh ? "installing locked dependencies (about 450 MB, once)" : "checking dependencies");
  const child = Bun.spawn([process.execPath, "install", "--frozen-lockfile"], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0)
    stop(`Installing failed: is the npm registry reachable?\n${(out + err).trim().split("\n").slice(-5).join("\n")}`);
}

interface Service {
  readonly name: string;
  readonly script: string;
  readonly readyUrl: string;
}

const SERVICES: readonly Service[] = [
  { name: "api", script: "api/src/main.ts", readyUrl: `http://127.0.0.1:${API_PORT}/ready` },
  { name: "engine", script: "engine/src/main.ts", readyUrl: `http://127.0.0.1:${HEALTH_PORT}/ready` },
];

let stopping = false;
const children = new Map<string, Bun.Subprocess>();

/** Starts a service; its standard input is a pipe whose end tells it that we are gone. Restarts it when it dies. */
function start(service: Service): void {
  const child = Bun.spawn([process.execPath, join(ROOT, service.script)], {
    cwd: ROOT,
    stdin: "pipe",
    stdout: Bun.file(join(DATA_DIR, `${service.name}.log`)),
    stderr: Bun.file(join(DATA_DIR, `${service.name}.err.log`)),
    env: { ...process.env, SK_DATA_DIR: DATA_DIR, SK_SUPERVISED: "1", SK_API_URL: `http://127.0.0.1:${API_PORT}` },
  });
  children.set(service.name, child);
  void child.exited.then(async (code) => {
    if (stopping) return;
    say(`${service.name} ended (code ${code}, signal ${child.signalCode ?? "none"}); starting it again`);
    await Bun.sleep(RESTART_DELAY_MS);
    if (!stopping) start(service);
  });
}

function lastErrors(name: string): string {
  const path = join(DATA_DIR, `${name}.err.log`);
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").slice(-8).join("\n") : "";
}

async function ready({ name, readyUrl }: Service): Promise<void> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    const answer = await fetch(readyUrl).catch(() => undefined);
    if (answer?.ok) return say(`${name} is ready`);
    const child = children.get(name);
    if (child?.exitCode) await giveUp(`The ${name} does not start:\n${lastErrors(name)}`);
    await Bun.sleep(100);
  }
  await giveUp(
    `The ${name} was not ready after ${READY_TIMEOUT_MS / 1000} s; its log is ${join(DATA_DIR, `${name}.log`)}.\n${lastErrors(name)}`,
  );
}

async function giveUp(sentence: string): Promise<never> {
  await stopAll();
  return stop(sentence);
}

/** The engine first: it hands its last reports to the api. */
async function stopAll(): Promise<void> {
  stopping = true;
  for (const name of ["engine", "api"]) {
    const child = children.get(name);
    if (!child || child.exitCode !== null) continue;
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await child.exited;
    clearTimeout(killer);
  }
}

function testKey(): string {
  const path = join(DATA_DIR, "keys.json");
  if (!existsSync(path)) return process.env["SK_TEST_KEY"] ?? "(see your own SK_TEST_KEY)";
  return (JSON.parse(readFileSync(path, "utf8")) as { test_key: string }).test_key;
}

function welcome(): void {
  const key = testKey();
  console.log(`
  She is listening.

    phone        sip:suki@127.0.0.1:${SIP_PORT}
    dashboard    http://127.0.0.1:${API_PORT}   (sign in with the test key)
    API          http://127.0.0.1:${API_PORT}   (reference: /openapi)
    test key     ${key}
    logs, data   ${DATA_DIR}

  Try next, in another terminal:

    npx --yes bun@1.4 run call              the built-in caller phones her and shows the events
    curl -H "Authorization: Bearer ${key}" http://127.0.0.1:${API_PORT}/voice/v1/calls

  Ctrl-C ends it.
`);
}

checkBun();
checkDataDir();
await checkPort(SIP_PORT, "SIP", "SK_SIP_PORT");
await checkPort(API_PORT, "API", "PORT");
await checkPort(HEALTH_PORT, "engine health", "SK_HEALTH_PORT");
await install();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, async () => {
    if (stopping) return;
    console.log("\nending: calls are closed, the last events are handed over …");
    await stopAll();
    console.log("ended.");
    process.exit(0);
  });
}
for (const service of SERVICES) {
  say(`starting the ${service.name}`);
  start(service);
  await ready(service);
}
welcome();
