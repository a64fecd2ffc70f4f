import { describe, expect, test } from "bun:test";
import {
  SrtpSession as Other,
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  SrtcpSession,
} from "werift-rtp";
import { deriveKeys, type SrtpMasterKey, type SrtpSuite, SUITES } from "./keys.ts";
import { ReplayWindow } from "./replay.ts";
import { SrtpSession } from "./session.ts";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");

function master(suite: SrtpSuite): SrtpMasterKey {
  const salt = hex("0EC675AD498AFEEBB6960B3AABE6").subarray(0, SUITES[suite].saltBytes);
  return { suite, key: hex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt };
}

function rtp(sequence: number, payload = "audio of twenty ms"): Buffer {
  const header = hex("800000000000000011223344");
  header.writeUInt16BE(sequence % 65_536, 2);
  return Buffer.concat([header, Buffer.from(payload)]);
}

const RTCP = hex("81c8000711223344 0102030405060708 00000010 00000001 000000a0 99999999");

test("session keys are those of RFC 3711 appendix B.3", () => {
  const keys = deriveKeys(master("AES_CM_128_HMAC_SHA1_80"), "rtp");
  expect(Buffer.from(keys.cipherKey)).toEqual(hex("C61E7A93744F39EE10734AFE3FF7A087"));
  expect(Buffer.from(keys.salt)).toEqual(hex("30CBBC08863D8C85D49DB34A9AE1"));
  expect(Buffer.from(keys.authKey)).toEqual(hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
  expect(() => deriveKeys({ ...master("AEAD_AES_128_GCM"), salt: new Uint8Array(14) }, "rtp")).toThrow(RangeError);
});

for (const suite of Object.keys(SUITES) as SrtpSuite[]) {
  describe(suite, () => {
    test("carries RTP over two wraps of the sequence number, in and out of order, with loss", () => {
      const [out, into] = [new SrtpSession(master(suite)), new SrtpSession(master(suite))];
      for (let n = 65_000; n < 65_000 + 140_000; n += 7) {
        const [first, second] = [rtp(n), rtp(n + 3)].map((packet) => out.protectRtp(packet)!);
        if (n % 5 === 0) continue;
        expect(into.unprotectRtp(second!)).toEqual(rtp(n + 3));
        expect(into.unprotectRtp(first!)).toEqual(rtp(n));
      }
    });

    test("refuses a replay, a changed bit anywhere, a cut packet and other keys", () => {
      const [out, into] = [new SrtpSession(master(suite)), new SrtpSession(master(suite))];
      const rtpBytes = out.protectRtp(rtp(1))!;
      const rtcpBytes = out.protectRtcp(RTCP)!;
      const other = new SrtpSession({ ...master(suite), key: new Uint8Array(16) });
      for (const [bytes, open] of [
        [rtpBytes, "unprotectRtp"],
        [rtcpBytes, "unprotectRtcp"],
      ] as const) {
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const bad = Buffer.from(bytes);
          bad[bit >> 3]! ^= 1 << (bit & 7);
          expect(into[open](bad)).toBeUndefined();
        }
        for (let length = 0; length < bytes.length; length++)
          expect(into[open](bytes.subarray(0, length))).toBeUndefined();
        expect(other[open](bytes)).toBeUndefined();
        expect(into[open](bytes)).toBeDefined();
        expect(into[open](bytes)).toBeUndefined();
      }
    });

    test("carries RTCP", () => {
      const [out, into] = [new SrtpSession(master(suite)), new SrtpSession(master(suite))];
      for (let n = 0; n < 3; n++) expect(into.unprotectRtcp(out.protectRtcp(RTCP)!)).toEqual(RTCP);
    });
  });
}

for (const [suite, profile] of [
  ["AES_CM_128_HMAC_SHA1_80", ProtectionProfileAes128CmHmacSha1_80],
  ["AEAD_AES_128_GCM", ProtectionProfileAeadAes128Gcm],
] as const) {
  test(`${suite} agrees with werift both ways, for RTP across a wrap and RTCP`, () => {
    const { key, salt } = master(suite);
    const [localMasterKey, localMasterSalt] = [Buffer.from(key), Buffer.from(salt)];
    const keys = {
      localMasterKey,
      localMasterSalt,
      remoteMasterKey: localMasterKey,
      remoteMasterSalt: localMasterSalt,
    };
    const [theirs, theirRtcp] = [new Other({ profile, keys }), new SrtcpSession({ profile, keys })];
    const [out, into] = [new SrtpSession(master(suite)), new SrtpSession(master(suite))];
    for (let n = 65_486; n < 65_586; n++) {
      expect(theirs.decrypt(Buffer.from(out.protectRtp(rtp(n))!))).toEqual(rtp(n));
    }
    expect(theirRtcp.decrypt(Buffer.from(out.protectRtcp(RTCP)!))).toEqual(RTCP);
    expect(into.unprotectRtcp(theirRtcp.encrypt(RTCP))).toEqual(RTCP);
  });
}

test("the replay window takes 64 packets in any order, each once", () => {
  const window = new ReplayWindow();
  window.accept(100);
  expect([window.isFresh(100), window.isFresh(37), window.isFresh(36), window.isFresh(101)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  window.accept(37);
  expect(window.isFresh(37)).toBe(false);
  window.accept(1000);
  expect([window.isFresh(999), window.isFresh(936)]).toEqual([true, false]);
  expect(window.highest).toBe(1000);
});
