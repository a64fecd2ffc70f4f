/**
 * What the engine reports, recorded once per (call, type) in one transaction with the events it fires.
 *
 * | report             | rows                                         | events                                  |
 * |--------------------|----------------------------------------------|-----------------------------------------|
 * | call.started       | call                                         | call.started                            |
 * | call.message_taken | ticket                                       | call.message_taken                      |
 * | call.escalated     |                                              | call.escalated                          |
 * | call.quarantined   | call, transcript                             |                                         |
 * | call.failed        | call, its failure                            |                                         |
 * | call.completed     | call, session, contact, lead, transcript     | call.started if it never came, call.completed |
 *
 * A call whose outcome is `robocall` is kept and fires nothing.
 */
import { eq } from "drizzle-orm";
import type { Call } from "../contract/calls.ts";
import type {
  CallCompletedReport,
  CallEscalatedReport,
  CallFailedReport,
  CallQuarantinedReport,
  CallStartedReport,
  EngineReport,
  EngineReportResult,
  MessageTakenReport,
} from "../contract/engine.ts";
import { findContact, findContactByPhone, matchContact, toContact } from "../crm/contacts.ts";
import { finalizeRow, openRow, sessionOfCall } from "../crm/sessions.ts";
import { calls, engineReports, transcripts } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { notFound, ProblemError } from "../problem.ts";
import type { Relayed } from "../suite/relay.ts";
import { insertTicket } from "../tickets/tickets.ts";
import { emit } from "../webhooks/emit.ts";
import { lockCall, mine, own, type Work } from "../work.ts";
import { findCallRow, getCall } from "./calls.ts";
import { createdOfCalls, NOTHING, rememberRemote } from "./created.ts";
import { ours, theirs } from "./party.ts";
import { earlierResult } from "./reported.ts";
import { advanceTestCall } from "./test-calls.ts";

/**
 * @param relayed what the remote CRM and tickets made of it, when they live elsewhere
 * @returns the result and whether it is the first time
 */
export async function recordReport(
  work: Work,
  report: EngineReport,
  relayed?: Relayed,
): Promise<{ result: EngineReportResult; first: boolean }> {
  await lockCall(work, report.call_id);
  const earlier = await earlierResult(work, report.call_id, report.type);
  if (earlier !== undefined) {
    if (report.type === "call.started") await fillIn(work, report);
    return { result: { ...earlier, replayed: true }, first: false };
  }
  const eventIds = await apply(work, report, relayed);
  return { result: await remember(work, report.call_id, report.type, eventIds), first: true };
}

async function remember(work: Work, callId: string, type: string, eventIds: string[]): Promise<EngineReportResult> {
  const created = (await createdOfCalls(work, [callId]))(callId);
  const result = { call_id: callId, type, event_ids: eventIds, created, replayed: false };
  await work.tx.insert(engineReports).values({ ...own(work), callId, type, result, receivedAt: new Date(work.nowMs) });
  return result;
}

function apply(work: Work, report: EngineReport, relayed: Relayed | undefined): Promise<string[]> {
  switch (report.type) {
    case "call.started":
      return started(work, report, relayed);
    case "call.message_taken":
      return messageTaken(work, report, relayed);
    case "call.escalated":
      return escalated(work, report, relayed);
    case "call.completed":
      return completed(work, report, relayed);
    case "call.quarantined":
      return quarantined(work, report);
    case "call.failed":
      return failed(work, report);
  }
}

type Opening = Pick<CallStartedReport, "call_id" | "engine_id" | "started_at" | "from" | "to"> &
  Partial<
    Pick<
      CallStartedReport,
      "from_display" | "transport" | "verdict" | "verdict_score" | "direction" | "test_call_id" | "sip"
    >
  >;

/** The caller as known before this call: a session opened in this call may just have made the contact. */
async function knownCaller(work: Work, callId: string, from: string | null) {
  const session = await sessionOfCall(work, callId);
  if (session !== undefined) {
    return session.known && session.contactId !== null ? findContact(work, session.contactId) : undefined;
  }
  return from === null ? undefined : findContactByPhone(work, from);
}

async function openCall(work: Work, report: Opening, relayed?: Relayed): Promise<void> {
  const contact = relayed === undefined ? await knownCaller(work, report.call_id, theirs(report)) : undefined;
  const inserted = await work.tx
    .insert(calls)
    .values({
      id: report.call_id,
      ...own(work),
      engineId: report.engine_id,
      status: "in_progress",
      from: report.from,
      fromDisplay: report.from_display ?? null,
      to: report.to,
      transport: report.transport ?? null,
      direction: report.direction ?? "inbound",
      sip: report.sip ?? null,
      verdict: report.verdict ?? null,
      verdictScore: report.verdict_score ?? null,
      contactId: contact?.id ?? null,
      startedAt: new Date(report.started_at),
    })
    .onConflictDoNothing()
    .returning({ id: calls.id });
  if (inserted.length === 0) {
    throw new ProblemError(
      409,
      "call_id_conflict",
      "This call id belongs to another workspace; the engine must make a new one.",
    );
  }
}

async function contactOfCall(work: Work, callId: string) {
  const row = await findCallRow(work, callId);
  return row?.contactId == null ? null : toContact(await findContact(work, row.contactId));
}

async function started(work: Work, report: Opening, relayed: Relayed | undefined): Promise<string[]> {
  await openCall(work, report, relayed);
  await advanceTestCall(work, report, "answered");
  const known = relayed?.known === true ? relayed.contact : null;
  if (relayed !== undefined) await rememberRemote(work, report.call_id, { ...NOTHING, contact_id: known?.id ?? null });
  const contact = relayed === undefined ? await contactOfCall(work, report.call_id) : known;
  return [await emit(work, "call.started", { call: await getCall(work, report.call_id), contact })];
}

/** The started report came after the completed one, which had to do without it. */
async function fillIn(work: Work, report: CallStartedReport): Promise<void> {
  const row = await findCallRow(work, report.call_id);
  if (row === undefined || row.transport !== null) return;
  const { from_display: fromDisplay, transport, verdict, verdict_score: verdictScore, sip = row.sip } = report;
  await work.tx
    .update(calls)
    .set({ fromDisplay, transport, verdict, verdictScore, sip })
    .where(mine(work, calls, eq(calls.id, report.call_id)));
}

/** Whose message it is: the session's contact, else the number they called from, else the number they left. */
async function messageContact(work: Work, report: MessageTakenReport) {
  const { callback_number: number, from_name: name } = report.message;
  const session = await sessionOfCall(work, report.call_id);
  if (session?.contactId != null) return findContact(work, session.contactId);
  const call = await findCallRow(work, report.call_id);
  const phone = (call && theirs(call)) ?? number;
  return phone === null ? undefined : (await matchContact(work, phone, name ?? undefined)).contact;
}

async function messageTaken(work: Work, report: MessageTakenReport, relayed?: Relayed): Promise<string[]> {
  const { message, call_id } = report;
  if (relayed !== undefined) await rememberRemote(work, call_id, relayed.created);
  const local = relayed === undefined ? await messageContact(work, report) : undefined;
  const contact = local === undefined ? (relayed?.contact ?? null) : toContact(local);
  const own = {
    contact_id: local?.id ?? null,
    subject: message.subject,
    body: message.body,
    urgency: message.urgency,
    source: "voice",
    call_id,
  };
  const ticket = relayed?.ticket ?? (await insertTicket(work, own));
  const data = {
    call_id,
    contact,
    message,
    ticket_id: ticket.id,
    ticket,
  };
  return [await emit(work, "call.message_taken", data)];
}

async function escalated(work: Work, report: CallEscalatedReport, relayed?: Relayed): Promise<string[]> {
  if ((await findCallRow(work, report.call_id)) === undefined) {
    throw new ProblemError(409, "call_not_started", "Report call.started of this call first, then repeat this report.");
  }
  const { trigger, reason, transcript } = report;
  const call = await getCall(work, report.call_id);
  return [
    await emit(work, "call.escalated", {
      call,
      contact: relayed === undefined ? await contactOfCall(work, call.id) : relayed.contact,
      trigger,
      reason,
      transcript,
    }),
  ];
}

/** Nobody was connected: kept, silent. */
async function failed(work: Work, report: CallFailedReport): Promise<string[]> {
  const { failure, ended_at } = report;
  if ((await findCallRow(work, report.call_id)) === undefined)
    await openCall(work, { ...report, direction: "outbound", transport: "sip" });
  await work.tx
    .update(calls)
    .set({ status: "completed", endedAt: new Date(ended_at), durationMs: 0, failure })
    .where(mine(work, calls, eq(calls.id, report.call_id)));
  await advanceTestCall(work, report, "failed", failure);
  return [];
}

/** A robocall: kept with its reasons, silent. */
async function quarantined(work: Work, report: CallQuarantinedReport): Promise<string[]> {
  if ((await findCallRow(work, report.call_id)) === undefined) await openCall(work, report);
  const { recording } = report;
  await work.tx
    .update(calls)
    .set({
      status: "completed",
      endedAt: new Date(report.ended_at),
      durationMs: report.duration_ms,
      endedBy: "agent",
      outcome: "robocall",
      verdict: "robocall",
      verdictScore: report.verdict_score,
      signals: report.signals,
      verdictAtMs: report.verdict_at_ms,
      evidence: report.evidence,
      quarantinedAt: new Date(work.nowMs),
      recordingId: recording?.recording_id ?? null,
      recordingPath: recording?.path ?? null,
      recordingMs: recording?.duration_ms ?? null,
      recordingBytes: recording?.bytes ?? null,
    })
    .where(mine(work, calls, eq(calls.id, report.call_id)));
  await keepTranscript(work, report.call_id, report.transcript);
  return [];
}

async function keepTranscript(work: Work, callId: string, lines: CallCompletedReport["transcript"]): Promise<void> {
  const id = newId("transcript", work.nowMs);
  await work.tx
    .insert(transcripts)
    .values({ id, ...own(work), callId, lines })
    .onConflictDoUpdate({ target: transcripts.callId, set: { lines } });
}

/** The owner says that it was a human: the events that were held back fire now. */
export async function releaseCall(work: Work, callId: string): Promise<Call> {
  await lockCall(work, callId);
  const row = await findCallRow(work, callId);
  if (row === undefined || row.quarantinedAt === null) throw notFound("quarantined call");
  if (row.releasedAt !== null) return getCall(work, callId);
  const known = row.from === null ? undefined : await findContactByPhone(work, row.from);
  await work.tx
    .update(calls)
    .set({
      releasedAt: new Date(work.nowMs),
      releasedBy: work.who.keyId,
      verdict: "human",
      outcome: "abandoned",
      contactId: known?.id ?? null,
    })
    .where(mine(work, calls, eq(calls.id, callId)));
  const call = await getCall(work, callId);
  const contact = known === undefined ? null : toContact(known);
  await emit(work, "call.started", { call, contact, late: true });
  await emit(work, "call.completed", { call, contact, late: true });
  return call;
}

async function completed(work: Work, report: CallCompletedReport, relayed?: Relayed): Promise<string[]> {
  const robocall = report.finalize.outcome === "robocall";
  const eventIds: string[] = [];
  if ((await findCallRow(work, report.call_id)) === undefined) {
    if (robocall) await openCall(work, report);
    else {
      eventIds.push(...(await started(work, report, relayed)));
      await remember(work, report.call_id, "call.started", [...eventIds]);
    }
  }
  await closeCall(work, report);
  await advanceTestCall(work, report, "completed");
  if (robocall) return eventIds;
  if (relayed !== undefined) await rememberRemote(work, report.call_id, relayed.created);
  else {
    const { row } = await openRow(work, { call_id: report.call_id, from: theirs(report), to: ours(report) });
    await finalizeRow(work, row, report.finalize, report.fields);
  }
  const call = await getCall(work, report.call_id);
  const contact = relayed === undefined ? await contactOfCall(work, report.call_id) : relayed.contact;
  eventIds.push(await emit(work, "call.completed", { call, contact }));
  return eventIds;
}

async function closeCall(work: Work, report: CallCompletedReport): Promise<void> {
  const { finalize, recording } = report;
  await work.tx
    .update(calls)
    .set({
      status: "completed",
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
      turns: report.turns,
      media: report.media,
    })
    .where(mine(work, calls, eq(calls.id, report.call_id)));
  await keepTranscript(work, report.call_id, report.transcript);
}
