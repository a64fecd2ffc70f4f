import { describe, expect, test } from "bun:test";
import { type LocalMedia, OfferAnswer } from "./negotiate.ts";
import { readCrypto, type SrtpPolicy, writeCrypto } from "./sdes.ts";

/** RFC 4568 section 6.1 prints it. */
const KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const CM_80 = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^20`;
const GCM = `a=crypto:7 AEAD_AES_128_GCM inline:${"A".repeat(36)}AA==`;

let counter = 0;
const randomBytes = (count: number) => new Uint8Array(count).fill(++counter);
const local = (srtp: SrtpPolicy, rest: Partial<LocalMedia> = {}): LocalMedia => ({
  address: "198.51.100.9",
  port: 30_000,
  sessionId: "42",
  srtp,
  randomBytes,
  ...rest,
});
const offer = (...media: string[]) =>
  ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", ...media, ""].join("\r\n");
const cryptoLines = (sdp: string) => sdp.split("\r\n").filter((line) => line.startsWith("a=crypto"));

describe("a crypto line", () => {
  const usable: [string, string, string, string][] = [
    ["with a lifetime", "AES_CM_128_HMAC_SHA1_80", `inline:${KEY}|2^31`, ""],
    ["with a lifetime in packets", "AES_CM_128_HMAC_SHA1_32", `inline:${KEY}|1048576`, ""],
    ["with a window hint", "AES_CM_128_HMAC_SHA1_80", `inline:${KEY}`, "WSH=128"],
  ];
  for (const [name, suite, key, parameters] of usable) {
    test(`${name} is taken`, () => expect(readCrypto("1", suite, key, parameters)?.tag).toBe(1));
  }

  const unusable: [string, string, string, string][] = [
    ["with an MKI", "AES_CM_128_HMAC_SHA1_80", `inline:${KEY}|2^20|1:4`, ""],
    ["with two keys", "AES_CM_128_HMAC_SHA1_80", `inline:${KEY}|2^20|1:4;inline:${KEY}|2^20|2:4`, ""],
    ["of a suite we lack", "F8_128_HMAC_SHA1_80", `inline:${KEY}`, ""],
    ["named like a property of every object", "constructor", `inline:${KEY}`, ""],
    ["with a short key", "AES_CM_128_HMAC_SHA1_80", "inline:AAAA", ""],
    ["that leaves RTP open", "AES_CM_128_HMAC_SHA1_80", `inline:${KEY}`, "UNENCRYPTED_SRTP"],
    ["that leaves RTP unsigned", "AES_CM_128_HMAC_SHA1_80", `inline:${KEY}`, "UNAUTHENTICATED_SRTP"],
    ["with key derivation", "AES_CM_128_HMAC_SHA1_80", `inline:${KEY}`, "KDR=1"],
  ];
  for (const [name, suite, key, parameters] of unusable) {
    test(`${name} is not`, () => expect(readCrypto("1", suite, key, parameters)).toBeUndefined());
  }

  test("is written as it is read", () => {
    const read = readCrypto("1", "AES_CM_128_HMAC_SHA1_80", `inline:${KEY}`, "");
    expect(read && writeCrypto(read)).toBe(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`);
  });
});

describe("the policy", () => {
  const SAVP = ["m=audio 2 RTP/SAVP 0", CM_80];
  const BEST_EFFORT = ["m=audio 2 RTP/AVP 0", CM_80];
  const PLAIN = ["m=audio 2 RTP/AVP 0"];
  const cases: [SrtpPolicy, string, string[], 488 | "plain" | "encrypted"][] = [
    ["off", "SAVP", SAVP, 488],
    ["off", "AVP with crypto", BEST_EFFORT, "plain"],
    ["off", "AVP", PLAIN, "plain"],
    ["optional", "SAVP", SAVP, "encrypted"],
    ["optional", "SAVP without a usable key", ["m=audio 2 RTP/SAVP 0"], 488],
    ["optional", "AVP with crypto", BEST_EFFORT, "encrypted"],
    ["optional", "AVP", PLAIN, "plain"],
    ["mandatory", "SAVP", SAVP, "encrypted"],
    ["mandatory", "AVP with crypto", BEST_EFFORT, "encrypted"],
    ["mandatory", "AVP", PLAIN, 488],
  ];
  for (const [policy, name, media, expected] of cases) {
    test(`${policy}: ${name} is ${expected}`, () => {
      const result = new OfferAnswer(local(policy)).answer(offer(...media));
      if (!result.ok) return expect(result.status).toBe(expected as 488);
      expect(result.audio.srtp ? "encrypted" : "plain").toBe(expected as "plain");
      expect(cryptoLines(result.sdp).length).toBe(expected === "encrypted" ? 1 : 0);
      expect(result.sdp).toContain(media[0]!.includes("SAVP") ? "RTP/SAVP" : "RTP/AVP");
    });
  }
});

test("the answer takes the first usable suite, with the tag of its line and a key of ours", () => {
  const answerer = new OfferAnswer(local("optional"));
  const unusable = `a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:${KEY}`;
  const text = offer("m=audio 2 RTP/SAVP 0", unusable, GCM, CM_80);
  const first = answerer.answer(text);
  if (!first.ok) throw new Error(first.reason);
  expect(cryptoLines(first.sdp)[0]).toStartWith("a=crypto:7 AEAD_AES_128_GCM inline:");
  expect(first.audio.srtp?.remote.key).toEqual(Buffer.alloc(16));
  expect(first.audio.srtp?.local.key).not.toEqual(first.audio.srtp?.remote.key);
  const again = answerer.answer(text);
  expect(again.ok && again.sdp).toBe(first.sdp);
});

test("our offer and our answer agree on keys that cross, for every policy that meets", () => {
  for (const [ours, theirs, encrypted] of [
    ["mandatory", "optional", true],
    ["optional", "mandatory", true],
    ["optional", "optional", true],
    ["optional", "off", false],
    ["off", "optional", false],
  ] as const) {
    const caller = new OfferAnswer(local(ours));
    const called = new OfferAnswer(local(theirs, { address: "192.0.2.7" })).answer(caller.offer());
    if (!called.ok) throw new Error(called.reason);
    const accepted = caller.accept(called.sdp);
    if (!accepted.ok) throw new Error(accepted.reason);
    expect(accepted.audio.srtp !== undefined).toBe(encrypted);
    expect(called.audio.srtp?.remote.key).toEqual(accepted.audio.srtp?.local.key as Buffer);
    expect(called.audio.srtp?.local.key).toEqual(accepted.audio.srtp?.remote.key as Buffer);
  }
  expect(new OfferAnswer(local("off")).answer(new OfferAnswer(local("mandatory")).offer())).toMatchObject({
    ok: false,
    status: 488,
  });
});

test("an answer with a suite or a tag that was not offered is refused", () => {
  const caller = new OfferAnswer(local("optional"));
  caller.offer();
  expect(caller.accept(offer("m=audio 2 RTP/AVP 0", CM_80.replace("crypto:1", "crypto:9")))).toMatchObject({
    ok: false,
  });
  expect(caller.accept(offer("m=audio 2 RTP/AVP 0", CM_80))).toMatchObject({ ok: true });
  const strict = new OfferAnswer(local("mandatory"));
  strict.offer();
  expect(strict.accept(offer("m=audio 2 RTP/AVP 0"))).toMatchObject({ ok: false });
});
