/** A workspace on PostgreSQL with ten subscribed endpoints, and what the run does to it. */
import { createWorkspace } from "@sk-voice/api/bootstrap.ts";
import { systemClock as clock } from "@sk-voice/api/clock.ts";
import { type Database, openDatabase } from "@sk-voice/api/db/database.ts";
import { newId } from "@sk-voice/api/ids.ts";
import { silentLog as log } from "@sk-voice/api/log.ts";
import { createSeal } from "@sk-voice/api/seal.ts";
import { emit } from "@sk-voice/api/webhooks/emit.ts";
import { createWebhook } from "@sk-voice/api/webhooks/endpoints.ts";
import { replayRange } from "@sk-voice/api/webhooks/replay.ts";
import { systemPrincipal, type Work, workFor } from "@sk-voice/api/work.ts";
import { sql } from "drizzle-orm";
import { type Endpoint, HEALTHY, type Kind } from "./receivers.ts";

export const SEAL = "a seal for the bench, nothing secret";

/** One event in `EVERY` is of the type; the rest are `slot.released`. */
const EVERY = { "webhook.disabled": 10, "knowledge.updated": 100 } as const;
const TYPES = ["slot.released", "webhook.disabled", "knowledge.updated"] as const;
type Type = (typeof TYPES)[number];
const BATCH = 50;
/** Transactions at once, as an api under load has them. */
const PRODUCERS = 8;

export interface Stage {
  readonly db: Database;
  /** Writes so many events, 50 a transaction; what an endpoint is to get is noted with it. */
  emit(count: number): Promise<void>;
  /** Deliveries that still wait. */
  waiting(): Promise<number>;
  /** Time passes for who waits: due now, no pause. Claims of the dead run out too when `claims`. */
  pass(claims: boolean): Promise<void>;
  count(status: string): Promise<number>;
  /** Everything that died goes out again. */
  replay(): Promise<number>;
  close(): Promise<void>;
}

const typeOf = (i: number): Type =>
  i % EVERY["knowledge.updated"] === 0
    ? "knowledge.updated"
    : i % EVERY["webhook.disabled"] === 0
      ? "webhook.disabled"
      : "slot.released";

/** Two endpoints want everything, the others a tenth, the broken ones a hundredth: their letters must die one by one. */
function subscription(kind: Kind): readonly Type[] {
  if (kind === "thorough") return TYPES;
  return HEALTHY.has(kind) ? ["webhook.disabled", "knowledge.updated"] : ["knowledge.updated"];
}

/** A small event of the catalogue. */
function write(work: Work, type: Type): string {
  if (type === "knowledge.updated") {
    const knowledge = { id: newId("knowledge", work.nowMs), version: 1 };
    return emit(work, type, { knowledge, changes: [], changed_by: "bench", via: "api" });
  }
  if (type === "webhook.disabled") {
    return emit(work, type, {
      webhook_id: newId("webhook", work.nowMs),
      url: "https://example.com/",
      reason: "the bench",
    });
  }
  const slot = {
    id: newId("slot", work.nowMs),
    service_id: newId("catalogItem", work.nowMs),
    resource: "Chair 1",
    starts_at: "2026-11-24T09:30:00.000Z",
    ends_at: "2026-11-24T10:00:00.000Z",
  };
  return emit(work, type, { slot, reason: "cancelled" });
}

async function writeBatch(work: Work, endpoints: readonly Endpoint[], from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const type = typeOf(i);
    const id = write(work, type);
    for (const endpoint of endpoints) if (subscription(endpoint.kind).includes(type)) endpoint.wanted.push(id);
  }
}

export async function openStage(url: string, endpoints: readonly Endpoint[]): Promise<Stage> {
  const db = await openDatabase({ url, log });
  const workspaceId = await db.transaction((tx) =>
    createWorkspace(tx, clock.now(), { name: "Bench", localDevelopment: true }),
  );
  const who = { ...systemPrincipal(workspaceId, false), localDevelopment: true };
  const deps = { clock, publicUrl: "http://localhost:3000", seal: createSeal(SEAL), demoCalls: 0 };
  const act = <T>(run: (work: Work) => Promise<T>) => db.transaction((tx) => run(workFor(deps, who, tx)), who);
  const webhookIds: string[] = [];
  for (const endpoint of endpoints) {
    const events = [...subscription(endpoint.kind)];
    const made = await act((work) => createWebhook(work, { url: endpoint.url, events, max_concurrency: 32 }));
    endpoint.secret = made.secret;
    webhookIds.push(made.id);
  }
  const count = async (status: string) => {
    const [row] = await db.read((q) =>
      q.execute<{ n: number }>(sql`select count(*)::int as n from deliveries where status = ${status}`),
    );
    return row?.n ?? 0;
  };
  return {
    db,
    count,
    waiting: () => count("pending"),
    async emit(total) {
      let next = 0;
      const produce = async () => {
        while (next < total) {
          const from = next;
          next += BATCH;
          await act((work) => writeBatch(work, endpoints, from, Math.min(total, from + BATCH)));
        }
      };
      await Promise.all(Array.from({ length: PRODUCERS }, produce));
    },
    async pass(claims) {
      await db.read((q) => q.execute(sql`update webhooks set breaker_until = null where breaker_until is not null`));
      const whose = claims ? sql`true` : sql`claim is null`;
      await db.read((q) =>
        q.execute(sql`update deliveries set next_at = now() where status = 'pending' and next_at > now() and ${whose}`),
      );
    },
    async replay() {
      let replayed = 0;
      for (const id of webhookIds) {
        for (let more = true; more; ) {
          const done = await act((work) => replayRange(work, id, { since: "2020-01-01T00:00:00Z", status: "dead" }));
          replayed += done.replayed;
          more = done.more;
        }
      }
      return replayed;
    },
    close: () => db.close(),
  };
}
