/** What the tests of the api share: both databases, opened once a run, and a workspace of its own for each suite. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { btree_gist } from "@electric-sql/pglite/contrib/btree_gist";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import type { AnyElysia } from "elysia";
import apiPackage from "../../package.json";
import { createApp } from "../app.ts";
import { CUSTOMER_SCOPES, createKeyRing, ENGINE_SCOPES, generateKey, type Scope } from "../auth.ts";
import { createWorkspace } from "../bootstrap.ts";
import type { Clock } from "../clock.ts";
import type { RecordingStorage } from "../contract/recordings/settings.ts";
import { type Database, openDatabase } from "../db/database.ts";
import { LiveHub } from "../live/hub.ts";
import { type Log, silentLog } from "../log.ts";
import { createRateLimiter, type Rate } from "../rate-limit.ts";
import { createSeal } from "../seal.ts";
import { openRecordings } from "../voice/storage/store.ts";
import { type Send, sendOverHttp } from "../webhooks/deliver.ts";
import { createDeliveryWorker, type DeliveryWorker } from "../webhooks/worker.ts";
import type { Deps } from "../work.ts";
import { postgresBinaries, startPostgres } from "./postgres.ts";

export interface Engine {
  name: "pglite" | "postgres";
  db: Database;
}

/** Of the dump's file name: a new PGlite makes a new dump. */
const MIGRATIONS = join(import.meta.dir, "../db/migrations");
const PGLITE_VERSION: string = apiPackage.dependencies["@electric-sql/pglite"];

/** Of all migrations, in the dump's file name. */
function schemaHash(): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(MIGRATIONS).sort())
    if (name.endsWith(".sql")) hash.update(readFileSync(join(MIGRATIONS, name)));
  return hash.digest("hex").slice(0, 12);
}

/** initdb takes 3 to 6 s and the migrations 1.5; a dump of their result, kept between runs, takes 0.5 s. */
export async function pgliteTemplate(): Promise<string> {
  const file = join(tmpdir(), `sk-voice-pglite-${PGLITE_VERSION}-${schemaHash()}-${process.getuid?.() ?? 0}.tar.gz`);
  if (!existsSync(file)) {
    const db = await PGlite.create({ extensions: { btree_gist } });
    await migrate(drizzle(db), { migrationsFolder: MIGRATIONS });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, Buffer.from(await (await db.dumpDataDir("gzip")).arrayBuffer()), { mode: 0o600 });
    await db.close();
    renameSync(draft, file);
  }
  return file;
}

const shared = globalThis as { skVoiceTestEngines?: Promise<Engine[]>; skVoiceTestFolder?: string };

/** A folder that is gone after the run. */
export function temporaryFolder(name: string): string {
  if (shared.skVoiceTestFolder === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "sk-api-test-"));
    shared.skVoiceTestFolder = folder;
    // `bun test` runs no exit handlers: a shell waits for our end of its stdin to close, and for the database to leave.
    const script = `cat >/dev/null; sleep 3; rm -rf "${folder}"`;
    Bun.spawn(["sh", "-c", script], { stdin: "pipe", stdout: "ignore", stderr: "ignore" }).unref();
  }
  return mkdtempSync(join(shared.skVoiceTestFolder, `${name}-`));
}

async function openEngines(): Promise<Engine[]> {
  const directory = temporaryFolder("db");
  const engines: Engine[] = [
    {
      name: "pglite",
      db: await openDatabase({ directory, log: silentLog, durable: false, template: await pgliteTemplate() }),
    },
  ];
  const bin = postgresBinaries();
  if (bin === undefined) console.warn("PostgreSQL is skipped: no initdb found (Debian: apt-get install postgresql)");
  else engines.push({ name: "postgres", db: await openDatabase({ url: await startPostgres(bin), log: silentLog }) });
  return engines;
}

/** Both databases, or PGlite alone where PostgreSQL is not installed. One of each for all test files. */
export function engines(): Promise<Engine[]> {
  shared.skVoiceTestEngines ??= openEngines();
  return shared.skVoiceTestEngines;
}

export class FakeClock implements Clock {
  /** Monday 23 November 2026, 9:30 in Chennai. */
  nowMs = Date.parse("2026-11-23T04:00:00Z");
  now(): number {
    return this.nowMs;
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The body; tests say what they expect of it. */
  json: Record<string, unknown> & { data?: Record<string, unknown>[]; errors?: { pointer: string }[]; code?: string };
  text: string;
}

export interface Suite {
  engine: Engine["name"];
  db: Database;
  clock: FakeClock;
  worker: DeliveryWorker;
  workspaceId: string;
  testKey: string;
  engineKey: string;
  recordings: string;
  deps: Deps;
  hub: LiveHub;
  app: AnyElysia;
  /** Makes a key of this workspace, or of another. */
  key(scopes: readonly Scope[], options?: { livemode?: boolean; workspaceId?: string }): Promise<string>;
  /** With the test key; engine reports with the engine's. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  fetch(request: Request): Promise<Response>;
}

export const TEST_PEPPER = "a pepper for tests";

export interface SuiteOptions {
  send?: Send;
  localDevelopment?: boolean;
  random?: () => number;
  demoCalls?: number;
  rate?: Rate;
  log?: Log;
  storage?: RecordingStorage;
}

/** A new workspace with the demo business, an app and a worker that runs when told to. */
export async function openSuite(engine: Engine, options: SuiteOptions = {}): Promise<Suite> {
  const { db } = engine;
  const clock = new FakeClock();
  const keys = createKeyRing(db, TEST_PEPPER, clock);
  const localDevelopment = options.localDevelopment ?? true;
  const workspaceId = await db.transaction((tx) => createWorkspace(tx, Date.now(), { name: "Test", localDevelopment }));
  const recordings = temporaryFolder("recordings");
  const send = options.send ?? sendOverHttp;
  const seal = createSeal("a seal for tests");
  const worker = createDeliveryWorker({ db, clock, log: silentLog, send, seal, random: options.random ?? (() => 0) });
  const deps = {
    db,
    clock,
    log: options.log ?? silentLog,
    publicUrl: "http://localhost:3000",
    recordings: openRecordings(recordings, options.storage ?? { keys: [], s3: undefined }),
    seal,
    demoCalls: options.demoCalls ?? 0,
    wake: worker.wake,
  };
  const limiter = createRateLimiter(options.rate ?? { perSecond: 0, burst: 1 }, clock);
  const hub = new LiveHub();
  const app = createApp({ ...deps, keys, limiter, hub });

  const key: Suite["key"] = async (scopes, { livemode = false, workspaceId: other = workspaceId } = {}) => {
    const made = generateKey(livemode);
    await db.transaction((tx) => keys.store(tx, { key: made, workspaceId: other, name: "test", scopes }));
    return made;
  };
  const testKey = await key(CUSTOMER_SCOPES);
  const engineKey = await key(ENGINE_SCOPES);

  const call: Suite["call"] = async (method, path, body, headers = {}) => {
    const own = path.startsWith("/voice/v1/engine/") ? engineKey : testKey;
    const request = new Request(`http://localhost${path}`, {
      method,
      headers: {
        authorization: `Bearer ${own}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const response = await app.handle(request);
    const text = await response.text();
    const json = /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : {};
    return { status: response.status, headers: response.headers, json, text };
  };
  const fetch = (request: Request) => Promise.resolve(app.handle(request));
  return {
    engine: engine.name,
    db,
    clock,
    worker,
    workspaceId,
    testKey,
    engineKey,
    recordings,
    deps,
    hub,
    app,
    key,
    call,
    fetch,
  };
}
