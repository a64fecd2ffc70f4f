import { MASTER_KEY_BYTES, type SrtpMasterKey, type SrtpSuite, SUITES } from "@sk-voice/media/srtp/index.ts";

/** SDES (RFC 4568): SRTP keys in `a=crypto` lines. They are as secret as the signalling that carries them: use TLS. */

/** Whether a call is encrypted. "mandatory" refuses plain RTP, "off" refuses RTP/SAVP. */
export type SrtpPolicy = "off" | "optional" | "mandatory";

/** One `a=crypto` line that we can use. */
export interface CryptoLine {
  readonly tag: number;
  readonly master: SrtpMasterKey;
}

/** Both directions of one call. */
export interface SrtpKeys {
  readonly local: SrtpMasterKey;
  readonly remote: SrtpMasterKey;
}

/** Our order of offers. */
export const OFFERED_SUITES: readonly SrtpSuite[] = [
  "AES_CM_128_HMAC_SHA1_80",
  "AEAD_AES_128_GCM",
  "AES_CM_128_HMAC_SHA1_32",
];

/** Session parameters that change nothing for us; any other (KDR, UNENCRYPTED_SRTP, FEC_KEY …) makes the line unusable. */
const HARMLESS_PARAMETER = /^WSH=\d{1,5}$/i;
const MAX_TAG = 999_999_999;

/** The parts of one line, as written. `undefined`: a suite, key or parameter that we do not take, MKI among them. */
export function readCrypto(tag: string, suite: string, keys: string, parameters: string): CryptoLine | undefined {
  if (!isSuite(suite) || !/^\d{1,9}$/.test(tag)) return undefined;
  if (!parameters.split(/\s+/).every((each) => each === "" || HARMLESS_PARAMETER.test(each))) return undefined;
  const inline = /^inline:([A-Za-z0-9+/]+={0,2})(?:\|(?:2\^\d{1,2}|\d{1,15}))?$/i.exec(keys.trim());
  if (inline?.[1] === undefined) return undefined;
  const bytes = Buffer.from(inline[1], "base64");
  if (bytes.length !== MASTER_KEY_BYTES + SUITES[suite].saltBytes) return undefined;
  const master = { suite, key: bytes.subarray(0, MASTER_KEY_BYTES), salt: bytes.subarray(MASTER_KEY_BYTES) };
  return { tag: Math.min(Number(tag), MAX_TAG), master };
}

export function writeCrypto({ tag, master }: CryptoLine): string {
  const key = Buffer.concat([master.key, master.salt]).toString("base64");
  return `a=crypto:${tag} ${master.suite} inline:${key}`;
}

/** Our keys of one call: one for each suite, made when first needed and kept, so that a re-INVITE changes nothing by itself. */
export class LocalKeys {
  readonly #made = new Map<SrtpSuite, SrtpMasterKey>();

  constructor(private readonly random: (count: number) => Uint8Array) {}

  for(suite: SrtpSuite): SrtpMasterKey {
    const made = this.#made.get(suite) ?? this.#make(suite);
    this.#made.set(suite, made);
    return made;
  }

  #make(suite: SrtpSuite): SrtpMasterKey {
    return { suite, key: this.random(MASTER_KEY_BYTES), salt: this.random(SUITES[suite].saltBytes) };
  }
}

function isSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(SUITES, name);
}
