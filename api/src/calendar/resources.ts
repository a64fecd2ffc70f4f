/** Who or what can be booked, with working hours of its own or the business's. */
import { eq } from "drizzle-orm";
import type { Resource, ResourceCreate, ResourceUpdate } from "../contract/calendar.ts";
import type { PageQuery } from "../contract/page.ts";
import { resources } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { activeServices } from "../voice/agent.ts";
import { mine, own, type Work } from "../work.ts";

type ResourceRow = typeof resources.$inferSelect;

function toResource(row: ResourceRow): Resource {
  return {
    id: row.id,
    name: row.name,
    hours: row.hours,
    service_ids: row.serviceIds,
    created_at: row.createdAt.toISOString(),
  };
}

const one = (work: Work, id: string) => mine(work, resources, eq(resources.id, id), eq(resources.active, true));

export async function activeResources(work: Work): Promise<ResourceRow[]> {
  return work.tx
    .select()
    .from(resources)
    .where(mine(work, resources, eq(resources.active, true)))
    .orderBy(resources.createdAt, resources.id);
}

async function requireServices(work: Work, ids: string[] | null | undefined): Promise<void> {
  if (ids == null) return;
  const known = new Set((await activeServices(work)).map((row) => row.id));
  const bad = ids.findIndex((id) => !known.has(id));
  if (bad >= 0) throw invalid(`/service_ids/${bad}`, "no service of this workspace has this id");
}

export async function createResource(work: Work, input: ResourceCreate): Promise<Resource> {
  await requireServices(work, input.service_ids);
  const { name, hours, service_ids: serviceIds } = input;
  const createdAt = new Date(work.nowMs);
  const [row] = await work.tx
    .insert(resources)
    .values({ id: newId("resource", work.nowMs), ...own(work), name, hours, serviceIds, createdAt })
    .onConflictDoNothing()
    .returning();
  if (row === undefined) throw new ProblemError(409, "name_taken", "Another resource has this name.");
  return toResource(row);
}

export async function getResource(work: Work, id: string): Promise<Resource> {
  const [row] = await work.tx.select().from(resources).where(one(work, id));
  if (row === undefined) throw notFound("resource");
  return toResource(row);
}

export async function listResources(work: Work, query: PageQuery) {
  const { after, order, limit } = keyset(query, resources.id);
  const rows = await work.tx
    .select()
    .from(resources)
    .where(mine(work, resources, after, eq(resources.active, true)))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toResource);
}

export async function updateResource(work: Work, id: string, input: ResourceUpdate): Promise<Resource> {
  await requireServices(work, input.service_ids);
  const set = {
    ...(input.hours === undefined ? {} : { hours: input.hours }),
    ...(input.service_ids === undefined ? {} : { serviceIds: input.service_ids }),
  };
  if (Object.keys(set).length > 0) await work.tx.update(resources).set(set).where(one(work, id));
  return getResource(work, id);
}

/** No new bookings; what is booked stays. */
export async function deleteResource(work: Work, id: string): Promise<void> {
  await getResource(work, id);
  await work.tx.update(resources).set({ active: false }).where(one(work, id));
}
