/**
 * "Call me": a row that an engine of the workspace claims and dials. The claim is a lease: an engine that dies before the first ring leaves it to
 * another; from then on the call's own reports say how it goes.
 *
 * | state     | claim    | 30 s     | progress | call.started | call.completed | call.failed | 10 min |
 * |-----------|----------|----------|----------|--------------|----------------|-------------|--------|
 * | queued    | claimed  |          | ringing  | answered     | completed      | failed      | failed |
 * | claimed   |          | claimed again | ringing | answered | completed      | failed      | failed |
 * | ringing   |          |          |          | answered     | completed      | failed      | failed |
 * | answered  |          |          |          |              | completed      |             |        |
 */
import { and, asc, eq, inArray, lt, or } from "drizzle-orm";
import type { CallFailure, TestCall, TestCallCreate } from "../contract/outbound.ts";
import { testCalls } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { notFound } from "../problem.ts";
import { mine, own, type Work } from "../work.ts";
import { requireDemoCalls } from "./demo.ts";

const LEASE_MS = 30_000;
/** Nobody wants to be called an hour after having asked for it. */
const WORTH_DIALLING_MS = 600_000;
const EXPIRED: CallFailure = {
  sip_status: null,
  reason: "failed",
  detail: "No engine placed it within ten minutes. Is one running whose trunk has `outbound`?",
};

type Row = typeof testCalls.$inferSelect;

function toTestCall(work: Work, row: Row): TestCall {
  const { id, to, createdAt, callId, options } = row;
  const isLate = isOpen(row) && createdAt.getTime() < work.nowMs - WORTH_DIALLING_MS;
  const { status, failure } = isLate ? { status: "failed" as const, failure: EXPIRED } : row;
  return { id, to, status, call_id: callId, failure, options, created_at: createdAt.toISOString() };
}

const isOpen = ({ status }: Row): boolean => BEFORE.failed.some((open) => open === status);

/** @throws ProblemError 403 `demo_exhausted` */
export async function placeTestCall(work: Work, { to, options }: TestCallCreate): Promise<TestCall> {
  await requireDemoCalls(work);
  const row: Row = {
    id: newId("testCall", work.nowMs),
    ...own(work),
    to,
    status: "queued",
    createdAt: new Date(work.nowMs),
    claimedAt: null,
    callId: null,
    failure: null,
    options: options ?? null,
  };
  await work.tx.insert(testCalls).values(row);
  return toTestCall(work, row);
}

/** @throws ProblemError 404 */
export async function getTestCall(work: Work, id: string): Promise<TestCall> {
  const [row] = await work.tx
    .select()
    .from(testCalls)
    .where(mine(work, testCalls, eq(testCalls.id, id)));
  if (row === undefined) throw notFound("test call");
  return toTestCall(work, row);
}

/** The engine takes the oldest one; two engines never get the same. */
export async function claimTestCall(work: Work): Promise<TestCall | null> {
  await expire(work);
  const abandoned = and(eq(testCalls.status, "claimed"), lt(testCalls.claimedAt, new Date(work.nowMs - LEASE_MS)));
  const [next] = await work.tx
    .select()
    .from(testCalls)
    .where(mine(work, testCalls, or(eq(testCalls.status, "queued"), abandoned)))
    .orderBy(asc(testCalls.id))
    .limit(1)
    .for("update", { skipLocked: true });
  if (next === undefined) return null;
  const [row] = await work.tx
    .update(testCalls)
    .set({ status: "claimed", claimedAt: new Date(work.nowMs) })
    .where(mine(work, testCalls, eq(testCalls.id, next.id)))
    .returning();
  return row === undefined ? null : toTestCall(work, row);
}

/** It rings. @throws ProblemError 404 */
export async function testCallRings(work: Work, id: string, callId: string): Promise<TestCall> {
  await advanceTestCall(work, { test_call_id: id, call_id: callId }, "ringing");
  return getTestCall(work, id);
}

/** What each state may follow; reports come in order, or again. */
const BEFORE = {
  ringing: ["queued", "claimed"],
  answered: ["queued", "claimed", "ringing"],
  completed: ["queued", "claimed", "ringing", "answered"],
  failed: ["queued", "claimed", "ringing"],
} as const;

/** Of the test call that a report speaks of, if any. A repeat changes nothing. */
export async function advanceTestCall(
  work: Work,
  report: { test_call_id?: string | null | undefined; call_id: string },
  status: keyof typeof BEFORE,
  failure: CallFailure | null = null,
): Promise<void> {
  if (report.test_call_id == null) return;
  const from = inArray(testCalls.status, [...BEFORE[status]]);
  await work.tx
    .update(testCalls)
    .set({ status, failure, callId: report.call_id })
    .where(mine(work, testCalls, eq(testCalls.id, report.test_call_id), from));
}

async function expire(work: Work): Promise<void> {
  const old = lt(testCalls.createdAt, new Date(work.nowMs - WORTH_DIALLING_MS));
  await work.tx
    .update(testCalls)
    .set({ status: "failed", failure: EXPIRED })
    .where(mine(work, testCalls, inArray(testCalls.status, [...BEFORE.failed]), old));
}
