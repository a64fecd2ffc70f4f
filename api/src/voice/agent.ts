/** Who she is and what she knows: settings, services, knowledge versions. */
import { desc, eq } from "drizzle-orm";
import type { AgentSettings, AgentUpdate, KnowledgeEntry, Service } from "../contract/agent.ts";
import { agents, knowledgeVersions, services } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { invalid, notFound } from "../problem.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";

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

async function currentKnowledge(work: Work): Promise<{ version: number; entries: KnowledgeEntry[] }> {
  const [row] = await work.tx
    .select()
    .from(knowledgeVersions)
    .where(mine(work, knowledgeVersions))
    .orderBy(desc(knowledgeVersions.version))
    .limit(1);
  return row ?? { version: 0, entries: [] };
}

function toService(row: ServiceRow): Service {
  return { id: row.id, name: row.name, aliases: row.aliases, duration_minutes: row.durationMinutes, price: row.price };
}

export async function getAgent(work: Work): Promise<AgentSettings> {
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
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export async function updateAgent(work: Work, update: AgentUpdate): Promise<AgentSettings> {
  await agentRow(work, { lock: true });
  const set = columns(update);
  if (Object.keys(set).length > 0) await work.tx.update(agents).set(set).where(mine(work, agents));
  if (update.services !== undefined) await replaceServices(work, update.services);
  if (update.knowledge !== undefined) await replaceKnowledge(work, update.knowledge, update.via ?? "api");
  return getAgent(work);
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
    } else {
      throw invalid(
        `/services/${position}/id`,
        "no service of this workspace has this id; leave the id out to add a service",
      );
    }
  }
}

type Wanted = NonNullable<AgentUpdate["knowledge"]>;
type Via = NonNullable<AgentUpdate["via"]>;
type Change = { change: "added" | "changed" | "removed"; entry: KnowledgeEntry };

/** What differs between two versions, in the order of the new one, then what is gone. */
export function knowledgeChanges(before: readonly KnowledgeEntry[], after: readonly KnowledgeEntry[]): Change[] {
  const old = new Map(before.map((entry) => [entry.id, entry]));
  const kept = new Set(after.map((entry) => entry.id));
  const changes: Change[] = [];
  for (const entry of after) {
    const earlier = old.get(entry.id);
    if (earlier === undefined) changes.push({ change: "added", entry });
    else if (earlier.answer !== entry.answer || earlier.questions.join("\n") !== entry.questions.join("\n")) {
      changes.push({ change: "changed", entry });
    }
  }
  for (const entry of before) if (!kept.has(entry.id)) changes.push({ change: "removed", entry });
  return changes;
}

async function replaceKnowledge(work: Work, wanted: Wanted, via: Via): Promise<void> {
  const current = await currentKnowledge(work);
  const entries = wanted.map((entry) => ({ ...entry, id: entry.id ?? newId("knowledge", work.nowMs) }));
  const twice = entries.findIndex((entry, i) => entries.findIndex((other) => other.id === entry.id) !== i);
  if (twice >= 0) throw invalid(`/knowledge/${twice}/id`, "this id occurs twice");
  const changes = knowledgeChanges(current.entries, entries);
  if (changes.length === 0) return;
  const version = current.version + 1;
  const id = newId("knowledge", work.nowMs);
  const changedBy = work.who.keyId;
  await work.tx
    .insert(knowledgeVersions)
    .values({ id, ...own(work), version, entries, changedBy, via, createdAt: new Date(work.nowMs) });
  await emit(work, "knowledge.updated", { knowledge: { id, version }, changes, changed_by: changedBy, via });
}
