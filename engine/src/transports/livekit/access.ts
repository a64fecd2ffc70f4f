/**
 * LiveKit's access tokens: JWTs signed with the API secret (HS256), the API key as issuer (docs.livekit.io/home/get-started/authentication). Ours to join a room and to put
 * a caller out of it; others' to have us join; the server's under its webhooks.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";

export interface LiveKitKey {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** The server hands out fresh ones while she is in the room. */
const JOIN_SECONDS = 600;
const ADMIN_SECONDS = 60;
/** Of clocks that differ. */
const TOLERANCE_SECONDS = 10;

const Grants = z.object({
  video: z
    .object({
      room: z.string().optional(),
      roomAdmin: z.boolean().optional(),
      roomCreate: z.boolean().optional(),
    })
    .optional(),
});
const Signed = z.object({ sha256: z.string() });

/** May join `room` as `identity`, hear, speak and send data. */
export function joinToken(key: LiveKitKey, room: string, identity: string, nowEpochMs: number): Promise<string> {
  const video = {
    roomJoin: true,
    room,
    agent: true,
    canSubscribe: true,
    canPublish: true,
    canPublishData: true,
    canPublishSources: ["microphone"],
  };
  return sign(key, { kind: "agent", name: "Receptionist", video }, identity, nowEpochMs, JOIN_SECONDS);
}

/** May put participants out of `room`. */
export function adminToken(key: LiveKitKey, room: string, nowEpochMs: number): Promise<string> {
  return sign(key, { video: { roomAdmin: true, room } }, "sk-voice", nowEpochMs, ADMIN_SECONDS);
}

/** Whether the bearer may send us into `room`: an administrator of it, or one who may create rooms. A participant's own token is not enough. */
export async function maySendUs(key: LiveKitKey, token: string, room: string, nowEpochMs: number): Promise<boolean> {
  const grants = Grants.safeParse(await claimsOf(key, token, nowEpochMs));
  const video = grants.success ? grants.data.video : undefined;
  return video?.roomCreate === true || (video?.roomAdmin === true && video.room === room);
}

/** Whether LiveKit's server has sent this body: its token holds the body's SHA-256 (docs.livekit.io/home/server/webhooks). */
export async function isFromLiveKit(
  key: LiveKitKey,
  token: string,
  body: Uint8Array,
  nowEpochMs: number,
): Promise<boolean> {
  const claims = Signed.safeParse(await claimsOf(key, token, nowEpochMs));
  if (!claims.success) return false;
  const expected = createHash("sha256").update(body).digest();
  const given = Buffer.from(claims.data.sha256, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** `undefined` when the token is none of this key's, or its time is over. */
async function claimsOf({ apiKey, apiSecret }: LiveKitKey, token: string, nowEpochMs: number): Promise<unknown> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(apiSecret), {
      algorithms: ["HS256"],
      issuer: apiKey,
      currentDate: new Date(nowEpochMs),
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ["exp"],
    });
    return payload;
  } catch {
    return undefined;
  }
}

function sign(
  { apiKey, apiSecret }: LiveKitKey,
  claims: Record<string, unknown>,
  identity: string,
  nowEpochMs: number,
  seconds: number,
): Promise<string> {
  const now = Math.floor(nowEpochMs / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(apiKey)
    .setSubject(identity)
    .setNotBefore(now - TOLERANCE_SECONDS)
    .setExpirationTime(now + seconds)
    .sign(new TextEncoder().encode(apiSecret));
}
