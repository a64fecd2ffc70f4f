/** "Call me": a row that an engine of the workspace claims and dials. */
import { and, asc, eq } from "drizzle-orm";
import type { TestCall } from "../contract/calls.ts";
import { testCalls } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { mine, own, type Work } from "../work.ts";
import { requireDemoCalls } from "./demo.ts";

function toTestCall(row: typeof testCalls.$inferSelect): TestCall {
  return { id: row.id, to: row.to, status: row.status, created_at: row.createdAt.toISOString() };
}

/** @throws ProblemError 403 `demo_exhausted` */
export async function placeTestCall(work: Work, to: string): Promise<TestCall> {
  await requireDemoCalls(work);
  const createdAt = new Date(work.nowMs);
  const row = {
    id: newId("testCall", work.nowMs),
    ...own(work),
    to,
    status: "queued" as const,
    createdAt,
    claimedAt: null,
  };
  await work.tx.insert(testCalls).values(row);
  return toTestCall(row);
}

/** The engine takes the oldest one; two engines never get the same. */
export async function claimTestCall(work: Work): Promise<TestCall | null> {
  const [next] = await work.tx
    .select()
    .from(testCalls)
    .where(mine(work, testCalls, eq(testCalls.status, "queued")))
    .orderBy(asc(testCalls.id))
    .limit(1)
    .for("update", { skipLocked: true });
  if (next === undefined) return null;
  const [row] = await work.tx
    .update(testCalls)
    .set({ status: "claimed", claimedAt: new Date(work.nowMs) })
    .where(mine(work, testCalls, and(eq(testCalls.id, next.id))))
    .returning();
  return row === undefined ? null : toTestCall(row);
}
