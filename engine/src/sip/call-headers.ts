import { headerLines, headerList, type SipRequest } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import type { StirVerdict } from "./stir/verify.ts";
import { parseUri } from "./uri.ts";

/** What a carrier says about a call in the headers of its INVITE. Trust it only from that carrier's own addresses. */

export type CarrierVerdict = "A" | "B" | "C" | "failed" | "none";

export interface CallHeaders {
  /** URI of P-Asserted-Identity (RFC 3325), the sip one first; `undefined` when there is none. */
  readonly assertedIdentity: string | undefined;
  /** The caller asked not to be shown (RFC 3323, RFC 3325). */
  readonly isPrivate: boolean;
  /** URIs, the last diversion first (RFC 5806). */
  readonly diversions: readonly string[];
  /** URIs in the order of the header (RFC 7044). */
  readonly history: readonly string[];
  /** STIR/SHAKEN as the carrier checked it; `undefined` when it says nothing. */
  readonly verdict: CarrierVerdict | undefined;
  /** X- headers in order: name in lower case, value cut to 1024 characters. At most 32. */
  readonly extensions: readonly { readonly name: string; readonly value: string }[];
}

const MAX_URIS = 16;
const MAX_EXTENSIONS = 32;
const MAX_VALUE_CHARS = 1024;

export function readCallHeaders(request: SipRequest): CallHeaders {
  const asserted = uris(request, "p-asserted-identity");
  const extensions = request.headers.filter(({ name }) => name.startsWith("x-")).slice(0, MAX_EXTENSIONS);
  return {
    assertedIdentity: asserted.find((uri) => uri.toLowerCase().startsWith("sip")) ?? asserted[0],
    isPrivate: isPrivate(request),
    diversions: uris(request, "diversion"),
    history: uris(request, "history-info"),
    verdict: readVerdict(request),
    extensions: extensions.map(({ name, value }) => ({ name, value: value.slice(0, MAX_VALUE_CHARS) })),
  };
}

/** The caller asked not to be shown (RFC 3323, RFC 3325). */
export function isPrivate(request: SipRequest): boolean {
  const wishes = headerLines(request, "privacy")
    .join(";")
    .toLowerCase()
    .split(/[;,\s]+/);
  return wishes.includes("id") || wishes.includes("user");
}

/** Of a trunk whose word counts for nothing: as if the carrier had said nothing. */
export const NO_HEADERS: CallHeaders = {
  assertedIdentity: undefined,
  isPrivate: false,
  diversions: [],
  history: [],
  verdict: undefined,
  extensions: [],
};

/** With our own check of the identity in place of the carrier's, where ours came to a result. */
export function withStir(headers: CallHeaders, stir: StirVerdict): CallHeaders {
  if (stir.status === "verified") return { ...headers, verdict: stir.attest };
  const isForged = stir.status === "failed" && !["bad-info", "timeout"].includes(stir.fault);
  return isForged ? { ...headers, verdict: "failed" } : headers;
}

function uris(request: SipRequest, name: string): string[] {
  const values = headerList(request, name).slice(0, MAX_URIS);
  return values.flatMap((value) => parseNameAddr(value)?.uri ?? []);
}

/** `verstat` stands in the URI or after it, by carrier; Twilio has a header of its own, Bandwidth an attestation beside it. */
function readVerdict(request: SipRequest): CarrierVerdict | undefined {
  const parties = headerList(request, "p-asserted-identity").flatMap((value) => parseNameAddr(value) ?? []);
  const written = [...parties, request.from].flatMap(({ uri, params }) => [
    params.get("verstat"),
    parseUri(uri)?.params.get("verstat"),
    /;verstat=([A-Za-z-]+)/i.exec(uri)?.[1],
  ]);
  const verstat = written.find((each) => each !== undefined) ?? headerLines(request, "x-twilio-verstat")[0];
  const indicator = headerLines(request, "p-attestation-indicator")[0]?.trim().toUpperCase();
  return verstat === undefined ? undefined : toVerdict(verstat, indicator);
}

/** A passed check without a letter is an A (Telnyx), unless the indicator says less. */
function toVerdict(verstat: string, indicator: string | undefined): CarrierVerdict {
  const match = /^TN-Validation-(Passed|Failed)(?:-([ABC])(?:-|$))?/i.exec(verstat.trim());
  if (match === null) return "none";
  if (match[1]!.toLowerCase() === "failed") return "failed";
  const letter = match[2]?.toUpperCase() ?? indicator;
  return letter === "B" || letter === "C" ? letter : "A";
}
