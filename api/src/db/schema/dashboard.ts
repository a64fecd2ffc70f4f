/** Who looks at the dashboard, and until when. */
import { index, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { ROLES } from "../../contract/dashboard.ts";
import { at, tenant } from "./columns.ts";
import { apiKeys } from "./tenancy.ts";

export const members = pgTable("members", {
  id: text("id").primaryKey(),
  ...tenant,
  /** What they type to sign in, lower case; one in the whole installation. */
  login: text("login").notNull().unique(),
  name: text("name").notNull(),
  role: text("role", { enum: ROLES }).notNull(),
  /** argon2id, with its parameters. */
  passwordHash: text("password_hash").notNull(),
  createdAt: at("created_at").notNull(),
  disabledAt: at("disabled_at"),
});

/** A sign-in with a password or with a key; one of the two ids is set. */
export const sessions = pgTable(
  "sessions",
  {
    /** SHA-256 of the cookie's token. */
    id: text("id").primaryKey(),
    ...tenant,
    memberId: text("member_id").references(() => members.id),
    keyId: text("key_id").references(() => apiKeys.id),
    createdAt: at("created_at").notNull(),
    seenAt: at("seen_at").notNull(),
    expiresAt: at("expires_at").notNull(),
  },
  (t) => [index("sessions_expiry").on(t.expiresAt)],
);

/** What the sample data made, so that it can be taken away again. */
export const sampleData = pgTable(
  "sample_data",
  {
    ...tenant,
    ids: jsonb("ids").$type<Record<string, string[]>>().notNull(),
    createdAt: at("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.livemode] })],
);
