import { headerLines, type SipRequest, splitList } from "../message.ts";
import { parseParams } from "../params.ts";

/** One Identity header (RFC 8224 section 4): a PASSporT and where its certificate lies. */
export interface IdentityHeader {
  /** Compact JWS: header.claims.signature. */
  readonly passport: string;
  /** URL of the certificate, without its angle brackets. */
  readonly info: string;
  /** "shaken", "div", ... in lower case; "" when it is not written. */
  readonly ppt: string;
  readonly alg: string;
}

/** More PASSporTs than a chain of diversions needs are not looked at. */
const MAX_IDENTITIES = 8;

/** The well-formed ones in order; "malformed" stands for those that are not. */
export function readIdentities(request: SipRequest): (IdentityHeader | "malformed")[] {
  const values = headerLines(request, "identity").flatMap((line) => splitList(line));
  return values.slice(0, MAX_IDENTITIES).map((value) => parseIdentity(value) ?? "malformed");
}

function parseIdentity(value: string): IdentityHeader | undefined {
  const semicolon = value.indexOf(";");
  const passport = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
  const params = parseParams(semicolon < 0 ? "" : withoutBrackets(value.slice(semicolon)));
  const info = params?.get("info");
  if (params === undefined || info === undefined || !/^[\w-]*\.[\w-]*\.[\w-]+$/.test(passport)) return undefined;
  const ppt = (params.get("ppt") ?? "").toLowerCase();
  return { passport, info, ppt, alg: params.get("alg") ?? "ES256" };
}

/** `info=<https://a/b;c>`: quoted, so that what is inside splits nothing. */
function withoutBrackets(params: string): string {
  return params.replace(/(;\s*info\s*=\s*)<([^<>"]*)>/i, '$1"$2"');
}
