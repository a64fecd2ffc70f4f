/**
 * A person's rights: everything kept about them as JSON, and erasure. Erasure leaves rows without a person (durations, outcomes, times), removes
 * every event and stored answer that names them, and dooms recordings, whose files the caller of `eraseContact` removes after the commit.
 */
import { eq, inArray, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import {
  appointments,
  callSessions,
  calls,
  contacts,
  contactTimeline,
  deliveries,
  deliveryAttempts,
  events,
  idempotencyKeys,
  leadInterests,
  leads,
  testCalls,
  ticketMessages,
  tickets,
  transcripts,
} from "../db/schema.ts";
import { mine, type Work } from "../work.ts";
import { findContact, toContact } from "./contacts.ts";
import { idsOfContact } from "./merge.ts";
import { addToTimeline } from "./timeline.ts";

interface Person {
  id: string;
  contactIds: string[];
  phones: string[];
  callIds: string[];
  ticketIds: string[];
}

async function findPerson(work: Work, id: string): Promise<Person> {
  const contact = await findContact(work, id);
  const contactIds = await idsOfContact(work, contact.id);
  const rows = await work.tx
    .select()
    .from(contacts)
    .where(mine(work, contacts, inArray(contacts.id, contactIds)));
  const phones = rows.flatMap((row) => row.phone ?? []);
  const own = await work.tx
    .select({ id: calls.id })
    .from(calls)
    .where(
      mine(work, calls, or(inArray(calls.contactId, contactIds), among(calls.from, phones), among(calls.to, phones))),
    );
  const opened = await work.tx
    .select({ id: tickets.id })
    .from(tickets)
    .where(mine(work, tickets, inArray(tickets.contactId, contactIds)));
  return {
    id: contact.id,
    contactIds,
    phones,
    callIds: own.map((row) => row.id),
    ticketIds: opened.map((row) => row.id),
  };
}

/** `in ()` is no SQL. */
function among(column: PgColumn, values: string[]): SQL {
  return values.length === 0 ? sql`false` : inArray(column, values);
}

const naming = (column: PgColumn, words: string[]) =>
  sql`${column} like any(${sql.param(words.map((word) => `%${word}%`))}::text[])`;

/** @throws ProblemError 404 */
export async function exportContact(work: Work, id: string) {
  const person = await findPerson(work, id);
  const { contactIds, callIds, ticketIds } = person;
  const { tx } = work;
  const sections: Record<string, unknown[]> = {
    contacts: await tx
      .select()
      .from(contacts)
      .where(mine(work, contacts, inArray(contacts.id, contactIds))),
    timeline: await tx
      .select()
      .from(contactTimeline)
      .where(mine(work, contactTimeline, inArray(contactTimeline.contactId, contactIds))),
    calls: await tx
      .select()
      .from(calls)
      .where(mine(work, calls, among(calls.id, callIds))),
    transcripts: await tx
      .select()
      .from(transcripts)
      .where(mine(work, transcripts, among(transcripts.callId, callIds))),
    call_sessions: await tx
      .select()
      .from(callSessions)
      .where(mine(work, callSessions, among(callSessions.callId, callIds))),
    leads: await tx
      .select()
      .from(leads)
      .where(mine(work, leads, inArray(leads.contactId, contactIds))),
    appointments: await tx
      .select()
      .from(appointments)
      .where(mine(work, appointments, inArray(appointments.contactId, contactIds))),
    tickets: await tx
      .select()
      .from(tickets)
      .where(mine(work, tickets, among(tickets.id, ticketIds))),
    ticket_messages: await tx
      .select()
      .from(ticketMessages)
      .where(mine(work, ticketMessages, among(ticketMessages.ticketId, ticketIds))),
  };
  const plain = JSON.parse(JSON.stringify(sections)) as Record<string, Record<string, unknown>[]>;
  const contact = toContact(await findContact(work, id));
  return { contact, exported_at: new Date(work.nowMs).toISOString(), sections: plain };
}

/** @throws ProblemError 404 */
export async function eraseContact(work: Work, id: string) {
  const person = await findPerson(work, id);
  const at = new Date(work.nowMs);
  // The append-only triggers let this transaction through.
  await work.tx.execute(sql`select set_config('app.erasure', 'on', true)`);
  const recordings = await eraseCalls(work, person, at);
  const transcriptsGone = await work.tx
    .delete(transcripts)
    .where(mine(work, transcripts, among(transcripts.callId, person.callIds)))
    .returning({ id: transcripts.id });
  const eventsGone = await eraseEvents(work, person);
  await eraseTickets(work, person);
  await eraseRest(work, person);
  await work.tx
    .update(contacts)
    .set({ name: null, phone: null, email: null, pausesMs: null, erasedAt: at, updatedAt: at })
    .where(mine(work, contacts, inArray(contacts.id, person.contactIds)));
  await work.tx.execute(sql`select set_config('app.erasure', 'off', true)`);
  addToTimeline(work, person.id, { kind: "erased" });
  return {
    id: person.id,
    erased_at: at.toISOString(),
    calls: person.callIds.length,
    recordings,
    transcripts: transcriptsGone.length,
    events: eventsGone,
  };
}

async function eraseCalls(work: Work, { callIds }: Person, at: Date): Promise<number> {
  await work.tx
    .update(calls)
    .set({ from: null, fromDisplay: null, summary: null, sip: null, toolCalls: null })
    .where(mine(work, calls, among(calls.id, callIds)));
  await work.tx
    .update(calls)
    .set({ to: "erased" })
    .where(mine(work, calls, eq(calls.direction, "outbound"), among(calls.id, callIds)));
  const doomed = await work.tx
    .update(calls)
    .set({ recordingDoomedAt: at })
    .where(mine(work, calls, among(calls.id, callIds), isNotNull(calls.recordingPath)))
    .returning({ id: calls.id });
  await work.tx
    .update(callSessions)
    .set({ from: null, fields: {} })
    .where(mine(work, callSessions, among(callSessions.callId, callIds)));
  return doomed.length;
}

async function eraseEvents(work: Work, { contactIds, callIds }: Person): Promise<number> {
  const words = [...contactIds, ...callIds];
  await work.tx.delete(idempotencyKeys).where(mine(work, idempotencyKeys, naming(idempotencyKeys.body, words)));
  const named = await work.tx
    .select({ id: events.id })
    .from(events)
    .where(mine(work, events, naming(events.body, words)));
  const ids = named.map((row) => row.id);
  const sent = await work.tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(mine(work, deliveries, among(deliveries.eventId, ids)));
  await work.tx.delete(deliveryAttempts).where(
    among(
      deliveryAttempts.deliveryId,
      sent.map((row) => row.id),
    ),
  );
  await work.tx.delete(deliveries).where(mine(work, deliveries, among(deliveries.eventId, ids)));
  await work.tx.delete(events).where(mine(work, events, among(events.id, ids)));
  return ids.length;
}

async function eraseTickets(work: Work, { ticketIds }: Person): Promise<void> {
  await work.tx
    .update(tickets)
    .set({ subject: "erased", body: null })
    .where(mine(work, tickets, among(tickets.id, ticketIds)));
  await work.tx.delete(ticketMessages).where(mine(work, ticketMessages, among(ticketMessages.ticketId, ticketIds)));
}

async function eraseRest(work: Work, { contactIds, phones }: Person): Promise<void> {
  await work.tx
    .update(appointments)
    .set({ note: null })
    .where(mine(work, appointments, inArray(appointments.contactId, contactIds)));
  const theirs = work.tx
    .select({ id: leads.id })
    .from(leads)
    .where(mine(work, leads, inArray(leads.contactId, contactIds)));
  await work.tx.update(leadInterests).set({ note: null }).where(inArray(leadInterests.leadId, theirs));
  await work.tx.delete(testCalls).where(mine(work, testCalls, among(testCalls.to, phones)));
  await work.tx
    .delete(contactTimeline)
    .where(mine(work, contactTimeline, inArray(contactTimeline.contactId, contactIds)));
}
