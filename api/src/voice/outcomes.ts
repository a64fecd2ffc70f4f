/** How calls ended, counted. */
import { and, count, desc, gte, isNotNull, lt } from "drizzle-orm";
import { Outcome } from "../contract/common.ts";
import { calls } from "../db/schema.ts";
import { mine, type Work } from "../work.ts";

/** Most frequent first; a call that still runs has no outcome and is not counted. */
export async function countOutcomes(work: Work, range: { since?: string | undefined; until?: string | undefined }) {
  const during = and(
    isNotNull(calls.outcome),
    range.since === undefined ? undefined : gte(calls.startedAt, new Date(range.since)),
    range.until === undefined ? undefined : lt(calls.startedAt, new Date(range.until)),
  );
  const rows = await work.tx
    .select({ outcome: calls.outcome, calls: count() })
    .from(calls)
    .where(mine(work, calls, during))
    .groupBy(calls.outcome)
    .orderBy(desc(count()), calls.outcome);
  return { data: rows.map((row) => ({ outcome: Outcome.parse(row.outcome), calls: Number(row.calls) })) };
}
