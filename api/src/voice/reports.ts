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
  CallEscalatedReport,
  CallFailedReport,
  CallQuarantinedReport,
  EngineReport,
  EngineReportResult,
  MessageTakenReport,
} from "../contract/engine.ts";
import { findContact, findContactByPhone, matchContact, toContact } from "../crm/contacts.ts";
import { sessionOfCall } from "../crm/sessions.ts";
import { calls } from "../db/schema.ts";
import { notFound, ProblemError } from "../problem.ts";
import type { Relayed } from "../suite/relay.ts";
import { insertTicket } from "../tickets/tickets.ts";
import { emit } from "../webhooks/emit.ts";
import { lockCall, mine, type Work } from "../work.ts";
import { type CallRow, findCallRow, getCall } from "./calls.ts";
import { completed, keepTranscript } from "./completed.ts";
import { createdOfCalls, rememberRemote } from "./created.ts";
import { contactOfCall, fillIn, openCall, remember, started, type Told } from "./opening.ts";
import { theirs } from "./party.ts";
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
  lockCall(work, report.call_id);
  const [earlier, call] = await Promise.all([
    earlierResult(work, report.call_id, report.type),
    findCallRow(work, report.call_id),
  ]);
  if (earlier !== undefined) {
    if (report.type === "call.started") fillIn(work, report, call);
    return { result: { ...earlier, replayed: true }, first: false };
  }
  const told = await apply(work, report, call, relayed);
  const created = told.created ?? (await createdOfCalls(work, [report.call_id]))(report.call_id);
  return { result: remember(work, report.call_id, report.type, told.eventIds, created), first: true };
}

async function apply(
  work: Work,
  report: EngineReport,
  call: CallRow | undefined,
  relayed: Relayed | undefined,
): Promise<Told> {
  switch (report.type) {
    case "call.started":
      return started(work, report, relayed);
    case "call.message_taken":
      return { eventIds: await messageTaken(work, report, relayed) };
    case "call.escalated":
      return { eventIds: await escalated(work, report, call, relayed) };
    case "call.completed":
      return completed(work, report, call, relayed);
    case "call.quarantined":
      return { eventIds: await quarantined(work, report, call) };
    case "call.failed":
      return { eventIds: await failed(work, report, call) };
  }
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
  return [emit(work, "call.message_taken", data)];
}

async function escalated(
  work: Work,
  report: CallEscalatedReport,
  row: CallRow | undefined,
  relayed?: Relayed,
): Promise<string[]> {
  if (row === undefined) {
    throw new ProblemError(409, "call_not_started", "Report call.started of this call first, then repeat this report.");
  }
  const { trigger, reason, transcript } = report;
  const call = await getCall(work, report.call_id);
  return [
    emit(work, "call.escalated", {
      call,
      contact: relayed === undefined ? await contactOfCall(work, row) : relayed.contact,
      trigger,
      reason,
      transcript,
    }),
  ];
}

/** Nobody was connected: kept, silent. */
async function failed(work: Work, report: CallFailedReport, row: CallRow | undefined): Promise<string[]> {
  const { failure, ended_at } = report;
  if (row === undefined) await openCall(work, { ...report, direction: "outbound", transport: "sip" });
  await work.tx
    .update(calls)
    .set({ status: "completed", endedAt: new Date(ended_at), durationMs: 0, failure })
    .where(mine(work, calls, eq(calls.id, report.call_id)));
  await advanceTestCall(work, report, "failed", failure);
  return [];
}

/** A robocall: kept with its reasons, silent. */
async function quarantined(work: Work, report: CallQuarantinedReport, row: CallRow | undefined): Promise<string[]> {
  if (row === undefined) await openCall(work, report);
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
      recordingKeyId: recording?.key_id ?? null,
    })
    .where(mine(work, calls, eq(calls.id, report.call_id)));
  keepTranscript(work, report.call_id, report.transcript);
  return [];
}

/** The owner says that it was a human: the events that were held back fire now. */
export async function releaseCall(work: Work, callId: string): Promise<Call> {
  lockCall(work, callId);
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
  emit(work, "call.started", { call, contact, late: true });
  emit(work, "call.completed", { call, contact, late: true });
  return call;
}
