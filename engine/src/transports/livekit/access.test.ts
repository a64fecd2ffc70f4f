import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { decodeJwt, SignJWT } from "jose";
import { adminToken, isFromLiveKit, joinToken, maySendUs } from "./access.ts";

const KEY = { apiKey: "APIkey", apiSecret: "a secret of at least thirty-two bytes" };
const NOW = 1_800_000_000_000;
const BODY = new TextEncoder().encode('{"event":"room_started"}');

/** As LiveKit's own webhook sender makes it. */
function signed(claims: object, { key = KEY, seconds = 300 } = {}): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(key.apiKey)
    .setExpirationTime(NOW / 1000 + seconds)
    .sign(new TextEncoder().encode(key.apiSecret));
}
const sha256 = createHash("sha256").update(BODY).digest("base64");

test("her token joins one room, as herself, for ten minutes", async () => {
  const claims = decodeJwt(await joinToken(KEY, "call-1", "sk-voice-engine-1", NOW));
  expect(claims).toMatchObject({
    iss: "APIkey",
    sub: "sk-voice-engine-1",
    exp: NOW / 1000 + 600,
    kind: "agent",
    video: { roomJoin: true, room: "call-1", canPublish: true, canSubscribe: true, canPublishData: true },
  });
});

test("a webhook counts with our signature over this very body, in time", async () => {
  const from = (token: string, body = BODY) => isFromLiveKit(KEY, token, body, NOW);
  expect(await from(await signed({ sha256 }))).toBe(true);
  expect(await from(await signed({ sha256 }), new TextEncoder().encode("{}"))).toBe(false);
  expect(await from(await signed({ sha256 }, { key: { ...KEY, apiSecret: `${KEY.apiSecret}!` } }))).toBe(false);
  expect(await from(await signed({ sha256 }, { key: { ...KEY, apiKey: "other" } }))).toBe(false);
  expect(await from(await signed({ sha256 }, { seconds: -60 }))).toBe(false);
  expect(await from(await signed({}))).toBe(false);
  expect(await from("")).toBe(false);
  const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify({ iss: "APIkey", sha256, exp: NOW })).toString("base64url")}.`;
  expect(await from(none)).toBe(false);
});

test("an administrator of the room sends her there; a participant of it does not", async () => {
  const may = (token: string) => maySendUs(KEY, token, "call-1", NOW);
  expect(await may(await adminToken(KEY, "call-1", NOW))).toBe(true);
  expect(await may(await adminToken(KEY, "call-2", NOW))).toBe(false);
  expect(await may(await signed({ video: { roomCreate: true } }))).toBe(true);
  expect(await may(await joinToken(KEY, "call-1", "guest", NOW))).toBe(false);
  expect(await may("nonsense")).toBe(false);
});
