import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { type HeaderField, headerLines, type SipRequest, type SipResponse } from "./message.ts";
import { parseParams, quote } from "./params.ts";

/** Digest authentication (RFC 8760, RFC 7616) with MD5 and SHA-256 and qop "auth": as a client and as a challenger. */

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

type Algorithm = "MD5" | "SHA-256";

interface Challenge {
  readonly isProxy: boolean;
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: Algorithm;
  readonly opaque: string | undefined;
  readonly hasQop: boolean;
  readonly isStale: boolean;
}

/** A challenge is answered this often before the credentials count as wrong, each time with a nonce said to be stale. */
const MAX_STALE = 2;

/** The client's side for one account: answers challenges and goes on using their nonce with a rising count. */
export class DigestClient {
  #challenge: Challenge | undefined;
  #count = 0;
  #staleCount = 0;
  /** An answer to this nonce is on its way, so a new challenge that is not stale means a wrong password. */
  #hasAnswered = false;

  constructor(
    private readonly credentials: Credentials,
    /** An unguessable token for `cnonce`. */
    private readonly token: () => string,
  ) {}

  /** Takes a 401 or 407. @returns true when the request is worth sending again, with `authorize`. */
  challenged(response: SipResponse): boolean {
    const challenge = strongest(response);
    if (challenge === undefined) return false;
    if (this.#hasAnswered && (!challenge.isStale || this.#staleCount >= MAX_STALE)) return false;
    if (challenge.isStale) this.#staleCount += 1;
    this.#challenge = challenge;
    this.#count = 0;
    return true;
  }

  /** The request was accepted: the next challenge is a fresh one again. */
  succeeded(): void {
    this.#hasAnswered = false;
    this.#staleCount = 0;
  }

  /** The header for a request; none before the first challenge. */
  authorize(method: string, uri: string): HeaderField[] {
    const challenge = this.#challenge;
    if (challenge === undefined) return [];
    this.#hasAnswered = true;
    this.#count += 1;
    const { realm, nonce, algorithm, opaque, hasQop } = challenge;
    const { username, password } = this.credentials;
    const use = hasQop ? { count: this.#count.toString(16).padStart(8, "0"), cnonce: this.token() } : undefined;
    const secret = hash(algorithm, `${username}:${realm}:${password}`);
    const response = digest(algorithm, secret, nonce, method, uri, use);
    const parts = [
      `username=${quote(username)}`,
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(uri)}`,
    ];
    parts.push(`response="${response}"`, `algorithm=${algorithm}`);
    if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
    if (use !== undefined) parts.push("qop=auth", `nc=${use.count}`, `cnonce="${use.cnonce}"`);
    const name = challenge.isProxy ? "proxy-authorization" : "authorization";
    return [{ name, value: `Digest ${parts.join(", ")}` }];
  }
}

/** RFC 8760 section 2.4: the algorithms come in the server's order of preference; SHA-256 wins where it is offered. */
function strongest(response: SipResponse): Challenge | undefined {
  const isProxy = response.status === 407;
  const lines = headerLines(response, isProxy ? "proxy-authenticate" : "www-authenticate");
  const challenges = lines.flatMap((line) => readChallenge(line, isProxy));
  return challenges.find(({ algorithm }) => algorithm === "SHA-256") ?? challenges[0];
}

function readChallenge(value: string, isProxy: boolean): Challenge[] {
  const params = readDigest(value);
  const [realm, nonce] = [params?.get("realm"), params?.get("nonce")];
  const algorithm = readAlgorithm(params?.get("algorithm"));
  const qops = params
    ?.get("qop")
    ?.split(",")
    .map((each) => each.trim().toLowerCase());
  if (params === undefined || realm === undefined || nonce === undefined || algorithm === undefined) return [];
  if (qops !== undefined && !qops.includes("auth")) return [];
  const isStale = params.get("stale")?.toLowerCase() === "true";
  return [{ isProxy, realm, nonce, algorithm, opaque: params.get("opaque"), hasQop: qops !== undefined, isStale }];
}

function readAlgorithm(text = "MD5"): Algorithm | undefined {
  const upper = text.toUpperCase();
  return upper === "MD5" || upper === "SHA-256" ? upper : undefined;
}

/** The parameters of a `Digest …` header value, `undefined` for another scheme. */
function readDigest(value: string): ReadonlyMap<string, string> | undefined {
  const match = /^Digest\s+(.*)$/is.exec(value);
  if (match === null) return undefined;
  const separated = match[1]!.replace(/("(?:[^"\\]|\\.)*")|,/g, (_, quoted?: string) => quoted ?? ";");
  return parseParams(separated);
}

function hash(algorithm: Algorithm, text: string): string {
  return createHash(algorithm === "MD5" ? "md5" : "sha256")
    .update(text)
    .digest("hex");
}

/** RFC 7616 section 3.4.1; without `use` the form of RFC 2069 that old peers speak. */
export function digest(
  algorithm: Algorithm,
  secret: string,
  nonce: string,
  method: string,
  uri: string,
  use: { readonly count: string; readonly cnonce: string } | undefined,
): string {
  const what = hash(algorithm, `${method}:${uri}`);
  const middle = use === undefined ? nonce : `${nonce}:${use.count}:${use.cnonce}:auth`;
  return hash(algorithm, `${secret}:${middle}:${what}`);
}

/** "challenge" and "stale" are answered 401 with `challenge`; "wrong" is a false answer to a good nonce (403). */
export type AuthorizationVerdict = "ok" | "challenge" | "stale" | "wrong";

export interface ChallengerOptions {
  readonly realm: string;
  readonly credentials: readonly Credentials[];
  /** Signs nonces; random per process. */
  readonly secret: string;
  /** Life of a nonce. Default 300 s. */
  readonly nonceLifeMs?: number;
}

/** Nonces whose count is remembered; beyond it the oldest is forgotten, and its next use is stale. */
const MAX_NONCES = 10_000;

/** The server's side for one trunk. A nonce is its time and a signature, so a flood of challenges keeps no state. */
export class DigestChallenger {
  readonly #lifeMs: number;
  /** The highest count seen of each nonce in use. */
  readonly #counts = new Map<string, number>();
  #issued = 0;

  constructor(private readonly options: ChallengerOptions) {
    this.#lifeMs = options.nonceLifeMs ?? 300_000;
  }

  /** The headers of a 401, SHA-256 first (RFC 8760 section 2.3). */
  challenge(now: number, isStale: boolean): HeaderField[] {
    this.#issued += 1;
    const nonce = this.#sign(`${Math.floor(now)}.${this.#issued}`);
    return (["SHA-256", "MD5"] as const).map((algorithm) => ({
      name: "www-authenticate",
      value: `Digest realm=${quote(this.options.realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${isStale ? ", stale=true" : ""}`,
    }));
  }

  check(now: number, request: SipRequest): AuthorizationVerdict {
    const mine = headerLines(request, "authorization")
      .map((line) => readDigest(line))
      .find((params) => params?.get("realm") === this.options.realm);
    if (mine === undefined) return "challenge";
    const nonce = mine.get("nonce") ?? "";
    const issuedAt = this.#issuedAt(nonce);
    if (issuedAt === undefined || now - issuedAt > this.#lifeMs) return "stale";
    if (!this.#isRight(request, mine, nonce)) return "wrong";
    return this.#use(nonce, Number.parseInt(mine.get("nc") ?? "", 16)) ? "ok" : "stale";
  }

  #isRight(request: SipRequest, given: ReadonlyMap<string, string>, nonce: string): boolean {
    const algorithm = readAlgorithm(given.get("algorithm"));
    const owner = this.options.credentials.find(({ username }) => username === given.get("username"));
    const [count, cnonce, uri] = [given.get("nc"), given.get("cnonce"), given.get("uri")];
    if (algorithm === undefined || owner === undefined || count === undefined || cnonce === undefined) return false;
    if (uri !== request.uri || given.get("qop")?.toLowerCase() !== "auth" || !/^[0-9a-f]{8}$/i.test(count))
      return false;
    const secret = hash(algorithm, `${owner.username}:${this.options.realm}:${owner.password}`);
    const expected = digest(algorithm, secret, nonce, request.method, uri, { count, cnonce });
    return isSame(expected, given.get("response") ?? "");
  }

  /** False when the count did not rise: a replay. */
  #use(nonce: string, count: number): boolean {
    const last = this.#counts.get(nonce) ?? 0;
    if (!(count > last)) return false;
    this.#counts.set(nonce, count);
    if (this.#counts.size > MAX_NONCES) this.#counts.delete(this.#counts.keys().next().value ?? "");
    return true;
  }

  #sign(text: string): string {
    return `${text}.${createHmac("sha256", this.options.secret).update(text).digest("hex").slice(0, 32)}`;
  }

  #issuedAt(nonce: string): number | undefined {
    const text = nonce.slice(0, Math.max(0, nonce.lastIndexOf(".")));
    return isSame(this.#sign(text), nonce) ? Number(text.split(".", 1)[0]) : undefined;
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
