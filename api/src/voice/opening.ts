/** A call begins: its row, who calls as known before it, and `call.started`. */
import { eq } from "drizzle-orm";
import type { Created } from "../contract/crm.ts";
import type { CallStartedReport, EngineReportResult } from "../contract/engine.ts";
import { type ContactRow, findContact, findContactByPhone, toContact } from "../crm/contacts.ts";
import { type SessionRow, sessionOfCall } from "../crm/sessions.ts";
import { calls, engineReports } from "../db/schema.ts";
import { insert, start } from "../db/statements.ts";
import { ProblemError } from "../problem.ts";
import type { Relayed } from "../suite/relay.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";
import { type CallRow, getCall } from "./calls.ts";
import { NOTHING, rememberRemote } from "./created.ts";
import { theirs } from "./party.ts";
import { advanceTestCall } from "./test-calls.ts";

export function remember(
  work: Work,
  callId: string,
  type: string,
  eventIds: string[],
  created: Created,
): EngineReportResult {
  const result = { call_id: callId, type, event_ids: eventIds, created, replayed: false };
  const receivedAt = new Date(work.nowMs);
  insert(work.tx, engineReports, { ...own(work), callId, type, result, receivedAt });
  return result;
}

/** The events that a report fired, and what came of the call when that was read for them. */
export interface Told {
  eventIds: string[];
  created?: Created;
}

export type Opening = Pick<CallStartedReport, "call_id" | "engine_id" | "started_at" | "from" | "to"> &
  Partial<
    Pick<
      CallStartedReport,
      "from_display" | "transport" | "verdict" | "verdict_score" | "direction" | "test_call_id" | "sip"
    >
  >;

/** The caller as known before this call: a session opened in this call may just have made the contact. */
async function knownCaller(work: Work, callId: string, from: string | null): Promise<Caller> {
  const [session, found] = await Promise.all([
    sessionOfCall(work, callId),
    from === null ? undefined : findContactByPhone(work, from),
  ]);
  if (session === undefined) return { session, contact: found };
  const known = session.known && session.contactId !== null;
  return { session, contact: known ? await findContact(work, session.contactId ?? "") : undefined };
}

export interface Caller {
  session: SessionRow | undefined;
  contact: ContactRow | undefined;
}

/** @returns who calls, when contacts live here */
export async function openCall(work: Work, report: Opening, relayed?: Relayed): Promise<Caller | undefined> {
  const caller = relayed === undefined ? await knownCaller(work, report.call_id, theirs(report)) : undefined;
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
      contactId: caller?.contact?.id ?? null,
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
  return caller;
}

export async function contactOfCall(work: Work, row: CallRow | undefined) {
  return row?.contactId == null ? null : toContact(await findContact(work, row.contactId));
}

export async function started(
  work: Work,
  report: Opening,
  relayed?: Relayed,
): Promise<Told & { caller: Caller | undefined }> {
  const caller = await openCall(work, report, relayed);
  await advanceTestCall(work, report, "answered");
  const known = relayed?.known === true ? relayed.contact : null;
  if (relayed !== undefined) await rememberRemote(work, report.call_id, { ...NOTHING, contact_id: known?.id ?? null });
  const local = caller?.contact === undefined ? null : toContact(caller.contact);
  const call = await getCall(work, report.call_id);
  const event = emit(work, "call.started", { call, contact: relayed === undefined ? local : known });
  return { eventIds: [event], created: call.created, caller };
}

/** The started report came after the completed one, which had to do without it. */
export function fillIn(work: Work, report: CallStartedReport, row: CallRow | undefined): void {
  if (row === undefined || row.transport !== null) return;
  const { from_display: fromDisplay, transport, verdict, verdict_score: verdictScore, sip = row.sip } = report;
  start(
    work.tx
      .update(calls)
      .set({ fromDisplay, transport, verdict, verdictScore, sip })
      .where(mine(work, calls, eq(calls.id, report.call_id))),
  );
}
