import { createCipheriv } from "node:crypto";

/** Crypto suites of SDES (RFC 4568 section 6.2, RFC 7714 section 14) and their session keys (RFC 3711 section 4.3). */

export type SrtpSuite = "AES_CM_128_HMAC_SHA1_80" | "AES_CM_128_HMAC_SHA1_32" | "AEAD_AES_128_GCM";

export interface SuiteSizes {
  readonly isAead: boolean;
  readonly saltBytes: number;
  /** Tag after each SRTP packet. */
  readonly rtpTagBytes: number;
  /** Tag of SRTCP: 80 bits even for the _32 suite (RFC 4568 section 6.2.2). */
  readonly rtcpTagBytes: number;
}

export const MASTER_KEY_BYTES = 16;

export const SUITES: Readonly<Record<SrtpSuite, SuiteSizes>> = {
  AES_CM_128_HMAC_SHA1_80: { isAead: false, saltBytes: 14, rtpTagBytes: 10, rtcpTagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { isAead: false, saltBytes: 14, rtpTagBytes: 4, rtcpTagBytes: 10 },
  AEAD_AES_128_GCM: { isAead: true, saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 },
};

/** What SDES carries in `inline:`, as bytes. */
export interface SrtpMasterKey {
  readonly suite: SrtpSuite;
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** 14 bytes, 12 for GCM. */
  readonly salt: Uint8Array;
}

export interface SessionKeys {
  readonly cipherKey: Uint8Array;
  /** 20 bytes; unused by GCM, which authenticates itself. */
  readonly authKey: Uint8Array;
  readonly salt: Uint8Array;
}

/** Labels of RFC 3711 section 4.3.2. */
const RTP_LABEL = 0;
const RTCP_LABEL = 3;
const AUTH_KEY_BYTES = 20;

/** @throws RangeError when key or salt have not the suite's length. */
export function deriveKeys(master: SrtpMasterKey, kind: "rtp" | "rtcp"): SessionKeys {
  const { saltBytes } = SUITES[master.suite];
  if (master.key.length !== MASTER_KEY_BYTES || master.salt.length !== saltBytes) {
    throw new RangeError(`${master.suite} needs a key of 16 and a salt of ${saltBytes} bytes.`);
  }
  const first = kind === "rtp" ? RTP_LABEL : RTCP_LABEL;
  return {
    cipherKey: derive(master, first, MASTER_KEY_BYTES),
    authKey: derive(master, first + 1, AUTH_KEY_BYTES),
    salt: derive(master, first + 2, saltBytes),
  };
}

/** AES-CM as the pseudo-random function, key derivation rate 0; a 12-byte salt is padded right (RFC 7714 section 11). */
function derive({ key, salt }: SrtpMasterKey, label: number, length: number): Uint8Array {
  const iv = new Uint8Array(16);
  iv.set(salt);
  iv[7]! ^= label;
  return createCipheriv("aes-128-ctr", key, iv).update(new Uint8Array(length));
}
