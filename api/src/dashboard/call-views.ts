/** A call from the inside: how fast she was, how the line was, and what was told to the outside about it. */
import { and, asc, eq, gte, inArray, lte, sql } from "drizzle-orm";
import type { z } from "zod";
import type { CallEvent, CallQuality } from "../contract/dashboard.ts";
import { deliveries, engineReports, events } from "../db/schema.ts";
import { notFound } from "../problem.ts";
import { type CallRow, findCallRow } from "../voice/calls.ts";
import { mine, type Work } from "../work.ts";

async function requireCall(work: Work, callId: string): Promise<CallRow> {
  const row = await findCallRow(work, callId);
  if (row === undefined) throw notFound("call");
  return row;
}

export async function callQuality(work: Work, callId: string): Promise<CallQuality> {
  const row = await requireCall(work, callId);
  return { call_id: callId, turns: row.turns ?? [], media: row.media };
}

/** Events may come late: the engine's report waits in its spool while the api is away, a robocall is released days after. */
const AFTER_MS = 120_000;
const MAX_EVENTS = 200;

async function timesOf(work: Work, row: CallRow): Promise<SQLWindow[]> {
  const reports = await work.tx
    .select({ at: engineReports.receivedAt })
    .from(engineReports)
    .where(mine(work, engineReports, eq(engineReports.callId, row.id)));
  const ended = row.endedAt ?? new Date(work.nowMs);
  const around = (at: Date) => ({ from: new Date(at.getTime() - 1000), to: new Date(at.getTime() + AFTER_MS) });
  const during = { from: new Date(row.startedAt.getTime() - 1000), to: new Date(ended.getTime() + AFTER_MS) };
  return [during, ...reports.map(({ at }) => around(at)), ...(row.releasedAt === null ? [] : [around(row.releasedAt)])];
}

interface SQLWindow {
  from: Date;
  to: Date;
}

/** The few minutes in which anything about the call was written bound the search; its id in the body decides. */
export async function callEvents(work: Work, callId: string): Promise<z.infer<typeof CallEvent>[]> {
  const windows = await timesOf(work, await requireCall(work, callId));
  const found = new Map<string, { id: string; type: string; createdAt: Date }>();
  for (const { from, to } of windows) {
    const rows = await work.tx
      .select({ id: events.id, type: events.type, createdAt: events.createdAt })
      .from(events)
      .where(
        mine(
          work,
          events,
          and(gte(events.createdAt, from), lte(events.createdAt, to)),
          sql`position(${callId} in ${events.body}) > 0`,
        ),
      )
      .orderBy(asc(events.id))
      .limit(MAX_EVENTS);
    for (const row of rows) found.set(row.id, row);
  }
  if (found.size === 0) return [];
  const sent = await work.tx
    .select()
    .from(deliveries)
    .where(mine(work, deliveries, inArray(deliveries.eventId, [...found.keys()])))
    .orderBy(asc(deliveries.id));
  return [...found.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, type, createdAt }) => ({
      id,
      type,
      created_at: createdAt.toISOString(),
      deliveries: sent
        .filter((row) => row.eventId === id)
        .map((row) => ({
          id: row.id,
          webhook_id: row.webhookId,
          status: row.status,
          attempts: row.attempts,
          response_status: row.responseStatus,
        })),
    }));
}
