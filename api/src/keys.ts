/** Keys over the api: of the same workspace and environment as the one that makes them, and never with more scopes. */
import { eq } from "drizzle-orm";
import { generateKey, type KeyRing, type KeyRow, SCOPES } from "./auth.ts";
import type { Key, KeyCreate } from "./contract/keys.ts";
import type { PageQuery } from "./contract/page.ts";
import { apiKeys } from "./db/schema.ts";
import { keyset, toPage } from "./paging.ts";
import { invalid, notFound, ProblemError } from "./problem.ts";
import { mine, type Work } from "./work.ts";

type Row = typeof apiKeys.$inferSelect;

export function toKey(row: Row): Key {
  return {
    id: row.id,
    name: row.name,
    livemode: row.livemode,
    scopes: row.scopes,
    last4: row.last4,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}

function requireGrantable(work: Work, scopes: readonly string[]): void {
  const known: ReadonlySet<string> = new Set(SCOPES);
  const strange = scopes.findIndex((scope) => !known.has(scope));
  if (strange >= 0) throw invalid(`/scopes/${strange}`, `there is no such scope; there are: ${SCOPES.join(", ")}`);
  const above = scopes.findIndex((scope) => !work.who.scopes.has(scope));
  if (above >= 0) throw invalid(`/scopes/${above}`, "a key cannot give what it does not have");
}

export async function createKey(work: Work, ring: KeyRing, input: KeyCreate): Promise<Key & { key: string }> {
  const scopes = [...new Set(input.scopes)];
  requireGrantable(work, scopes);
  const key = generateKey(work.who.livemode);
  const { workspaceId, keyId: createdBy } = work.who;
  const values: KeyRow = ring.row(key, { workspaceId, name: input.name, scopes, createdBy });
  const [row] = await work.tx.insert(apiKeys).values(values).returning();
  if (row === undefined) throw new Error("bug: a key was not inserted");
  return { ...toKey(row), key };
}

export async function getKey(work: Work, id: string): Promise<Key> {
  const [row] = await work.tx
    .select()
    .from(apiKeys)
    .where(mine(work, apiKeys, eq(apiKeys.id, id)));
  if (row === undefined) throw notFound("key");
  return toKey(row);
}

export async function listKeys(work: Work, query: PageQuery) {
  const { after, order, limit } = keyset(query, apiKeys.id);
  const rows = await work.tx
    .select()
    .from(apiKeys)
    .where(mine(work, apiKeys, after))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toKey);
}

/** Works at once here and within five seconds in other api processes. A key cannot revoke itself: nobody locks themselves out by accident. */
export async function revokeKey(work: Work, ring: KeyRing, id: string): Promise<Key> {
  const key = await getKey(work, id);
  if (id === work.who.keyId) throw new ProblemError(409, "own_key", "Revoke this key with another one.");
  if (key.revoked_at !== null) return key;
  await work.tx
    .update(apiKeys)
    .set({ revokedAt: new Date(work.nowMs) })
    .where(mine(work, apiKeys, eq(apiKeys.id, id)));
  ring.forget(id);
  return getKey(work, id);
}
