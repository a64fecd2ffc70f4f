/**
 * Addresses of recordings that work without a key until they expire, for players in a browser. The address carries what it grants and an HMAC
 * over it; nothing is stored. Events carry the api's own path instead: a replayed event outlives any expiry.
 */
import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { id } from "../contract/ids.ts";
import { ProblemError } from "../problem.ts";
import { type Deps, systemPrincipal, type Work, workFor } from "../work.ts";
import { findRecording, openRecording, serveRecording } from "./recording.ts";

const Grant = z.tuple([id("workspace"), z.boolean(), id("call"), z.number().int()]);

export async function linkRecording(work: Work, callId: string, seconds: number) {
  await findRecording(work, callId);
  const expiresMs = work.nowMs + seconds * 1000;
  const grant = JSON.stringify([work.who.workspaceId, work.who.livemode, callId, expiresMs]);
  const token = `${Buffer.from(grant).toString("base64url")}.${work.seal.sign(grant)}`;
  return { url: `${work.publicUrl}/recordings/${token}`, expires_at: new Date(expiresMs).toISOString() };
}

function refused(): ProblemError {
  return new ProblemError(403, "link_invalid", "This link has expired or is not one of ours; ask for a new one.");
}

function readGrant(deps: Deps, token: string): z.infer<typeof Grant> {
  const [body = "", signature = ""] = token.split(".");
  const grant = Buffer.from(body, "base64url").toString("utf8");
  const expected = Buffer.from(deps.seal.sign(grant));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refused();
  return Grant.parse(JSON.parse(grant));
}

/**
 * Where players reach the storage themselves, an unencrypted recording is theirs to fetch from it.
 * @throws ProblemError 403 for a link that is expired, changed or made up; 404 for a recording that is gone; 416
 */
export async function serveRecordingLink(deps: Deps, token: string, range: string | null): Promise<Response> {
  const [workspaceId, livemode, callId, expiresMs] = readGrant(deps, token);
  const leftMs = expiresMs - deps.clock.now();
  if (leftMs <= 0) throw refused();
  const who = systemPrincipal(workspaceId, livemode);
  const found = await deps.db.read((tx) => findRecording(workFor(deps, who, tx), callId), who);
  const file = await openRecording(deps.recordings, found);
  const elsewhere = found.keyId === null ? file.link?.(Math.ceil(leftMs / 1000)) : undefined;
  if (elsewhere !== undefined)
    return new Response(null, { status: 302, headers: { location: elsewhere, "cache-control": "private, no-store" } });
  return serveRecording(file, callId, range);
}
