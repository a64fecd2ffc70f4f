/** The numbers she answers on. An id is a function of workspace and number. */

import { eq } from "drizzle-orm";
import { agents } from "../db/schema.ts";
import { derivedId } from "../ids.ts";
import { notFound, ProblemError } from "../problem.ts";
import { mine, type Work } from "../work.ts";
import type { AgentRow } from "./agent.ts";
import { agentRow } from "./agent.ts";

const MAX_NUMBERS = 500;

function toNumber(work: Work, number: string) {
  const parts = [work.who.workspaceId, String(work.who.livemode), number];
  return { id: derivedId("number", 0, parts), number };
}

export async function listNumbers(work: Work) {
  return { data: (await agentRow(work)).numbers.map((number) => toNumber(work, number)), next_cursor: null };
}

async function save(work: Work, row: AgentRow, numbers: string[]): Promise<void> {
  await work.tx
    .update(agents)
    .set({ numbers })
    .where(mine(work, agents, eq(agents.workspaceId, row.workspaceId)));
}

export async function addNumber(work: Work, number: string) {
  const row = await agentRow(work, { lock: true });
  if (row.numbers.length >= MAX_NUMBERS)
    throw new ProblemError(409, "too_many_numbers", `At most ${MAX_NUMBERS} numbers.`);
  if (!row.numbers.includes(number)) await save(work, row, [...row.numbers, number]);
  return toNumber(work, number);
}

export async function removeNumber(work: Work, id: string): Promise<void> {
  const row = await agentRow(work, { lock: true });
  const left = row.numbers.filter((number) => toNumber(work, number).id !== id);
  if (left.length === row.numbers.length) throw notFound("number");
  await save(work, row, left);
}
