/**
 * `bun run keys`: keys from the shell of the machine that the api runs on. It reads the api's own configuration and opens the same database, so
 * with the embedded one the api must be stopped (or use the api: `POST /voice/v1/keys`).
 */
import { parseArgs } from "node:util";
import { eq } from "drizzle-orm";
import { CUSTOMER_SCOPES, createKeyRing, ENGINE_SCOPES, generateKey, SCOPES } from "../auth.ts";
import { systemClock as clock } from "../clock.ts";
import { ConfigError, readConfig } from "../config.ts";
import { type Database, openDatabase } from "../db/database.ts";
import { DatabaseUnavailable } from "../db/pglite.ts";
import { apiKeys, workspaces } from "../db/schema.ts";
import { toKey } from "../keys.ts";
import { silentLog } from "../log.ts";
import { loadSecrets } from "../secrets.ts";

const USAGE = `bun run keys list
bun run keys create --name <name> [--scopes crm:read,calls:read | --engine] [--live] [--workspace wsp_…]
bun run keys revoke <key_…>

Scopes: ${SCOPES.join(", ")}
Without --scopes a key may do everything that a customer may.`;

/** The operator's mistake; the message says what to do. */
class UsageError extends Error {
  override name = "UsageError";
}

function scopesOf(values: { scopes?: string | undefined; engine?: boolean | undefined }) {
  if (values.engine === true) return ENGINE_SCOPES;
  if (values.scopes === undefined) return CUSTOMER_SCOPES;
  const asked = values.scopes.split(",").map((scope) => scope.trim());
  const known = SCOPES.filter((scope) => asked.includes(scope));
  if (known.length === new Set(asked).size) return known;
  throw new UsageError(`Unknown scope in "${values.scopes}". Scopes: ${SCOPES.join(", ")}`);
}

async function workspaceOf(db: Database, asked: string | undefined): Promise<string> {
  const all = await db.read((q) => q.select({ id: workspaces.id }).from(workspaces).orderBy(workspaces.id));
  const found = asked === undefined ? all[0] : all.find((one) => one.id === asked);
  if (found !== undefined) return found.id;
  throw new UsageError(
    asked === undefined ? "There is no workspace yet; start the api once." : `There is no workspace ${asked}.`,
  );
}

type Print = (line: string) => void;

async function list(db: Database, print: Print): Promise<void> {
  for (const row of await db.read((q) => q.select().from(apiKeys).orderBy(apiKeys.id))) {
    const key = toKey(row);
    const state = key.revoked_at === null ? `last used ${key.last_used_at ?? "never"}` : `revoked ${key.revoked_at}`;
    const environment = key.livemode ? "live" : "test";
    print(
      `${key.id}  …${key.last4}  ${environment}  ${row.workspaceId}  ${key.name}  ${state}\n  ${key.scopes.join(" ")}`,
    );
  }
}

async function revoke(db: Database, id: string | undefined, print: Print): Promise<void> {
  if (id === undefined) throw new UsageError(USAGE);
  const rows = await db.read((q) =>
    q
      .update(apiKeys)
      .set({ revokedAt: new Date(clock.now()) })
      .where(eq(apiKeys.id, id))
      .returning({ id: apiKeys.id }),
  );
  if (rows.length === 0) throw new UsageError(`There is no key ${id}.`);
  print(`${id} is revoked; running api processes refuse it within five seconds.`);
}

/** A database and the pepper of its keys, until closed. */
export interface Opened {
  readonly db: Database;
  readonly pepper: string;
  close(): Promise<void>;
}

async function openConfigured(): Promise<Opened> {
  const config = readConfig(process.env);
  const { pepper } = loadSecrets(config);
  const db = await openDatabase(
    config.databaseUrl === undefined
      ? { directory: `${config.dataDirectory}/db`, log: silentLog }
      : { url: config.databaseUrl, log: silentLog },
  );
  return { db, pepper, close: () => db.close() };
}

/** @throws UsageError, ConfigError, DatabaseUnavailable */
export async function keysCommand(args: string[], open: () => Promise<Opened>, print: Print): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: "string" },
      scopes: { type: "string" },
      workspace: { type: "string" },
      engine: { type: "boolean" },
      live: { type: "boolean" },
    },
  });
  const [command, id] = positionals;
  if (command !== "list" && command !== "create" && command !== "revoke") throw new UsageError(USAGE);
  const scopes = scopesOf(values);
  const { db, pepper, close } = await open();
  try {
    if (command === "list") return await list(db, print);
    if (command === "revoke") return await revoke(db, id, print);
    const name = values.name ?? "made by bun run keys";
    const key = generateKey(values.live === true);
    const workspaceId = await workspaceOf(db, values.workspace);
    await db.transaction((tx) => createKeyRing(db, pepper, clock).store(tx, { key, workspaceId, name, scopes }));
    print(`${key}\nKeep it now: it is not stored and is not shown again.`);
  } finally {
    await close();
  }
}

function explain(error: unknown): void {
  const known = error instanceof UsageError || error instanceof ConfigError || error instanceof DatabaseUnavailable;
  const parse = error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  console.error(known ? error.message : parse ? `${error.message}\n\n${USAGE}` : error);
  process.exit(1);
}

if (import.meta.main) keysCommand(process.argv.slice(2), openConfigured, console.log).catch(explain);
