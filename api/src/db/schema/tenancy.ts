/** Workspaces, their keys, what they did, what they were answered, and where their products live. */
import { bigint, index, integer, pgTable, primaryKey, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { at, tenant } from "./columns.ts";

export const apiKeys = pgTable("api_keys", {
  id: text("id").primaryKey(),
  ...tenant,
  name: text("name").notNull(),
  /** HMAC-SHA256(pepper, key), hex. */
  hash: text("hash").notNull().unique(),
  last4: text("last4").notNull(),
  scopes: text("scopes").array().notNull(),
  /** The key that made this one; null for keys of the operator. */
  createdBy: text("created_by"),
  createdAt: at("created_at").notNull(),
  lastUsedAt: at("last_used_at"),
  revokedAt: at("revoked_at"),
});

export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    ...tenant,
    method: text("method").notNull(),
    path: text("path").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of the canonical body. */
    fingerprint: text("fingerprint").notNull(),
    status: integer("status").notNull(),
    contentType: text("content_type"),
    body: text("body"),
    createdAt: at("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("idempotency_keys_scope").on(t.workspaceId, t.livemode, t.method, t.path, t.key),
    index("idempotency_keys_age").on(t.createdAt),
  ],
);

/** Who did what, one chain per workspace and environment; a trigger refuses update and delete. */
export const auditEntries = pgTable(
  "audit_entries",
  {
    id: text("id").primaryKey(),
    ...tenant,
    seq: bigint("seq", { mode: "number" }).notNull(),
    at: at("at").notNull(),
    /** A key's id, or `system`. */
    actor: text("actor").notNull(),
    /** Method and path with ids as they were: `POST /voice/v1/webhooks`. */
    action: text("action").notNull(),
    /** Id of what it made or changed. */
    target: text("target"),
    requestId: text("request_id").notNull(),
    previousHash: text("previous_hash").notNull(),
    hash: text("hash").notNull(),
  },
  (t) => [unique("audit_entries_seq").on(t.workspaceId, t.livemode, t.seq)],
);

/** A product of the suite that lives elsewhere. */
export const suiteRemotes = pgTable(
  "suite_remotes",
  {
    ...tenant,
    product: text("product", { enum: ["crm", "calendar", "tickets"] }).notNull(),
    baseUrl: text("base_url").notNull(),
    /** Sealed. */
    key: text("key").notNull(),
    createdAt: at("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.livemode, t.product] })],
);
