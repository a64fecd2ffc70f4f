import type { X509Certificate } from "node:crypto";
import { compactVerify, decodeProtectedHeader } from "jose";
import { headerList, type SipRequest } from "../message.ts";
import { parseNameAddr } from "../name-addr.ts";
import { parseUri } from "../uri.ts";
import { findChainFault, readCertificates } from "./chain.ts";
import { type IdentityHeader, readIdentities } from "./identity.ts";
import { canonicalNumber, PassportHeader, ShakenClaims } from "./passport.ts";

/** Verification of the caller's identity (RFC 8224 section 6.2, RFC 8588). A verdict is a label for the screening, never a refusal. */

export type StirVerdict =
  /** `attest` of RFC 8588: A, the carrier knows caller and number; B, the caller; C, only where the call came in. */
  | { readonly status: "verified"; readonly attest: "A" | "B" | "C"; readonly origid: string }
  /** No Identity header for SHAKEN. */
  | { readonly status: "none" }
  | { readonly status: "failed"; readonly fault: StirFault; readonly reason: string };

/** The failures of RFC 8224 section 6.2.2 by the status they would have, and the two that are only ours to know. */
export type StirFault =
  /** 403: the PASSporT is older, or from further in the future, than a minute. */
  | "stale"
  /** 436: the certificate cannot be fetched, or x5u is not one that we fetch. */
  | "bad-info"
  /** 437: the certificate is not trusted, expired, or not one for telephone numbers. */
  | "unsupported-credential"
  /** 438: malformed, wrong signature, or about another caller or callee. */
  | "invalid"
  /** The same PASSporT has been seen before in another call. */
  | "replayed"
  /** The check took longer than a caller is kept waiting. */
  | "timeout";

export interface StirOptions {
  readonly roots: readonly X509Certificate[];
  /** PEM at an x5u URL. Rejects with an Error that says why not. */
  readonly fetchCertificate: (url: string) => Promise<string>;
  /** Wall clock. */
  readonly nowMs: () => number;
}

/** RFC 8224 section 6.2.2 step 4, as ATIS-1000074 has it. */
const FRESH_S = 60;
const MAX_SEEN = 10_000;

export class StirVerifier {
  /** PASSporTs accepted in the last minutes, with the Call-ID they came with. */
  readonly #seen = new Map<string, { readonly callId: string; readonly untilMs: number }>();

  constructor(private readonly options: StirOptions) {}

  /** Never rejects. */
  async verify(request: SipRequest): Promise<StirVerdict> {
    const identities = readIdentities(request);
    const shaken = identities.find((each) => each !== "malformed" && (each.ppt === "shaken" || each.ppt === ""));
    if (shaken === undefined || shaken === "malformed") {
      return identities.includes("malformed")
        ? fail("invalid", "the Identity header is malformed")
        : { status: "none" };
    }
    try {
      return await this.#verify(request, shaken);
    } catch (error) {
      return fail("invalid", error instanceof Error ? error.message : "the PASSporT cannot be read");
    }
  }

  async #verify(request: SipRequest, { passport, info }: IdentityHeader): Promise<StirVerdict> {
    const header = PassportHeader.safeParse(decodeProtectedHeader(passport));
    if (!header.success) return fail("invalid", "the PASSporT is not a SHAKEN one signed with ES256");
    if (header.data.x5u !== info) return fail("invalid", "info and x5u name different certificates");
    const pem = await this.options.fetchCertificate(info).catch((error: unknown) => asError(error));
    if (pem instanceof Error) return fail("bad-info", pem.message);
    const chain = readChain(pem);
    const nowMs = this.options.nowMs();
    const chainFault = chain && findChainFault(chain, this.options.roots, nowMs);
    const [leaf] = chain ?? [];
    if (leaf === undefined || chainFault !== undefined) {
      return fail("unsupported-credential", chainFault ?? "there is no certificate at x5u");
    }
    const verified = await compactVerify(passport, leaf.publicKey, { algorithms: ["ES256"] }).catch(() => undefined);
    if (verified === undefined) return fail("invalid", "the signature is wrong");
    const claims = ShakenClaims.safeParse(JSON.parse(new TextDecoder().decode(verified.payload)));
    if (!claims.success) return fail("invalid", "the claims are not those of RFC 8588");
    return this.#judge(request, claims.data, nowMs);
  }

  #judge(request: SipRequest, claims: ShakenClaims, nowMs: number): StirVerdict {
    if (Math.abs(nowMs / 1000 - claims.iat) > FRESH_S) return fail("stale", "the PASSporT is not of this minute");
    if (!callers(request).includes(claims.orig.tn)) return fail("invalid", "it speaks of another caller");
    const called = callees(request);
    if (!(claims.dest.tn ?? []).some((number) => called.includes(number))) {
      return fail("invalid", "it speaks of another callee");
    }
    if (this.#isReplay(request.callId, claims, nowMs))
      return fail("replayed", "another call came with the same PASSporT");
    return { status: "verified", attest: claims.attest, origid: claims.origid };
  }

  /** A repeat of the same INVITE (forked, authenticated) is none. */
  #isReplay(callId: string, { orig, dest, iat, origid }: ShakenClaims, nowMs: number): boolean {
    for (const [key, { untilMs }] of this.#seen) {
      if (untilMs > nowMs && this.#seen.size < MAX_SEEN) break;
      this.#seen.delete(key);
    }
    const key = JSON.stringify([orig.tn, dest, iat, origid]);
    const known = this.#seen.get(key);
    if (known !== undefined) return known.callId !== callId;
    this.#seen.set(key, { callId, untilMs: nowMs + 2 * FRESH_S * 1000 });
    return false;
  }
}

function fail(fault: StirFault, reason: string): StirVerdict {
  return { status: "failed", fault, reason };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function readChain(pem: string): X509Certificate[] | undefined {
  try {
    return readCertificates(pem);
  } catch {
    return undefined;
  }
}

/** Who calls: P-Asserted-Identity where the carrier gives it, else From (RFC 8224 section 8). */
function callers(request: SipRequest): string[] {
  const asserted = headerList(request, "p-asserted-identity").flatMap((value) => parseNameAddr(value)?.uri ?? []);
  return numbers(asserted.length > 0 ? asserted : [request.from.uri]);
}

/** Who is called: To, the Request-URI, and where the call was diverted from. */
function callees(request: SipRequest): string[] {
  const diverted = headerList(request, "diversion").flatMap((value) => parseNameAddr(value)?.uri ?? []);
  return numbers([request.to.uri, request.uri, ...diverted]);
}

function numbers(uris: readonly string[]): string[] {
  return uris.map((uri) => canonicalNumber(parseUri(uri)?.user ?? "")).filter((number) => number !== "");
}
