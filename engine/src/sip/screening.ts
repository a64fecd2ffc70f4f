import { contactUri, tagOf } from "./dialog.ts";
import { type HeaderField, header, headerList, type SipRequest } from "./message.ts";
import { screenSessionExpires } from "./session-timer.ts";
import { parseUri } from "./uri.ts";

/** Inspection of requests before anything is done with them (RFC 3261 section 8.2). */

export const ALLOWED_METHODS = [
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "OPTIONS",
  "PRACK",
  "UPDATE",
  "REFER",
  "NOTIFY",
] as const;
/** What an Accept must have one of, or our answer cannot be read. */
const SDP_TYPES: readonly string[] = ["application/sdp", "application/*", "*/*"];
/** Extensions that a request may require of us. */
const EXTENSIONS: readonly string[] = ["100rel", "timer", "replaces", "norefersub"];
export const ALLOW: HeaderField = { name: "allow", value: ALLOWED_METHODS.join(", ") };
export const SUPPORTED: HeaderField = { name: "supported", value: EXTENSIONS.join(", ") };
export const ACCEPT: HeaderField = { name: "accept", value: "application/sdp" };

/** A final response without body. */
export interface Refusal {
  readonly status: number;
  readonly headers: readonly HeaderField[];
}

/** The first reason to refuse the request, in the order of section 8.2; `undefined` when there is none. */
export function screen(request: SipRequest): Refusal | undefined {
  if (!ALLOWED_METHODS.some((method) => method === request.method)) return { status: 405, headers: [ALLOW] };
  const uri = parseUri(request.uri);
  if (uri === undefined) return isKnownScheme(request.uri) ? refuse(400) : refuse(416);
  if (request.method === "CANCEL") return undefined;
  const unknown = headerList(request, "require").filter((option) => !EXTENSIONS.includes(option.toLowerCase()));
  if (unknown.length > 0) {
    return { status: 420, headers: [{ name: "unsupported", value: unknown.join(", ") }] };
  }
  return screenBody(request) ?? screenInvite(request) ?? screenSessionExpires(request);
}

function refuse(status: number): Refusal {
  return { status, headers: [] };
}

function isKnownScheme(uri: string): boolean {
  return /^(sips?|tel):/i.test(uri);
}

/** Section 8.2.3: a body we cannot read, unless the sender says that it does not matter. */
function screenBody(request: SipRequest): Refusal | undefined {
  if (request.body.length === 0 || /handling\s*=\s*"?optional/i.test(header(request, "content-disposition") ?? "")) {
    return undefined;
  }
  const encoding = header(request, "content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    return { status: 415, headers: [ACCEPT, { name: "accept-encoding", value: "identity" }] };
  }
  if ((request.method !== "INVITE" && request.method !== "UPDATE") || isSdp(request)) return undefined;
  return { status: 415, headers: [ACCEPT] };
}

function screenInvite(request: SipRequest): Refusal | undefined {
  if (request.method !== "INVITE") return undefined;
  const accepted = headerList(request, "accept").map((type) => type.split(";", 1)[0]!.trim().toLowerCase());
  if (accepted.length > 0 && !accepted.some((type) => SDP_TYPES.includes(type))) return refuse(406);
  return contactUri(request) === undefined || tagOf(request.from) === "" ? refuse(400) : undefined;
}

/** A body without a type is taken for SDP when it looks like it. */
export function isSdp(message: { readonly headers: readonly HeaderField[]; readonly body: Uint8Array }): boolean {
  if (message.body.length === 0) return false;
  const [type = ""] = (header(message, "content-type") ?? "application/sdp").split(";", 1);
  return type.trim().toLowerCase() === "application/sdp";
}
