/** Tickets that were to be resolved by now: marked once, and said once. */
import { and, eq, inArray, isNull, lt } from "drizzle-orm";
import { tickets } from "../db/schema.ts";
import { emit } from "../webhooks/emit.ts";
import { type Deps, mine, systemPrincipal, workFor } from "../work.ts";
import { toTicket } from "./tickets.ts";

const BATCH = 200;
const UNRESOLVED = ["open", "in_progress", "waiting", "reopened"] as const;

/** @returns how many were late */
export async function breachOverdueTickets(deps: Deps): Promise<number> {
  const now = new Date(deps.clock.now());
  const late = await deps.db.read((q) =>
    q
      .select({ id: tickets.id, workspaceId: tickets.workspaceId, livemode: tickets.livemode })
      .from(tickets)
      .where(and(lt(tickets.dueAt, now), isNull(tickets.breachedAt), inArray(tickets.status, [...UNRESOLVED])))
      .limit(BATCH),
  );
  for (const { id, workspaceId, livemode } of late) {
    const who = systemPrincipal(workspaceId, livemode);
    await deps.db.transaction(async (tx) => {
      const work = workFor(deps, who, tx);
      const [row] = await tx
        .update(tickets)
        .set({ breachedAt: now })
        .where(mine(work, tickets, eq(tickets.id, id), isNull(tickets.breachedAt)))
        .returning();
      if (row !== undefined) emit(work, "ticket.sla_breached", { ticket: toTicket(row) });
    }, who);
  }
  if (late.length > 0) deps.wake();
  return late.length;
}
