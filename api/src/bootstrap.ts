/** The first start: a workspace, what she knows, and its keys. Later starts only make sure that its keys and setting are the configured ones. */
import { eq, sql } from "drizzle-orm";
import { CUSTOMER_SCOPES, ENGINE_SCOPES, type KeyRing } from "./auth.ts";
import type { Clock } from "./clock.ts";
import type { Database, Queries } from "./db/database.ts";
import { agents, knowledgeVersions, resources, services, workspaces } from "./db/schema.ts";
import { DEMO_AGENT, DEMO_KNOWLEDGE, DEMO_NAME, DEMO_RESOURCE, DEMO_SERVICES } from "./demo-workspace.ts";
import { newId } from "./ids.ts";
import type { Secrets } from "./secrets.ts";

export interface WorkspaceOptions {
  name: string;
  localDevelopment: boolean;
}

/** A workspace with the demo business in its test environment. @returns its id */
export async function createWorkspace(tx: Queries, nowMs: number, options: WorkspaceOptions): Promise<string> {
  const createdAt = new Date(nowMs);
  const workspaceId = newId("workspace", nowMs);
  const tenant = { workspaceId, livemode: false };
  await tx.insert(workspaces).values({ id: workspaceId, ...options, createdAt });
  await tx.insert(agents).values({ ...tenant, ...DEMO_AGENT });
  await tx.insert(resources).values({ id: newId("resource", nowMs), ...tenant, name: DEMO_RESOURCE, createdAt });
  await tx
    .insert(services)
    .values(
      DEMO_SERVICES.map((service, position) => ({ id: newId("catalogItem", nowMs), ...tenant, position, ...service })),
    );
  const entries = DEMO_KNOWLEDGE.map((entry) => ({ id: newId("knowledge", nowMs), ...entry }));
  const id = newId("knowledge", nowMs);
  await tx
    .insert(knowledgeVersions)
    .values({ id, ...tenant, version: 1, entries, changedBy: "setup", via: "api", createdAt });
  return workspaceId;
}

/** Any fixed number: several api processes may start on an empty database at once. */
const BOOTSTRAP_LOCK = 7_351_002;

interface BootstrapOptions {
  db: Database;
  keys: KeyRing;
  clock: Clock;
  secrets: Secrets;
  localDevelopment: boolean;
}

/** @returns the default workspace's id */
export function bootstrap({ db, keys, clock, secrets, localDevelopment }: BootstrapOptions): Promise<string> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${BOOTSTRAP_LOCK})`);
    const [first] = await tx.select({ id: workspaces.id }).from(workspaces).orderBy(workspaces.id).limit(1);
    if (first !== undefined) await tx.update(workspaces).set({ localDevelopment }).where(eq(workspaces.id, first.id));
    const workspaceId = first?.id ?? (await createWorkspace(tx, clock.now(), { name: DEMO_NAME, localDevelopment }));
    await keys.store(tx, { key: secrets.engineKey, workspaceId, name: "engine", scopes: ENGINE_SCOPES });
    await keys.store(tx, { key: secrets.testKey, workspaceId, name: "first test key", scopes: CUSTOMER_SCOPES });
    return workspaceId;
  });
}
