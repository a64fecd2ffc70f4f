/** Keyset pagination, newest first: the cursor is the last id seen, so inserts and deletes never shift a page. */
import type { SQL } from "drizzle-orm";
import { desc, lt } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { PageQuery } from "./contract/page.ts";
import { ProblemError } from "./problem.ts";

function decode(cursor: string): string {
  const id = Buffer.from(cursor, "base64url").toString("latin1");
  if (/^[a-z]{2,4}_[0-9A-Z]{26}$/.test(id)) return id;
  throw new ProblemError(400, "invalid_cursor", "The cursor is not one that a list of this api returned.", {
    errors: [{ location: "query", pointer: "/cursor", message: "expected the next_cursor of an earlier page" }],
  });
}

/** Condition, order and limit of a page; one row more than asked tells whether there is a next one. */
export function keyset(query: PageQuery, id: PgColumn): { after: SQL | undefined; order: SQL; limit: number } {
  return {
    after: query.cursor === undefined ? undefined : lt(id, decode(query.cursor)),
    order: desc(id),
    limit: query.limit + 1,
  };
}

/** @param rows at most `limit + 1` rows as fetched with `keyset` */
export function toPage<Row extends { id: string }, Item>(rows: Row[], query: PageQuery, map: (row: Row) => Item) {
  const kept = rows.slice(0, query.limit);
  const last = kept.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return { data: kept.map(map), next_cursor: more ? Buffer.from(last.id, "latin1").toString("base64url") : null };
}
