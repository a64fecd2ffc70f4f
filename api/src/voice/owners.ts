/** Owners who change her knowledge by telephone: who they are, whether this call is one of theirs, what they changed. */
import { eq } from "drizzle-orm";
import type { Hours, KnowledgeEntry } from "../contract/agent.ts";
import type { Owner, OwnerChange, OwnerCreate, OwnerVerified } from "../contract/owners.ts";
import { agents, services } from "../db/schema.ts";
import { derivedId, newId } from "../ids.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { mine, type Work } from "../work.ts";
import { type AgentRow, activeServices, agentRow } from "./agent.ts";
import { addVersion, currentKnowledge } from "./knowledge.ts";

const MAX_OWNERS = 20;
/** Wrong PINs in a row, then locked; guessing four digits takes 3 tries every quarter of an hour. */
const MAX_FAILURES = 3;
const LOCK_MS = 15 * 60_000;
/** A call verified longer ago asks again. */
const VERIFIED_MS = 60 * 60_000;
/** OWASP's argon2id for a server: about 40 ms. */
const HASH = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

/** As kept in the agent's row. */
export interface OwnerRow {
  readonly id: string;
  readonly name: string;
  readonly phone: string;
  readonly pinHash: string;
  readonly failures: number;
  readonly lockedUntilMs: number | null;
  readonly verified: { readonly callId: string; readonly atMs: number } | null;
}

function toOwner({ id, name, phone, lockedUntilMs }: OwnerRow, nowMs: number): Owner {
  const locked = lockedUntilMs !== null && lockedUntilMs > nowMs;
  return { id, name, phone, locked_until: locked ? new Date(lockedUntilMs).toISOString() : null };
}

async function save(work: Work, row: AgentRow, owners: OwnerRow[]): Promise<void> {
  await work.tx
    .update(agents)
    .set({ owners })
    .where(mine(work, agents, eq(agents.workspaceId, row.workspaceId)));
}

export async function listOwners(work: Work) {
  const { owners } = await agentRow(work);
  return { data: owners.map((owner) => toOwner(owner, work.nowMs)), next_cursor: null };
}

export async function addOwner(work: Work, { name, phone, pin }: OwnerCreate): Promise<Owner> {
  const pinHash = await Bun.password.hash(pin, HASH);
  const row = await agentRow(work, { lock: true });
  const others = row.owners.filter((owner) => owner.phone !== phone);
  if (others.length >= MAX_OWNERS) throw new ProblemError(409, "too_many_owners", `At most ${MAX_OWNERS} owners.`);
  const id = derivedId("user", 0, [work.who.workspaceId, String(work.who.livemode), phone]);
  const owner: OwnerRow = { id, name, phone, pinHash, failures: 0, lockedUntilMs: null, verified: null };
  await save(work, row, [...others, owner]);
  return toOwner(owner, work.nowMs);
}

export async function removeOwner(work: Work, id: string): Promise<void> {
  const row = await agentRow(work, { lock: true });
  const left = row.owners.filter((owner) => owner.id !== id);
  if (left.length === row.owners.length) throw notFound("owner");
  await save(work, row, left);
}

/** Counts every try, right or wrong, before anything is told of it. */
export async function verifyOwner(
  work: Work,
  { call_id, phone, pin }: { call_id: string; phone: string; pin: string },
): Promise<OwnerVerified> {
  const row = await agentRow(work, { lock: true });
  const owner = row.owners.find((each) => each.phone === phone);
  if (!owner) return { verified: false, attempts_left: MAX_FAILURES - 1 };
  if (owner.lockedUntilMs !== null && owner.lockedUntilMs > work.nowMs) return { verified: false, attempts_left: 0 };
  const failed = owner.lockedUntilMs === null ? owner.failures : 0;
  const right = await Bun.password.verify(pin, owner.pinHash);
  const failures = right ? 0 : failed + 1;
  const lockedUntilMs = failures >= MAX_FAILURES ? work.nowMs + LOCK_MS : null;
  const verified = right ? { callId: call_id, atMs: work.nowMs } : null;
  const tried = { ...owner, failures, lockedUntilMs, verified };
  await save(
    work,
    row,
    row.owners.map((each) => (each.id === owner.id ? tried : each)),
  );
  return { verified: right, attempts_left: right ? MAX_FAILURES : MAX_FAILURES - failures };
}

/** @throws ProblemError 409 `owner_not_verified` */
export async function changeByOwner(work: Work, callId: string, change: OwnerChange): Promise<number> {
  const row = await agentRow(work, { lock: true });
  const owner = row.owners.find(
    ({ verified }) => verified?.callId === callId && work.nowMs - verified.atMs < VERIFIED_MS,
  );
  if (!owner) throw new ProblemError(409, "owner_not_verified", "No owner was verified in this call.");
  const { entries } = await currentKnowledge(work);
  const added = await apply(work, row, change);
  const kept = added.replaces ? entries : [...entries, added.entry];
  return addVersion(
    work,
    kept,
    [{ change: added.replaces ? "changed" : "added", entry: added.entry }],
    owner.id,
    "voice",
  );
}

/** Hours and prices are settings: their version carries what was said of them, its entries are the same. */
async function apply(
  work: Work,
  row: AgentRow,
  change: OwnerChange,
): Promise<{ readonly entry: KnowledgeEntry; readonly replaces: boolean }> {
  const id = newId("knowledge", work.nowMs);
  switch (change.type) {
    case "hours": {
      const wrong = change.hours.findIndex(({ from, to }) => from >= to);
      if (wrong >= 0) throw invalid(`/change/hours/${wrong}`, "opens after it closes");
      const hours: Hours = { ...row.hours, ...Object.fromEntries(change.days.map((day) => [day, change.hours])) };
      await work.tx.update(agents).set({ hours }).where(mine(work, agents));
      const said = change.hours.map(({ from, to }) => `${from}-${to}`).join(", ") || "closed";
      const answer = `${change.days.join(", ")}: ${said}`;
      return { entry: { id, questions: ["Opening hours"], answer }, replaces: true };
    }
    case "price": {
      const service = (await activeServices(work)).find((each) => each.id === change.service_id);
      if (!service) throw invalid("/change/service_id", "no service of this workspace has this id");
      const price = { amount: change.amount, currency: service.price?.currency ?? CURRENCIES[row.country] ?? "USD" };
      await work.tx
        .update(services)
        .set({ price })
        .where(mine(work, services, eq(services.id, service.id)));
      const answer = `${service.name}: ${price.amount} ${price.currency}`;
      return { entry: { id, questions: ["Prices"], answer }, replaces: true };
    }
    case "notice":
      return { entry: { id, questions: ["Is there any news?", change.text], answer: change.text }, replaces: false };
  }
}

/** For a service that had no price yet. */
const CURRENCIES: Readonly<Record<string, string>> = {
  IN: "INR",
  US: "USD",
  GB: "GBP",
  AE: "AED",
  SG: "SGD",
  DE: "EUR",
};
