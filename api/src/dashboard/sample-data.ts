/**
 * Sample data: calls, contacts, bookings and tickets to look at before the first real call. Rows are written directly, so nothing fires and no
 * demo call is used up; their ids are kept, and removal takes exactly these rows and what hangs on them.
 */
import { count, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { SampleData } from "../contract/dashboard.ts";
import {
  appointments,
  calls,
  contacts,
  contactTimeline,
  leads,
  sampleData,
  ticketEvidence,
  ticketMessages,
  tickets,
  transcripts,
} from "../db/schema.ts";
import { derivedId, newId } from "../ids.ts";
import { activeServices, agentRow } from "../voice/agent.ts";
import { SAMPLE_ENGINE } from "../voice/demo.ts";
import { mine, own, type Work } from "../work.ts";
import { SAMPLE_PEOPLE, type SampleCall, sampleCalls, samplePhone } from "./sample-calls.ts";
import { sampleTools } from "./sample-tools.ts";

export async function describeSampleData(work: Work): Promise<SampleData> {
  const [kept] = await work.tx.select({ at: sampleData.createdAt }).from(sampleData).where(mine(work, sampleData));
  const [row] = await work.tx
    .select({ calls: count() })
    .from(calls)
    .where(mine(work, calls, eq(calls.engineId, SAMPLE_ENGINE)));
  return { present: kept !== undefined, calls: Number(row?.calls ?? 0) };
}

const DAY_MS = 24 * 3600_000;

interface Made {
  id: string;
  call: SampleCall;
  contactId: string | null;
}

async function addPeople(work: Work, nowMs: number): Promise<(string | null)[]> {
  const at = new Date(nowMs - 20 * 24 * 3600_000);
  const rows = SAMPLE_PEOPLE.map((name, person) => ({
    id: newId("contact", nowMs),
    ...own(work),
    name,
    phone: samplePhone(person),
    createdAt: at,
    updatedAt: at,
  }));
  const made = await work.tx.insert(contacts).values(rows).onConflictDoNothing().returning({ id: contacts.id });
  const kept = new Set(made.map((row) => row.id));
  return rows.map((row) => (kept.has(row.id) ? row.id : null));
}

function callRow(work: Work, { id, call, contactId }: Made, to: string) {
  const robocall = call.outcome === "robocall";
  const endedAt = new Date(call.startedMs + call.durationMs);
  const { packetsReceived: packets_received, packetsLost: packets_lost, jitterMs: jitter_ms } = call.media;
  return {
    id,
    ...own(work),
    engineId: SAMPLE_ENGINE,
    status: "completed" as const,
    // 140 is India's prefix of telemarketers.
    from:
      call.person === undefined
        ? `+9114000${String(call.startedMs % 100_000).padStart(5, "0")}`
        : samplePhone(call.person),
    to,
    transport: "sip" as const,
    verdict: robocall ? ("robocall" as const) : ("human" as const),
    verdictScore: robocall ? 0.94 : 0.06,
    contactId,
    startedAt: new Date(call.startedMs),
    endedAt,
    durationMs: call.durationMs,
    endedBy: robocall ? ("agent" as const) : ("caller" as const),
    language: "en-IN",
    outcome: call.outcome,
    summary: call.summary,
    sentimentLabel: call.sentiment.label,
    sentimentScore: call.sentiment.score,
    quarantinedAt: robocall ? endedAt : null,
    signals: robocall ? call.signals : null,
    turns: call.turns,
    toolCalls: sampleTools(call),
    media: { codec: "PCMU", packets_received, packets_lost, packets_sent: packets_received, jitter_ms },
  };
}

async function addAppointments(work: Work, made: Made[], nowMs: number): Promise<string[]> {
  const { timeZone } = await agentRow(work);
  const service = (await activeServices(work))[1] ?? (await activeServices(work))[0];
  if (service === undefined) return [];
  const booked = made.filter(({ call, contactId }) => call.outcome === "booked" && contactId !== null).slice(-12);
  const rows = booked.flatMap(({ id: callId, contactId, call }, index) => {
    if (contactId === null) return [];
    // Three a day, two of them before now: 10:30, 12:30 and 15:30 in India.
    const day = Math.floor(nowMs / DAY_MS) * DAY_MS + (Math.floor(index / 3) - 1) * DAY_MS;
    const startMs = day + [5, 7, 10][index % 3]! * 3600_000;
    const startsAt = new Date(startMs);
    const endsAt = new Date(startMs + service.durationMinutes * 60_000);
    const status = startMs < nowMs ? ("completed" as const) : ("booked" as const);
    const times = { startsAt, endsAt, blockedFrom: startsAt, blockedUntil: endsAt, timeZone };
    return {
      id: newId("appointment", nowMs),
      ...own(work),
      slotId: newId("slot", nowMs),
      serviceId: service.id,
      serviceName: service.name,
      // A resource that is in nobody's diary: a sample takes no time that callers could book.
      resource: "Sample chair",
      contactId,
      callId,
      ...times,
      status,
      createdAt: new Date(call.startedMs),
    };
  });
  if (rows.length > 0) await work.tx.insert(appointments).values(rows).onConflictDoNothing();
  return rows.map((row) => row.id);
}

async function addTickets(work: Work, made: Made[], nowMs: number): Promise<string[]> {
  const statuses = ["open", "in_progress", "waiting", "resolved"] as const;
  const left = made.filter(({ call }) => call.outcome === "message_taken").slice(-6);
  const rows = left.map(({ id: callId, contactId, call }, index) => {
    const at = new Date(call.startedMs + call.durationMs);
    const status = statuses[index % statuses.length] ?? "open";
    return {
      id: newId("ticket", nowMs),
      ...own(work),
      contactId,
      subject: "Call back about a bill",
      body: "Was charged twice for the last visit. Please call back today.",
      status,
      urgency: index % 3 === 0 ? ("high" as const) : ("normal" as const),
      source: "voice",
      callId,
      dueAt: new Date(at.getTime() + 24 * 3600_000),
      // Samples never breach: a breach fires.
      breachedAt: new Date(at.getTime() + 24 * 3600_000),
      resolvedAt: status === "resolved" ? at : null,
      createdAt: at,
      updatedAt: at,
    };
  });
  if (rows.length > 0) await work.tx.insert(tickets).values(rows);
  return rows.map((row) => row.id);
}

/** Again changes nothing. */
export async function addSampleData(work: Work): Promise<SampleData> {
  const nowMs = work.nowMs;
  const createdAt = new Date(nowMs);
  const [mark] = await work.tx
    .insert(sampleData)
    .values({ ...own(work), ids: {}, createdAt })
    .onConflictDoNothing()
    .returning();
  if (mark === undefined) return describeSampleData(work);
  const to = (await agentRow(work)).numbers[0] ?? "suki";
  const people = await addPeople(work, nowMs);
  const made: Made[] = sampleCalls(nowMs).map((call, index) => ({
    id: derivedId("call", call.startedMs, [work.who.workspaceId, "sample", String(index)]),
    call,
    contactId: call.person === undefined ? null : (people[call.person] ?? null),
  }));
  await work.tx.insert(calls).values(made.map((one) => callRow(work, one, to)));
  await work.tx
    .insert(transcripts)
    .values(
      made.map(({ id, call }) => ({ id: newId("transcript", nowMs), ...own(work), callId: id, lines: call.lines })),
    );
  const known = made.filter((one) => one.contactId !== null);
  await work.tx.insert(contactTimeline).values(
    known.map(({ id, call, contactId }) => ({
      id: derivedId("timelineEntry", call.startedMs, [id]),
      ...own(work),
      contactId: contactId ?? "",
      kind: "call" as const,
      changes: [],
      reference: id,
      actor: "sample",
      at: new Date(call.startedMs),
    })),
  );
  const ids = {
    calls: made.map((one) => one.id),
    contacts: people.flatMap((id) => id ?? []),
    appointments: await addAppointments(work, made, nowMs),
    tickets: await addTickets(work, made, nowMs),
  };
  await work.tx.update(sampleData).set({ ids }).where(mine(work, sampleData));
  return describeSampleData(work);
}

/** Takes away what was made, and what was added to it since; a contact that real rows speak of stays. */
export async function removeSampleData(work: Work): Promise<SampleData> {
  const [mark] = await work.tx.select().from(sampleData).where(mine(work, sampleData));
  if (mark === undefined) return describeSampleData(work);
  const { calls: callIds = [], contacts: people = [], appointments: booked = [], tickets: opened = [] } = mark.ids;
  await work.tx.execute(sql`select set_config('app.erasure', 'on', true)`);
  const drop = async (
    table: PgTable & { workspaceId: PgColumn; livemode: PgColumn },
    ...where: (SQL | undefined)[]
  ) => {
    await work.tx.delete(table).where(mine(work, table, ...where));
  };
  await drop(ticketMessages, inArray(ticketMessages.ticketId, opened));
  await drop(ticketEvidence, inArray(ticketEvidence.ticketId, opened));
  await drop(ticketEvidence, inArray(ticketEvidence.callId, callIds));
  await drop(tickets, inArray(tickets.id, opened));
  await drop(appointments, inArray(appointments.id, booked));
  await drop(transcripts, inArray(transcripts.callId, callIds));
  await drop(calls, inArray(calls.id, callIds));
  await drop(contactTimeline, inArray(contactTimeline.reference, [...callIds, ...booked, ...opened]));
  const used = sql`exists (select from ${appointments} where ${appointments.contactId} = ${contacts.id})
    or exists (select from ${tickets} where ${tickets.contactId} = ${contacts.id})
    or exists (select from ${leads} where ${leads.contactId} = ${contacts.id})
    or exists (select from ${calls} where ${calls.contactId} = ${contacts.id})
    or exists (select from call_sessions s where s.contact_id = ${contacts.id})`;
  const idle = await work.tx
    .select({ id: contacts.id })
    .from(contacts)
    .where(mine(work, contacts, inArray(contacts.id, people), sql`not (${used})`));
  const gone = idle.map((row) => row.id);
  await drop(contactTimeline, inArray(contactTimeline.contactId, gone));
  await drop(contacts, inArray(contacts.id, gone));
  await drop(sampleData);
  await work.tx.execute(sql`select set_config('app.erasure', 'off', true)`);
  return describeSampleData(work);
}
