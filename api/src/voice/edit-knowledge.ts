/** Entry by entry, for who does not send all of what she knows. */
import type { AgentUpdate } from "../contract/agent.ts";
import { invalid } from "../problem.ts";
import type { Work } from "../work.ts";
import { agentRow } from "./agent.ts";
import { currentKnowledge, replaceKnowledge } from "./knowledge.ts";

type Wanted = NonNullable<AgentUpdate["knowledge"]>;

/** Adds entries without an id, changes those with one, removes others. @throws ProblemError 422 for an id that is not there */
export async function editKnowledge(work: Work, wanted: Wanted, remove: readonly string[]) {
  await agentRow(work, { lock: true });
  const { entries } = await currentKnowledge(work);
  const known = new Set(entries.map((entry) => entry.id));
  const strange = wanted.findIndex((entry) => entry.id !== undefined && !known.has(entry.id));
  if (strange >= 0) throw invalid(`/entries/${strange}/id`, "there is no such entry; leave the id out to add one");
  const gone = remove.findIndex((id) => !known.has(id));
  if (gone >= 0) throw invalid(`/remove/${gone}`, "there is no such entry");
  const changed = new Map(wanted.flatMap((entry) => (entry.id === undefined ? [] : [[entry.id, entry] as const])));
  const kept = entries.filter((entry) => !remove.includes(entry.id)).map((entry) => changed.get(entry.id) ?? entry);
  await replaceKnowledge(work, [...kept, ...wanted.filter((entry) => entry.id === undefined)], "api");
  return currentKnowledge(work);
}
