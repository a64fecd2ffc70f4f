/**
 * API keys. A key implies workspace, environment and scopes; the database holds HMAC-SHA256(pepper, key) only (1.6 µs; keys have 160
 * random bits, so a slow hash would add nothing but a way to exhaust the CPU).
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Clock } from "./clock.ts";
import type { Database, Queries } from "./db/database.ts";
import { apiKeys, workspaces } from "./db/schema.ts";
import { newId } from "./ids.ts";
import { ProblemError } from "./problem.ts";

export const SCOPES = [
  "calls:read",
  "calls:write",
  "events:read",
  "webhooks:read",
  "webhooks:write",
  "agent:read",
  "agent:write",
  "engine:write",
  "crm:read",
  "crm:write",
  "calendar:read",
  "calendar:write",
  "tickets:read",
  "tickets:write",
  "keys:read",
  "keys:write",
  "audit:read",
  "privacy:write",
  "suite:read",
  "suite:write",
] as const;
export type Scope = (typeof SCOPES)[number];

/** Everything a customer's key may do. */
export const CUSTOMER_SCOPES: readonly Scope[] = SCOPES.filter((scope) => scope !== "engine:write");
/** What the engine needs for its calls. */
export const ENGINE_SCOPES: readonly Scope[] = [
  "engine:write",
  "agent:read",
  "crm:read",
  "crm:write",
  "calendar:read",
  "calendar:write",
  "tickets:write",
];

export interface Principal {
  keyId: string;
  workspaceId: string;
  livemode: boolean;
  scopes: ReadonlySet<string>;
  localDevelopment: boolean;
}

export interface KeyRing {
  /** @throws ProblemError 401 */
  authenticate(authorization: string | null): Promise<Principal>;
  /** A new key's row; the key itself is not kept. */
  row(
    key: string,
    of: { workspaceId: string; name: string; scopes: readonly string[]; createdBy: string | null },
  ): KeyRow;
  /** Forgets what is cached of a key that was just revoked here. */
  forget(keyId: string): void;
  /** Makes sure this very key exists; used for keys fixed by the operator and for new ones. */
  store(tx: Queries, key: { key: string; workspaceId: string; name: string; scopes: readonly Scope[] }): Promise<void>;
}

export type KeyRow = typeof apiKeys.$inferInsert;

const KEY = /^sk_(test|live)_[A-Za-z0-9_-]{16,128}$/;

/** @returns `sk_test_…` or `sk_live_…` with 160 random bits */
export function generateKey(livemode: boolean): string {
  return `sk_${livemode ? "live" : "test"}_${randomBytes(20).toString("base64url").replaceAll("-", "A").replaceAll("_", "B")}`;
}

export function isKey(text: string): boolean {
  return KEY.test(text);
}

function refused(detail: string): ProblemError {
  return new ProblemError(401, "unauthenticated", detail, {
    headers: { "www-authenticate": 'Bearer realm="sk-voice"' },
  });
}

/** A revoked key may be honoured this much longer by another api process. */
const CACHE_MS = 5000;
const LAST_USED_EVERY_MS = 60_000;
const CACHE_SIZE = 10_000;

/** The HMAC that stands for a key in the database. */
export function keyDigest(pepper: string, key: string): Buffer {
  return createHmac("sha256", pepper).update(key).digest();
}

export function createKeyRing(db: Database, pepper: string, clock: Clock): KeyRing {
  const cache = new Map<string, { principal: Principal; untilMs: number }>();
  const digest = (key: string) => keyDigest(pepper, key);

  async function look(hash: Buffer): Promise<Principal | undefined> {
    const hex = hash.toString("hex");
    const rows = await db.read((q) =>
      q
        .select()
        .from(apiKeys)
        .innerJoin(workspaces, eq(workspaces.id, apiKeys.workspaceId))
        .where(eq(apiKeys.hash, hex)),
    );
    const row = rows[0];
    if (row === undefined || row.api_keys.revokedAt !== null) return undefined;
    if (!timingSafeEqual(Buffer.from(row.api_keys.hash, "hex"), hash)) return undefined;
    const nowMs = clock.now();
    if (nowMs - (row.api_keys.lastUsedAt?.getTime() ?? 0) > LAST_USED_EVERY_MS) {
      const lastUsedAt = new Date(nowMs);
      await db.read((q) => q.update(apiKeys).set({ lastUsedAt }).where(eq(apiKeys.hash, hex)));
    }
    return {
      keyId: row.api_keys.id,
      workspaceId: row.api_keys.workspaceId,
      livemode: row.api_keys.livemode,
      scopes: new Set(row.api_keys.scopes),
      localDevelopment: row.workspaces.localDevelopment,
    };
  }

  const row: KeyRing["row"] = (key, { workspaceId, name, scopes, createdBy }) => ({
    id: newId("key", clock.now()),
    workspaceId,
    livemode: key.startsWith("sk_live_"),
    name,
    hash: digest(key).toString("hex"),
    last4: key.slice(-4),
    scopes: [...scopes],
    createdBy,
    createdAt: new Date(clock.now()),
  });

  return {
    async authenticate(authorization) {
      if (authorization === null) throw refused("Send the header `Authorization: Bearer sk_test_…`.");
      const key = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
      if (key === undefined || !isKey(key))
        throw refused("The Authorization header holds no `Bearer sk_test_…` or `Bearer sk_live_…` key.");
      const hash = digest(key);
      const hex = hash.toString("hex");
      const cached = cache.get(hex);
      if (cached !== undefined && cached.untilMs > clock.now()) return cached.principal;
      const principal = await look(hash);
      if (principal === undefined) {
        cache.delete(hex);
        throw refused("This key does not exist or was revoked.");
      }
      if (cache.size >= CACHE_SIZE) cache.clear();
      cache.set(hex, { principal, untilMs: clock.now() + CACHE_MS });
      return principal;
    },
    row,
    forget(keyId) {
      for (const [hex, { principal }] of cache) if (principal.keyId === keyId) cache.delete(hex);
    },
    async store(tx, { key, ...of }) {
      const made = row(key, { ...of, createdBy: null });
      await tx
        .insert(apiKeys)
        .values(made)
        .onConflictDoUpdate({ target: apiKeys.hash, set: { scopes: made.scopes, name: made.name } });
    },
  };
}

/** @throws ProblemError 403 naming the scope */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.has(scope)) return;
  throw new ProblemError(403, "insufficient_scope", `This key lacks the scope \`${scope}\`.`, {
    headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}
