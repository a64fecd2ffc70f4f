/**
 * What an engine reports of a call, written into the products that live elsewhere: before the report is recorded here, so that the events can
 * name what came of it. When a remote does not answer, the report is refused with 503 and the engine's spool repeats it; every write has an
 * `Idempotency-Key` made of the call, so a repeat changes nothing.
 *
 * | report             | remote CRM                           | remote tickets |
 * |--------------------|--------------------------------------|----------------|
 * | call.started       | session opened, for who the caller is |               |
 * | call.message_taken | session, a contact if it has none    | ticket         |
 * | call.escalated     | session                              |                |
 * | call.completed     | session, fields, finalize            |                |
 */
import { z } from "zod";
import type { Principal } from "../auth.ts";
import { CallSession, CallSessionFinalized, Contact, type Created } from "../contract/crm.ts";
import type { CallCompletedReport, EngineReport, MessageTakenReport } from "../contract/engine.ts";
import { Problem } from "../contract/problem.ts";
import { Ticket } from "../contract/tickets.ts";
import { ProblemError } from "../problem.ts";
import { findCallRow } from "../voice/calls.ts";
import { ours, theirs } from "../voice/party.ts";
import { earlierResult } from "../voice/reported.ts";
import { type Deps, workFor } from "../work.ts";
import { askRemote, type RemoteAnswer } from "./ask.ts";
import type { Remote, Remotes } from "./remotes.ts";

/** What the remote CRM and tickets made of a report. */
export interface Relayed {
  contact: Contact | null;
  /** The contact was known before this call. */
  known: boolean;
  created: Created;
  ticket: Ticket | undefined;
}

interface Relay {
  deps: Deps;
  who: Principal;
  crm: Remote;
  tickets: Remote | undefined;
  calendar: Remote | undefined;
  requestId: string;
}

function wrong(remote: Remote, { status, body }: RemoteAnswer): ProblemError {
  const problem = z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(Problem)
    .safeParse(body).data;
  const said = problem === undefined ? "no problem document" : `${problem.code}: ${problem.detail}`;
  return new ProblemError(502, "remote_refused", `The remote ${remote.product} answered ${status}, ${said}`);
}

async function write(relay: Relay, remote: Remote, method: "POST" | "PATCH", path: string, body: unknown, key: string) {
  const question = { method, path, body, idempotencyKey: key, requestId: relay.requestId };
  return askRemote(remote, relay.who, question);
}

function parsed<S extends z.ZodType>(schema: S, remote: Remote, answer: RemoteAnswer): z.output<S> {
  if (answer.status < 200 || answer.status > 299) throw wrong(remote, answer);
  const result = schema.safeParse(JSON.parse(answer.body));
  if (result.success) return result.data;
  throw new ProblemError(502, "remote_refused", `The remote ${remote.product} does not keep to the contract.`);
}

const SESSIONS = "/crm/v1/call-sessions";

async function openSession(relay: Relay, report: EngineReport): Promise<CallSession> {
  const { crm, deps, who } = relay;
  const row = await deps.db.read((tx) => findCallRow(workFor(deps, who, tx), report.call_id), who);
  const line = "from" in report ? report : (row ?? { from: null, to: "" });
  const body = { call_id: report.call_id, from: theirs(line), to: ours(line) };
  return parsed(CallSession, crm, await write(relay, crm, "POST", SESSIONS, body, `${report.call_id}:session`));
}

async function finalize(relay: Relay, session: CallSession, report: CallCompletedReport) {
  const { crm, calendar } = relay;
  const path = `${SESSIONS}/${session.id}`;
  let { contact } = session;
  if (session.status === "open" && Object.keys(report.fields).length > 0) {
    const body = { fields: report.fields };
    const answer = await write(relay, crm, "PATCH", `${path}/fields`, body, `${report.call_id}:fields`);
    contact = parsed(CallSession, crm, answer).contact;
  }
  const { appointment_id, interests, ...essential } = report.finalize;
  const theirs = calendar?.baseUrl === crm.baseUrl && appointment_id !== undefined ? { appointment_id } : {};
  const whole = { ...essential, ...theirs, interests };
  let answer = await write(relay, crm, "POST", `${path}/finalize`, whole, `${report.call_id}:finalize`);
  // A catalogue of their own: the call must not be lost for an interest that they do not know.
  if (answer.status === 422) {
    const plain = { ...essential, interests: [] };
    answer = await write(relay, crm, "POST", `${path}/finalize`, plain, `${report.call_id}:finalize-plain`);
  }
  return { contact, created: parsed(CallSessionFinalized, crm, answer) };
}

async function messageContact(relay: Relay, session: CallSession, report: MessageTakenReport): Promise<Contact> {
  if (session.contact !== null) return session.contact;
  const { from_name: name, callback_number: phone } = report.message;
  const body = { ...(name === null ? {} : { name }), ...(phone === null ? {} : { phone }) };
  return parsed(
    Contact,
    relay.crm,
    await write(relay, relay.crm, "POST", "/crm/v1/contacts", body, `${report.call_id}:contact`),
  );
}

async function openTicket(
  relay: Relay,
  tickets: Remote,
  contact: Contact,
  report: MessageTakenReport,
): Promise<Ticket> {
  const { subject, body, urgency } = report.message;
  const ticket = { contact_id: contact.id, subject, body, urgency, source: "voice", call_id: report.call_id };
  return parsed(
    Ticket,
    tickets,
    await write(relay, tickets, "POST", "/tickets/v1/tickets", ticket, `${report.call_id}:ticket`),
  );
}

async function relayTo(relay: Relay, report: EngineReport): Promise<Relayed> {
  const session = await openSession(relay, report);
  const { contact, known } = session;
  const created = { contact_id: contact?.id ?? null, lead_id: null, appointment_ids: [], ticket_ids: [] };
  if (report.type === "call.message_taken") {
    const caller = await messageContact(relay, session, report);
    const ticket = relay.tickets === undefined ? undefined : await openTicket(relay, relay.tickets, caller, report);
    const ticket_ids = ticket === undefined ? [] : [ticket.id];
    return { contact: caller, known, created: { ...created, contact_id: caller.id, ticket_ids }, ticket };
  }
  if (report.type !== "call.completed") return { contact, known, created, ticket: undefined };
  const done = await finalize(relay, session, report);
  const booked = relay.calendar === undefined ? undefined : report.finalize.appointment_id;
  const appointment_ids = [...new Set([...done.created.appointment_ids, ...(booked === undefined ? [] : [booked])])];
  return { contact: done.contact, known, created: { ...done.created, appointment_ids }, ticket: undefined };
}

/** @returns undefined when the CRM lives here, for a robocall, and for what was reported before. @throws ProblemError 502, 503 */
export async function relayReport(
  deps: Deps,
  remotes: Remotes,
  who: Principal,
  report: EngineReport,
  requestId: string,
): Promise<Relayed | undefined> {
  const all = await remotes.of(who);
  const crm = all.get("crm");
  if (crm === undefined || report.type === "call.quarantined" || report.type === "call.failed") return undefined;
  if (report.type === "call.completed" && report.finalize.outcome === "robocall") return undefined;
  const earlier = (tx: Parameters<typeof workFor>[2]) =>
    earlierResult(workFor(deps, who, tx), report.call_id, report.type);
  if ((await deps.db.read(earlier, who)) !== undefined) return undefined;
  return relayTo({ deps, who, crm, tickets: all.get("tickets"), calendar: all.get("calendar"), requestId }, report);
}
