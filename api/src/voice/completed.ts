/** A call ended: its row, its session, what came of it, and `call.completed`. */
import { eq } from "drizzle-orm";
import type { CallCompletedReport } from "../contract/engine.ts";
import { matchContact, rememberPauses, toContact } from "../crm/contacts.ts";
import { finalizeRow, insertSession, sessionOfCall } from "../crm/sessions.ts";
import { calls, transcripts } from "../db/schema.ts";
import { start } from "../db/statements.ts";
import { newId } from "../ids.ts";
import type { Relayed } from "../suite/relay.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";
import { type CallRow, findCallRow, getCall } from "./calls.ts";
import { NOTHING, rememberRemote } from "./created.ts";
import { type Caller, contactOfCall, openCall, remember, started, type Told } from "./opening.ts";
import { ours, theirs } from "./party.ts";
import { advanceTestCall } from "./test-calls.ts";

export async function completed(
  work: Work,
  report: CallCompletedReport,
  row: CallRow | undefined,
  relayed?: Relayed,
): Promise<Told> {
  const { call_id } = report;
  const robocall = report.finalize.outcome === "robocall";
  let eventIds: string[] = [];
  let caller: Caller | undefined;
  if (row === undefined && robocall) await openCall(work, report);
  else if (row === undefined) {
    const told = await started(work, report, relayed);
    ({ eventIds, caller } = told);
    remember(work, call_id, "call.started", [...eventIds], told.created ?? NOTHING);
  }
  keepTranscript(work, call_id, report.transcript);
  await advanceTestCall(work, report, "completed");
  if (robocall) {
    closeCall(work, report);
    return { eventIds };
  }
  const { contact, created } =
    relayed === undefined ? await finalizeHere(work, report, caller) : await finalizedThere(work, report, relayed);
  const call = await getCall(work, call_id, created);
  eventIds.push(emit(work, "call.completed", { call, contact }));
  return { eventIds, created: call.created };
}

async function finalizedThere(work: Work, report: CallCompletedReport, relayed: Relayed) {
  closeCall(work, report);
  await rememberRemote(work, report.call_id, relayed.created);
  return { contact: relayed.contact, created: undefined };
}

/** @param caller who calls, when the call was just opened */
async function finalizeHere(work: Work, report: CallCompletedReport, caller: Caller | undefined) {
  const from = theirs(report);
  const opening = { call_id: report.call_id, from, to: ours(report) };
  const row = caller === undefined ? await sessionOfCall(work, report.call_id) : caller.session;
  const match = row !== undefined || from === null ? undefined : await callerOf(work, from, caller);
  const session = row ?? insertSession(work, opening, match);
  if (session.status === "finalized") {
    closeCall(work, report);
    return { contact: await contactOfCall(work, await findCallRow(work, report.call_id)), created: undefined };
  }
  const open = { row: session, contact: match?.contact };
  const { contact, created } = await finalizeRow(work, open, report.finalize, report.fields, closing(work, report));
  if (contact !== undefined && report.pauses_ms?.length) rememberPauses(work, contact.id, report.pauses_ms);
  return { contact: contact === undefined ? null : toContact(contact), created };
}

async function callerOf(work: Work, from: string, caller: Caller | undefined) {
  return caller?.contact === undefined ? matchContact(work, from) : { contact: caller.contact, known: true };
}

/** What a call's row learns at its end. */
function closing(work: Work, report: CallCompletedReport) {
  const { finalize, recording } = report;
  return {
    status: "completed" as const,
    endedAt: new Date(report.ended_at),
    durationMs: report.duration_ms,
    endedBy: report.ended_by,
    language: report.language,
    outcome: finalize.outcome,
    summary: finalize.summary,
    sentimentLabel: finalize.sentiment.label,
    sentimentScore: finalize.sentiment.score,
    ...(finalize.outcome === "robocall"
      ? { verdict: "robocall" as const, quarantinedAt: new Date(work.nowMs), signals: [] }
      : {}),
    recordingId: recording?.recording_id ?? null,
    recordingPath: recording?.path ?? null,
    recordingMs: recording?.duration_ms ?? null,
    recordingBytes: recording?.bytes ?? null,
    recordingKeyId: recording?.key_id ?? null,
    turns: report.turns,
    toolCalls: report.tool_calls ?? null,
    media: report.media,
  };
}

function closeCall(work: Work, report: CallCompletedReport): void {
  start(
    work.tx
      .update(calls)
      .set(closing(work, report))
      .where(mine(work, calls, eq(calls.id, report.call_id))),
  );
}

export function keepTranscript(work: Work, callId: string, lines: CallCompletedReport["transcript"]): void {
  const id = newId("transcript", work.nowMs);
  start(
    work.tx
      .insert(transcripts)
      .values({ id, ...own(work), callId, lines })
      .onConflictDoUpdate({ target: transcripts.callId, set: { lines } }),
  );
}
