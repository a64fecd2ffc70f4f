import { z } from "zod";
import { Timestamp } from "./common.ts";
import { id } from "./ids.ts";

/** `POST /voice/v1/keys`: a key of the same workspace and environment, with no more scopes than the one that makes it. */
export const KeyCreate = z.object({
  name: z.string().min(1).max(100),
  scopes: z.array(z.string().max(40)).min(1).max(40),
});
export type KeyCreate = z.infer<typeof KeyCreate>;

export const Key = z.object({
  id: id("key"),
  name: z.string(),
  livemode: z.boolean(),
  scopes: z.array(z.string()),
  last4: z.string(),
  created_by: z.string().nullable(),
  created_at: Timestamp,
  /** To the minute. */
  last_used_at: Timestamp.nullable(),
  revoked_at: Timestamp.nullable(),
});
export type Key = z.infer<typeof Key>;

/** The only answer that carries the key itself. */
export const KeyCreated = Key.extend({ key: z.string() });

/** `GET /voice/v1/audit`, newest first. `hash` is SHA-256 over the entry and the hash before it. */
export const AuditEntry = z.object({
  id: id("audit"),
  seq: z.number().int().positive(),
  at: Timestamp,
  actor: z.string(),
  action: z.string(),
  target: z.string().nullable(),
  request_id: z.string(),
  previous_hash: z.string(),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** `GET /voice/v1/audit/verify`: the chain walked from its beginning. */
export const AuditVerified = z.object({
  intact: z.boolean(),
  entries: z.number().int(),
  /** Keep it elsewhere: a chain rewritten as a whole does not end in it. */
  head_hash: z.string(),
  broken_at_seq: z.number().int().nullable(),
});
export type AuditVerified = z.infer<typeof AuditVerified>;

/** `PUT /voice/v1/suite/{product}`: this product lives elsewhere, behind the same contract. */
export const REMOTE_PRODUCTS = ["crm", "calendar", "tickets"] as const;
export const SuiteRemoteSet = z.object({
  base_url: z.url().max(500).describe("what comes before /crm/v1"),
  key: z.string().min(8).max(200),
});
export type SuiteRemoteSet = z.infer<typeof SuiteRemoteSet>;
export const SuiteRemote = z.object({ product: z.enum(REMOTE_PRODUCTS), base_url: z.string(), created_at: Timestamp });
export type SuiteRemote = z.infer<typeof SuiteRemote>;
