/** What she knows, in versions: every change makes a new one, none is ever changed. */
import { desc, eq, sql } from "drizzle-orm";
import type { AgentUpdate, KnowledgeEntry } from "../contract/agent.ts";
import type { KnowledgeVersion } from "../contract/knowledge.ts";
import type { PageQuery } from "../contract/page.ts";
import { knowledgeVersions } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound } from "../problem.ts";
import { emit } from "../webhooks/emit.ts";
import { mine, own, type Work } from "../work.ts";

export async function currentKnowledge(work: Work): Promise<{ version: number; entries: KnowledgeEntry[] }> {
  const [row] = await work.tx
    .select()
    .from(knowledgeVersions)
    .where(mine(work, knowledgeVersions))
    .orderBy(desc(knowledgeVersions.version))
    .limit(1);
  return row ?? { version: 0, entries: [] };
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

export async function replaceKnowledge(work: Work, wanted: Wanted, via: Via): Promise<void> {
  const current = await currentKnowledge(work);
  const entries = wanted.map((entry) => ({ ...entry, id: entry.id ?? newId("knowledge", work.nowMs) }));
  const twice = entries.findIndex((entry, i) => entries.findIndex((other) => other.id === entry.id) !== i);
  if (twice >= 0) throw invalid(`/knowledge/${twice}/id`, "this id occurs twice");
  const changes = knowledgeChanges(current.entries, entries);
  if (changes.length > 0) await addVersion(work, entries, changes, work.who.keyId, via);
}

/** Writes the next version and tells of it. Returns its number. */
export async function addVersion(
  work: Work,
  entries: KnowledgeEntry[],
  changes: Change[],
  changedBy: string,
  via: Via,
): Promise<number> {
  const version = (await currentKnowledge(work)).version + 1;
  const id = newId("knowledge", work.nowMs);
  await work.tx
    .insert(knowledgeVersions)
    .values({ id, ...own(work), version, entries, changedBy, via, createdAt: new Date(work.nowMs) });
  emit(work, "knowledge.updated", { knowledge: { id, version }, changes, changed_by: changedBy, via });
  return version;
}

type VersionRow = typeof knowledgeVersions.$inferSelect;

function describe(row: VersionRow): KnowledgeVersion {
  return {
    id: row.id,
    version: row.version,
    entries: row.entries.length,
    changed_by: row.changedBy,
    via: row.via,
    created_at: row.createdAt.toISOString(),
  };
}

async function findVersion(work: Work, version: number): Promise<VersionRow> {
  const [row] = await work.tx
    .select()
    .from(knowledgeVersions)
    .where(mine(work, knowledgeVersions, eq(knowledgeVersions.version, version)));
  if (row === undefined) throw notFound("knowledge version");
  return row;
}

export async function listVersions(work: Work, query: PageQuery) {
  const { after, order, limit } = keyset(query, knowledgeVersions.id);
  const rows = await work.tx
    .select()
    .from(knowledgeVersions)
    .where(mine(work, knowledgeVersions, after))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, describe);
}

export async function getVersion(work: Work, version: number) {
  const row = await findVersion(work, version);
  return { ...describe(row), entries: row.entries };
}

export async function diffVersions(work: Work, from: number, to: number) {
  const before = await findVersion(work, from);
  const after = await findVersion(work, to);
  return { from, to, changes: knowledgeChanges(before.entries, after.entries) };
}

/** What she knew then becomes a new version; nothing is lost. */
export async function restoreVersion(work: Work, version: number): Promise<KnowledgeVersion> {
  const row = await findVersion(work, version);
  await replaceKnowledge(work, row.entries, "api");
  const current = await currentKnowledge(work);
  return describe(await findVersion(work, current.version));
}

/** PostgreSQL's own text search over questions and answers of the current version, best first. */
export async function searchKnowledge(work: Work, text: string, limit: number) {
  const current = await currentKnowledge(work);
  const found = await work.tx.execute<{ position: number; score: number }>(sql`
    with entry as (
      select (ordinality - 1)::int as position,
        to_tsvector('english', (select string_agg(question, ' ') from jsonb_array_elements_text(value->'questions') question)
          || ' ' || (value->>'answer')) as words
      from jsonb_array_elements(${JSON.stringify(current.entries)}::text::jsonb) with ordinality
    ),
    -- Any of the words will do, more of them score higher.
    asked as (select replace(plainto_tsquery('english', ${text})::text, '&', '|')::tsquery as query)
    select position, ts_rank(words, query)::float8 as score from entry, asked where words @@ query
    order by score desc, position limit ${limit}`);
  return [...found].flatMap(({ position, score }) => {
    const entry = current.entries[position];
    return entry === undefined ? [] : [{ score, entry }];
  });
}
