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

test("an RTP packet of AEAD_AES_128_GCM is that of RFC 7714 section 16.1.1, both ways", () => {
  const keys = {
    cipherKey: hex("000102030405060708090a0b0c0d0e0f"),
    authKey: hex(""),
    salt: hex("517569642070726f2071756f"),
  };
  const both = { suite: "AEAD_AES_128_GCM", rtp: keys, rtcp: keys } as const;
  const plain = hex(
    "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573",
  );
  const secured = hex(
    "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
  );
  expect(new SrtpSession(both).protectRtp(plain)).toEqual(secured);
  expect(new SrtpSession(both).unprotectRtp(secured)).toEqual(plain);
});

test("the key stream is that of RFC 3711 appendix B.2", () => {
  const keys = {
    cipherKey: hex("2B7E151628AED2A6ABF7158809CF4F3C"),
    authKey: hex("00".repeat(20)),
    salt: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
  };
  const session = new SrtpSession({ suite: "AES_CM_128_HMAC_SHA1_80", rtp: keys, rtcp: keys });
  const packet = Buffer.concat([hex("80000000 00000000 00000000"), Buffer.alloc(48)]);
  expect(session.protectRtp(packet)?.subarray(12, 60)).toEqual(
    hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"),
  );
});
