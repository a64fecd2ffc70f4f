/** iCalendar feeds (RFC 5545): a secret address each, for calendar programs that cannot send a key. No names in them, only services. */
import { createHash, randomBytes } from "node:crypto";
import { eq, isNull } from "drizzle-orm";
import ical, { ICalCalendarMethod } from "ical-generator";
import type { PageQuery } from "../contract/page.ts";
import { agents, calendarFeeds } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { notFound } from "../problem.ts";
import { type Deps, mine, own, systemPrincipal, type Work, workFor } from "../work.ts";
import { liveAppointments } from "./appointments.ts";

type FeedRow = typeof calendarFeeds.$inferSelect;

const digest = (token: string) => createHash("sha256").update(token).digest("hex");

function toFeed(row: FeedRow) {
  return { id: row.id, resource: row.resource, created_at: row.createdAt.toISOString() };
}

export async function createFeed(work: Work, resource: string | null) {
  const token = randomBytes(24).toString("base64url");
  const row = {
    id: newId("calendarFeed", work.nowMs),
    ...own(work),
    resource,
    hash: digest(token),
    createdAt: new Date(work.nowMs),
    revokedAt: null,
  };
  await work.tx.insert(calendarFeeds).values(row);
  return { ...toFeed(row), url: `${work.publicUrl}/feeds/${token}.ics` };
}

export async function listFeeds(work: Work, query: PageQuery) {
  const { after, order, limit } = keyset(query, calendarFeeds.id);
  const rows = await work.tx
    .select()
    .from(calendarFeeds)
    .where(mine(work, calendarFeeds, after, isNull(calendarFeeds.revokedAt)))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toFeed);
}

export async function revokeFeed(work: Work, id: string): Promise<void> {
  const rows = await work.tx
    .update(calendarFeeds)
    .set({ revokedAt: new Date(work.nowMs) })
    .where(mine(work, calendarFeeds, eq(calendarFeeds.id, id), isNull(calendarFeeds.revokedAt)))
    .returning({ id: calendarFeeds.id });
  if (rows.length === 0) throw notFound("feed");
}

async function render(work: Work, feed: FeedRow): Promise<string> {
  const [agent] = await work.tx.select().from(agents).where(mine(work, agents));
  const calendar = ical({
    name: [agent?.businessName ?? "Appointments", feed.resource].filter(Boolean).join(", "),
    method: ICalCalendarMethod.PUBLISH,
    ttl: 900,
  });
  for (const row of await liveAppointments(work, feed.resource)) {
    calendar.createEvent({
      id: row.id,
      start: row.startsAt,
      end: row.endsAt,
      stamp: row.updatedAt ?? row.createdAt,
      summary: row.serviceName,
      location: row.resource,
    });
  }
  return calendar.toString();
}

/** Who holds the address reads the feed. @throws ProblemError 404 */
export async function serveFeed(deps: Deps, token: string): Promise<Response> {
  const [feed] = await deps.db.read((q) =>
    q
      .select()
      .from(calendarFeeds)
      .where(eq(calendarFeeds.hash, digest(token))),
  );
  if (feed === undefined || feed.revokedAt !== null) throw notFound("feed");
  const who = systemPrincipal(feed.workspaceId, feed.livemode);
  const text = await deps.db.read((tx) => render(workFor(deps, who, tx), feed), who);
  return new Response(text, {
    headers: { "content-type": "text/calendar; charset=utf-8", "cache-control": "private, max-age=300" },
  });
}
