import { z } from "zod";
import { KnowledgeEntry } from "./agent.ts";
import { Timestamp } from "./common.ts";
import { id } from "./ids.ts";

/** `GET /voice/v1/knowledge/versions`. */
export const KnowledgeVersion = z.object({
  id: id("knowledge"),
  version: z.number().int().positive(),
  entries: z.number().int().nonnegative(),
  changed_by: z.string(),
  via: z.string(),
  created_at: Timestamp,
});
export type KnowledgeVersion = z.infer<typeof KnowledgeVersion>;

export const KnowledgeVersionDetail = KnowledgeVersion.extend({ entries: z.array(KnowledgeEntry) });

/** `GET …/diff?from=1&to=3`. */
export const KnowledgeDiff = z.object({
  from: z.number().int(),
  to: z.number().int(),
  changes: z.array(z.object({ change: z.enum(["added", "changed", "removed"]), entry: KnowledgeEntry })),
});

export const KnowledgeSearch = z.object({
  q: z.string().min(1).max(200),
  limit: z.coerce.number().int().min(1).max(50).default(10),
});
/** Best first. */
export const KnowledgeHit = z.object({ score: z.number(), entry: KnowledgeEntry });
export type KnowledgeHit = z.infer<typeof KnowledgeHit>;
export type KnowledgeDiff = z.infer<typeof KnowledgeDiff>;
