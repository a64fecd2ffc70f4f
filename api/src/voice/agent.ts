/** Who she is and what she knows: settings and services. */
import { eq } from "drizzle-orm";
import {
  type Agent,
  type AgentUpdate,
  DEFAULT_SCREENING,
  type Escalation,
  type Retention,
  type Service,
} from "../contract/agent.ts";
import type { Sla } from "../contract/tickets.ts";
import { agents, services, suiteRemotes } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { invalid, notFound } from "../problem.ts";
import { mine, own, type Work } from "../work.ts";
import { lastReleased } from "./calls.ts";
import { demoOf } from "./demo.ts";
import { currentKnowledge, replaceKnowledge } from "./knowledge.ts";

export type AgentRow = typeof agents.$inferSelect;
type ServiceRow = typeof services.$inferSelect;

/** @throws ProblemError 404 for an environment without settings */
export async function agentRow(work: Work, options: { lock?: boolean } = {}): Promise<AgentRow> {
  const query = work.tx.select().from(agents).where(mine(work, agents));
  const [row] = await (options.lock === true ? query.for("update") : query);
  if (row === undefined) throw notFound("agent");
  return row;
}

/** The country that numbers without a country code are read in. */
export async function country(work: Work): Promise<string> {
  return (await agentRow(work)).country;
}

export async function activeServices(work: Work): Promise<ServiceRow[]> {
  return work.tx
    .select()
    .from(services)
    .where(mine(work, services, eq(services.active, true)))
    .orderBy(services.position, services.id);
}

function toService(row: ServiceRow): Service {
  return {
    id: row.id,
    name: row.name,
    aliases: row.aliases,
    duration_minutes: row.durationMinutes,
    buffer_before_minutes: row.bufferBeforeMinutes,
    buffer_after_minutes: row.bufferAfterMinutes,
    price: row.price,
  };
}

const NO_ESCALATION: Escalation = {
  transfer_to: null,
  keywords: [],
  topics: [],
  vip_numbers: [],
  sentiment_below: null,
  hours: "open_hours",
};
const KEEP_ALL: Retention = { recordings_days: null, transcripts_days: null, events_days: null };

/** Minutes to resolution: 4 hours, a day, three days, unless the owner says otherwise. */
export function slaOf(row: AgentRow): Sla {
  return row.sla ?? { high_minutes: 240, normal_minutes: 1440, low_minutes: 4320 };
}

export async function getAgent(work: Work): Promise<Agent> {
  const row = await agentRow(work);
  const list = await activeServices(work);
  const knowledge = await currentKnowledge(work);
  return {
    workspace_id: row.workspaceId,
    business_name: row.businessName,
    agent_name: row.agentName,
    greeting: row.greeting,
    recording_notice: row.recordingNotice,
    record_calls: row.recordCalls,
    voice: row.voice,
    languages: row.languages,
    time_zone: row.timeZone,
    country: row.country,
    hours: row.hours,
    services: list.map(toService),
    knowledge_version: knowledge.version,
    knowledge: knowledge.entries,
    numbers: row.numbers,
    screening: row.screening ?? DEFAULT_SCREENING,
    released_calls: await lastReleased(work),
    ...row.callOptions,
    slot_step_minutes: row.slotStepMinutes,
    holidays: row.holidays,
    escalation: row.escalation ?? NO_ESCALATION,
    consent: row.consent ?? { recording: row.recordingNotice === "" ? "none" : "notice", announce_ai: true },
    retention: row.retention ?? KEEP_ALL,
    sla: slaOf(row),
    demo: await demoOf(work),
  };
}

function columns(update: AgentUpdate): Partial<AgentRow> {
  const all = {
    businessName: update.business_name,
    agentName: update.agent_name,
    greeting: update.greeting,
    recordingNotice: update.recording_notice,
    recordCalls: update.record_calls,
    voice: update.voice,
    languages: update.languages,
    timeZone: update.time_zone,
    country: update.country,
    hours: update.hours,
    numbers: update.numbers,
    slotStepMinutes: update.slot_step_minutes,
    holidays: update.holidays,
    escalation: update.escalation,
    consent: update.consent,
    retention: update.retention,
    screening: update.screening,
    sla: update.sla,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** What is given replaces what was; the others stay. */
function callOptions(row: AgentRow, { model, instructions, tools, limits, profiles }: AgentUpdate): Partial<AgentRow> {
  const numbers = profiles?.map(({ number }) => number) ?? [];
  const twice = numbers.findIndex((number, index) => numbers.indexOf(number) < index);
  if (twice >= 0) throw invalid(`/profiles/${twice}/number`, "another profile is of the same number");
  const given = Object.entries({ model, instructions, tools, limits, profiles }).filter(
    ([, value]) => value !== undefined,
  );
  return given.length === 0 ? {} : { callOptions: { ...row.callOptions, ...Object.fromEntries(given) } };
}

export async function updateAgent(work: Work, update: AgentUpdate): Promise<Agent> {
  const row = await agentRow(work, { lock: true });
  const set = { ...columns(update), ...callOptions(row, update) };
  if (Object.keys(set).length > 0) await work.tx.update(agents).set(set).where(mine(work, agents));
  if (update.services !== undefined) await replaceServices(work, update.services);
  if (update.knowledge !== undefined) await replaceKnowledge(work, update.knowledge, update.via ?? "api");
  return getAgent(work);
}

/** With a remote suite services carry the ids of its catalogue. */
async function adopt(work: Work, row: typeof services.$inferInsert): Promise<boolean> {
  const remotes = await work.tx.select().from(suiteRemotes).where(mine(work, suiteRemotes)).limit(1);
  if (remotes.length === 0) return false;
  return (await work.tx.insert(services).values(row).onConflictDoNothing().returning()).length > 0;
}

export async function replaceServices(work: Work, wanted: NonNullable<AgentUpdate["services"]>): Promise<void> {
  const known = new Set((await activeServices(work)).map((row) => row.id));
  await work.tx.update(services).set({ active: false }).where(mine(work, services));
  for (const [position, service] of wanted.entries()) {
    const row = {
      position,
      name: service.name,
      aliases: service.aliases,
      durationMinutes: service.duration_minutes,
      bufferBeforeMinutes: service.buffer_before_minutes ?? 0,
      bufferAfterMinutes: service.buffer_after_minutes ?? 0,
      price: service.price,
      active: true,
    };
    if (service.id === undefined) {
      await work.tx.insert(services).values({ id: newId("catalogItem", work.nowMs), ...own(work), ...row });
    } else if (known.has(service.id)) {
      await work.tx
        .update(services)
        .set(row)
        .where(mine(work, services, eq(services.id, service.id)));
    } else if (!(await adopt(work, { id: service.id, ...own(work), ...row }))) {
      throw invalid(
        `/services/${position}/id`,
        "no service of this workspace has this id; leave the id out to add a service",
      );
    }
  }
}
