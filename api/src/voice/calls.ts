import { and, desc, eq, gte, ilike, isNotNull, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Call, CallQuery, CallTools, HeardLedger, Transcript } from "../contract/calls.ts";
import { Outcome, Sentiment } from "../contract/common.ts";
import type { Created } from "../contract/crm.ts";
import type { PageQuery } from "../contract/page.ts";
import { calls, contacts, transcripts } from "../db/schema.ts";
import { keyset, toPage } from "../paging.ts";
import { notFound } from "../problem.ts";
import { mine, type Work } from "../work.ts";
import { createdOfCalls } from "./created.ts";

export type CallRow = typeof calls.$inferSelect;
type Row = CallRow & { transcriptId: string | null; callerName: string | null };

function recording(row: Row, base: string): Call["recording"] {
  if (row.recordingId === null || row.recordingDoomedAt !== null) return null;
  const url = `${base}/recording`;
  return { id: row.recordingId, url, duration_ms: row.recordingMs ?? 0, bytes: row.recordingBytes ?? 0 };
}

function toCall(row: Row, created: Created, publicUrl: string): Call {
  const base = `${publicUrl}/voice/v1/calls/${row.id}`;
  // What goes out is checked where it goes out: as an answer, or as an event.
  return {
    id: row.id,
    status: row.status,
    from: row.from,
    from_display: row.fromDisplay,
    to: row.to,
    transport: row.transport,
    direction: row.direction,
    verdict: row.verdict,
    verdict_score: row.verdictScore,
    started_at: row.startedAt.toISOString(),
    ended_at: row.endedAt?.toISOString() ?? null,
    duration_ms: row.durationMs,
    ended_by: row.endedBy,
    language: row.language,
    outcome: row.outcome === null ? null : Outcome.parse(row.outcome),
    summary: row.summary,
    sentiment:
      row.sentimentLabel === null ? null : Sentiment.parse({ label: row.sentimentLabel, score: row.sentimentScore }),
    recording: recording(row, base),
    transcript: row.transcriptId === null ? null : { id: row.transcriptId, url: `${base}/transcript` },
    quarantine: quarantine(row),
    media: row.media,
    caller_name: row.callerName,
    response_p50_ms: medianResponseMs(row.turns),
    sip: row.sip,
    failure: row.failure,
    created,
  };
}

function medianResponseMs(turns: CallRow["turns"]): number | null {
  const times = (turns ?? []).flatMap((turn) => turn.response_ms ?? []).sort((a, b) => a - b);
  return times[Math.floor((times.length - 1) / 2)] ?? null;
}

function quarantine(row: Row): Call["quarantine"] {
  if (row.quarantinedAt === null) return null;
  return {
    quarantined_at: row.quarantinedAt.toISOString(),
    signals: row.signals ?? [],
    verdict_at_ms: row.verdictAtMs,
    evidence: row.evidence,
    released_at: row.releasedAt?.toISOString() ?? null,
    released_by: row.releasedBy,
  };
}

function select(work: Work) {
  return work.tx
    .select({ call: calls, transcriptId: transcripts.id, callerName: contacts.name })
    .from(calls)
    .leftJoin(transcripts, eq(transcripts.callId, calls.id))
    .leftJoin(contacts, eq(contacts.id, calls.contactId));
}

const flat = ({ call, ...joined }: { call: CallRow; transcriptId: string | null; callerName: string | null }): Row => ({
  ...call,
  ...joined,
});

export async function findCallRow(work: Work, id: string): Promise<CallRow | undefined> {
  const [row] = await work.tx
    .select()
    .from(calls)
    .where(mine(work, calls, eq(calls.id, id)));
  return row;
}

/** @param known what came of it, when that was just read */
export async function getCall(work: Work, id: string, known?: Created): Promise<Call> {
  const row = select(work).where(mine(work, calls, eq(calls.id, id)));
  const [[found], created] = await Promise.all([row, known ?? createdOfCalls(work, [id]).then((of) => of(id))]);
  if (found === undefined) throw notFound("call");
  return toCall(flat(found), created, work.publicUrl);
}

type CallFilters = z.output<typeof CallQuery>;

/** Words anywhere in the summary or the transcript, a name, or digits of a number; of the rows of `select`. */
function saying(words: string): SQL | undefined {
  const pattern = `%${words.replace(/[\\%_]/g, "\\$&")}%`;
  const digits = words.replace(/[\s().-]/g, "");
  return or(
    ilike(calls.summary, pattern),
    ilike(contacts.name, pattern),
    ilike(calls.fromDisplay, pattern),
    /^\+?\d{3,}$/.test(digits)
      ? or(...[calls.from, calls.to].map((number) => sql`position(${digits} in ${number}) > 0`))
      : undefined,
    sql`${transcripts.lines}::text ilike ${pattern}`,
  );
}

/** Wherever contacts live. */
function ofContact(id: string): SQL | undefined {
  return or(eq(calls.contactId, id), sql`${calls.remoteCreated}->>'contact_id' = ${id}`);
}

function filtersOf(query: CallFilters): SQL | undefined {
  const equal = [
    [calls.status, query.status],
    [calls.outcome, query.outcome],
    [calls.from, query.from],
    [calls.to, query.to],
    [calls.direction, query.direction],
    [calls.verdict, query.verdict],
    [calls.language, query.language],
    [calls.sentimentLabel, query.sentiment],
  ] as const;
  return and(
    ...equal.map(([column, value]) => (value === undefined ? undefined : eq(column, value))),
    query.contact_id === undefined ? undefined : ofContact(query.contact_id),
    query.q === undefined ? undefined : saying(query.q),
    query.released === undefined ? undefined : isNotNull(calls.releasedAt),
    query.started_after === undefined ? undefined : gte(calls.startedAt, new Date(query.started_after)),
    query.started_before === undefined ? undefined : lt(calls.startedAt, new Date(query.started_before)),
  );
}

async function page(work: Work, query: PageQuery, filters: SQL | undefined) {
  const { after, order, limit } = keyset(query, calls.id);
  const found = await select(work)
    .where(mine(work, calls, after, filters))
    .orderBy(order)
    .limit(limit);
  const rows = found.map(flat);
  const created = await createdOfCalls(
    work,
    rows.map((row) => row.id),
  );
  return toPage(rows, query, (row) => toCall(row, created(row.id), work.publicUrl));
}

export function listCalls(work: Work, query: CallFilters) {
  return page(work, query, filtersOf(query));
}

/** Judged robocalls that nobody released. */
export function listQuarantine(work: Work, query: PageQuery) {
  return page(work, query, and(isNotNull(calls.quarantinedAt), isNull(calls.releasedAt)));
}

const RELEASED_DAYS = 30;

/** Ids of the calls released in the last 30 days, newest first: as long as an engine remembers their recordings. */
export async function lastReleased(work: Work): Promise<string[]> {
  const since = new Date(work.nowMs - RELEASED_DAYS * 86_400_000);
  const rows = await work.tx
    .select({ id: calls.id })
    .from(calls)
    .where(mine(work, calls, isNotNull(calls.quarantinedAt), gte(calls.releasedAt, since)))
    .orderBy(desc(calls.releasedAt))
    .limit(1000);
  return rows.map((row) => row.id);
}

export async function getTranscript(work: Work, callId: string): Promise<Transcript> {
  const [row] = await work.tx
    .select()
    .from(transcripts)
    .where(mine(work, transcripts, eq(transcripts.callId, callId)));
  if (row === undefined) throw notFound("transcript");
  return { id: row.id, call_id: row.callId, lines: row.lines };
}

export async function getTools(work: Work, callId: string): Promise<CallTools> {
  const row = await findCallRow(work, callId);
  if (row === undefined) throw notFound("call");
  return { call_id: callId, tool_calls: row.toolCalls ?? [] };
}

/** What of her words reached the caller: the transcript holds heard text only, cut where she was interrupted. */
export async function getHeard(work: Work, callId: string): Promise<HeardLedger> {
  const { lines: all } = await getTranscript(work, callId);
  const lines = all.filter((line) => line.speaker === "agent");
  return {
    call_id: callId,
    lines,
    spoken_ms: lines.reduce((sum, line) => sum + Math.max(0, line.end_ms - line.start_ms), 0),
    interruptions: lines.filter((line) => line.interrupted === true).length,
  };
}
