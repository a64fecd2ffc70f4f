/**
 * What is kept how long. Dooming a recording is a row of the transaction that decides it; the file goes afterwards, here, and again at the next
 * sweep if that fails, so that no crash leaves a file behind that nobody remembers.
 */
import { and, eq, gt, inArray, isNotNull, isNull, lt } from "drizzle-orm";
import { appendAudit } from "../audit.ts";
import { agents, calls, deliveries, deliveryAttempts, events, transcripts } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { type Deps, mine, systemPrincipal, type Work, workFor } from "../work.ts";

const BATCH = 500;
const DAY_MS = 24 * 3600_000;
/** How long an engine may hold a recording that it could not send to the object storage. */
const AWAITED_MS = 30 * DAY_MS;

/**
 * Every doomed recording in turn. What an engine may still send (see `RecordingStore.remove`) stays doomed and is removed at a later sweep; a storage
 * that does not answer ends this one.
 * @returns how many files went
 */
export async function removeDoomedRecordings(deps: Deps): Promise<number> {
  let gone = 0;
  for (let after = ""; ; ) {
    const doomed = await deps.db.read((q) =>
      q
        .select({ id: calls.id, path: calls.recordingPath, at: calls.recordingDoomedAt })
        .from(calls)
        .where(and(isNotNull(calls.recordingDoomedAt), isNotNull(calls.recordingPath), gt(calls.id, after)))
        .orderBy(calls.id)
        .limit(BATCH),
    );
    for (const { id, path, at } of doomed) {
      const isOld = at !== null && deps.clock.now() - at.getTime() > AWAITED_MS;
      const removed = path === null ? true : await removeFile(deps, path);
      if (removed === undefined) return gone;
      if (removed || isOld) {
        await forget(deps, id);
        gone++;
      }
      after = id;
    }
    if (doomed.length < BATCH) return gone;
  }
}

/** @returns `undefined` when the storage does not answer */
async function removeFile(deps: Deps, path: string): Promise<boolean | undefined> {
  try {
    return await deps.recordings.store.remove(path);
  } catch (error) {
    deps.log.error({ reason: String(error) }, "doomed recordings could not be removed; the next sweep tries again");
    return undefined;
  }
}

async function forget(deps: Deps, callId: string): Promise<void> {
  const nothing = { recordingPath: null, recordingId: null, recordingBytes: null, recordingKeyId: null };
  await deps.db.read((q) => q.update(calls).set(nothing).where(eq(calls.id, callId)));
}

async function doomRecordings(work: Work, before: Date): Promise<number> {
  const rows = await work.tx
    .update(calls)
    .set({ recordingDoomedAt: new Date(work.nowMs) })
    .where(
      mine(work, calls, lt(calls.startedAt, before), isNotNull(calls.recordingPath), isNull(calls.recordingDoomedAt)),
    )
    .returning({ id: calls.id });
  return rows.length;
}

async function dropTranscripts(work: Work, before: Date): Promise<number> {
  const old = work.tx
    .select({ id: calls.id })
    .from(calls)
    .where(mine(work, calls, lt(calls.startedAt, before)));
  await work.tx
    .update(calls)
    .set({ toolCalls: null })
    .where(mine(work, calls, lt(calls.startedAt, before), isNotNull(calls.toolCalls)));
  const rows = await work.tx
    .delete(transcripts)
    .where(mine(work, transcripts, inArray(transcripts.callId, old)))
    .returning({ id: transcripts.id });
  return rows.length;
}

/** With their deliveries; one still on its way keeps its event. */
async function dropEvents(work: Work, before: Date): Promise<number> {
  const waiting = work.tx
    .select({ id: deliveries.eventId })
    .from(deliveries)
    .where(mine(work, deliveries, eq(deliveries.status, "pending")));
  const old = await work.tx
    .select({ id: events.id, waiting: inArray(events.id, waiting) })
    .from(events)
    .where(mine(work, events, lt(events.createdAt, before)))
    .limit(BATCH);
  const ids = old.filter((row) => row.waiting !== true).map((row) => row.id);
  if (ids.length === 0) return 0;
  const sent = work.tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(mine(work, deliveries, inArray(deliveries.eventId, ids)));
  await work.tx.delete(deliveryAttempts).where(inArray(deliveryAttempts.deliveryId, sent));
  await work.tx.delete(deliveries).where(mine(work, deliveries, inArray(deliveries.eventId, ids)));
  await work.tx.delete(events).where(mine(work, events, inArray(events.id, ids)));
  return ids.length;
}

/** Applies every workspace's own retention. @returns how many things went */
export async function applyRetention(deps: Deps): Promise<number> {
  const settings = await deps.db.read((q) => q.select().from(agents).where(isNotNull(agents.retention)));
  let gone = 0;
  for (const { workspaceId, livemode, retention } of settings) {
    const who = systemPrincipal(workspaceId, livemode);
    gone += await deps.db.transaction(async (tx) => {
      const work = workFor(deps, who, tx);
      const before = (days: number) => new Date(work.nowMs - days * DAY_MS);
      const { recordings_days: recordings, transcripts_days: texts, events_days: sent } = retention ?? {};
      let count = 0;
      if (recordings != null) count += await doomRecordings(work, before(recordings));
      if (texts != null) count += await dropTranscripts(work, before(texts));
      if (sent != null) count += await dropEvents(work, before(sent));
      const requestId = newId("audit", work.nowMs);
      if (count > 0) appendAudit(work, { action: `retention removed ${count}`, target: null, requestId });
      return count;
    }, who);
  }
  await removeDoomedRecordings(deps);
  return gone;
}
