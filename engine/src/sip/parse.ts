import { type CommonFields, type CSeq, type HeaderField, header, headerList, type SipMessage } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { parseVia, type Via } from "./via.ts";

/** Parser of one SIP message (RFC 3261 sections 7 and 25, minded by the torture tests of RFC 4475). */

export const MAX_MESSAGE_BYTES = 65_535;
const MAX_HEADERS = 256;
/** A STIR Identity header has some 1.5 kB; several PASSporTs on one line stay below this. */
const MAX_HEADER_CHARS = 16_384;
const MAX_VIAS = 70;

/** Why a message was not accepted. Returned by `parseMessage`, never thrown. */
export class SipParseError extends Error {
  override readonly name = "SipParseError";
  constructor(
    /** The fault in words fit for a reason phrase. */
    message: string,
    /** 400, or 505 for another version of SIP. */
    readonly status: 400 | 505 = 400,
    /** What could be read of a request, so that it can be answered; `undefined` for responses and rubbish. */
    readonly request?: { readonly method: string; readonly headers: readonly HeaderField[] },
  ) {
    super(message);
  }
}

/** RFC 3261 section 7.3.3 and the IANA registry of compact forms. */
const COMPACT_NAMES: Readonly<Record<string, string>> = {
  a: "accept-contact",
  b: "referred-by",
  c: "content-type",
  d: "request-disposition",
  e: "content-encoding",
  f: "from",
  i: "call-id",
  j: "reject-contact",
  k: "supported",
  l: "content-length",
  m: "contact",
  n: "identity-info",
  o: "event",
  r: "refer-to",
  s: "subject",
  t: "to",
  u: "allow-events",
  v: "via",
  x: "session-expires",
  y: "identity",
};

/** More than one of these makes the message ambiguous (RFC 4475 section 3.3.8). */
const SINGLE_HEADERS = ["from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type"] as const;

const decoder = new TextDecoder();

/**
 * Parses a datagram or a message cut out of a stream. The body is a view into `bytes`. Whatever the bytes are, the result is
 * a message or a SipParseError.
 */
export function parseMessage(bytes: Uint8Array): SipMessage | SipParseError {
  if (bytes.length > MAX_MESSAGE_BYTES) return new SipParseError("Message too large");
  const start = skipLineEnds(bytes);
  const end = findHeadEnd(bytes, start);
  if (end === undefined) return new SipParseError("No empty line after the headers");
  const lines = unfold(decoder.decode(bytes.subarray(start, end.head)));
  const startLine = parseStartLine(lines[0] ?? "");
  if (startLine instanceof SipParseError) return startLine;
  const headers = parseHeaders(lines);
  const request = startLine.kind === "request" && Array.isArray(headers) ? { ...startLine, headers } : undefined;
  const fail = (reason: string, status: 400 | 505 = 400) => new SipParseError(reason, status, request);
  if (!Array.isArray(headers)) return fail(headers.fault);
  if (startLine.kind === "request" && startLine.version !== "SIP/2.0") return fail("Version not supported", 505);
  const common = parseCommon(headers);
  if ("fault" in common) return fail(common.fault);
  const body = cutBody(bytes, end.body, headers);
  if (body === undefined) return fail("Bad Content-Length");
  if (startLine.kind === "response") {
    return { kind: "response", status: startLine.status, reason: startLine.reason, headers, body, ...common };
  }
  if (!isRequestUri(startLine.uri)) return fail("Bad Request-URI");
  if (common.cseq.method !== startLine.method) return fail("CSeq method does not match");
  return { kind: "request", method: startLine.method, uri: startLine.uri, headers, body, ...common };
}

interface Fault {
  readonly fault: string;
}

type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly uri: string; readonly version: string }
  | { readonly kind: "response"; readonly status: number; readonly reason: string };

function parseStartLine(line: string): StartLine | SipParseError {
  const response = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/i.exec(line);
  if (response !== null) return { kind: "response", status: Number(response[1]), reason: response[2] ?? "" };
  const request = /^([A-Za-z0-9.!%*_+`'~-]{1,64}) (.+) (SIP\/\d{1,9}\.\d{1,9})[ \t]*$/i.exec(line);
  if (request === null) return new SipParseError("Not a SIP message");
  return { kind: "request", method: request[1]!, uri: request[2]!, version: request[3]!.toUpperCase() };
}

function isRequestUri(uri: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"]+$/.test(uri);
}

/** CRLFs before the start line are keep-alives (RFC 3261 section 7.5). */
function skipLineEnds(bytes: Uint8Array): number {
  let start = 0;
  while (bytes[start] === 0x0d || bytes[start] === 0x0a) start++;
  return start;
}

/** Where the head ends and the body begins; bare LF is accepted, as in many stacks. */
export function findHeadEnd(bytes: Uint8Array, from: number): { head: number; body: number } | undefined {
  for (let i = bytes.indexOf(0x0a, from); i >= 0; i = bytes.indexOf(0x0a, i + 1)) {
    const next = bytes[i + 1] === 0x0d ? i + 2 : i + 1;
    if (bytes[next] === 0x0a) return { head: i, body: next + 1 };
  }
  return undefined;
}

/** A line that starts with white space continues the one before (RFC 3261 section 7.3.1). */
function unfold(head: string): string[] {
  return head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
}

function parseHeaders(lines: readonly string[]): HeaderField[] | Fault {
  if (lines.length - 1 > MAX_HEADERS) return { fault: "Too many headers" };
  const headers: HeaderField[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!.replace(/\r$/, "");
    if (line.length > MAX_HEADER_CHARS) return { fault: "Header too long" };
    const match = /^([A-Za-z0-9.!%*_+`'~-]+)[ \t]*:(.*)$/s.exec(line);
    if (match === null) return { fault: "Malformed header line" };
    const name = match[1]!.toLowerCase();
    headers.push({ name: (name.length === 1 && COMPACT_NAMES[name]) || name, value: match[2]!.trim() });
  }
  return headers;
}

function parseCommon(headers: readonly HeaderField[]): CommonFields | Fault {
  const message = { headers };
  const repeated = SINGLE_HEADERS.find((name) => headers.filter((field) => field.name === name).length > 1);
  if (repeated !== undefined) return { fault: `More than one ${repeated}` };
  const vias = parseVias(headerList(message, "via"));
  if (vias === undefined) return { fault: "Missing or malformed Via" };
  const from = parseNameAddr(header(message, "from") ?? "");
  if (from === undefined) return { fault: "Missing or malformed From" };
  const to = parseNameAddr(header(message, "to") ?? "");
  if (to === undefined) return { fault: "Missing or malformed To" };
  const callId = header(message, "call-id");
  if (callId === undefined || !/^\S{1,512}$/.test(callId)) return { fault: "Missing or malformed Call-ID" };
  const cseq = parseCSeq(header(message, "cseq") ?? "");
  if (cseq === undefined) return { fault: "Missing or malformed CSeq" };
  const maxForwards = header(message, "max-forwards");
  if (maxForwards !== undefined && !/^0{0,7}\d{1,3}$/.test(maxForwards)) return { fault: "Malformed Max-Forwards" };
  return { vias, from, to, callId, cseq };
}

function parseVias(values: readonly string[]): Via[] | undefined {
  if (values.length === 0 || values.length > MAX_VIAS) return undefined;
  const vias: Via[] = [];
  for (const value of values) {
    const via = parseVia(value);
    if (via === undefined) return undefined;
    vias.push(via);
  }
  return vias;
}

/** The number must be below 2^31 (RFC 3261 section 8.1.1.5). */
function parseCSeq(text: string): CSeq | undefined {
  const match = /^(\d{1,10})\s+([A-Za-z0-9.!%*_+`'~-]+)$/.exec(text);
  if (match === null || Number(match[1]) >= 2 ** 31) return undefined;
  return { number: Number(match[1]), method: match[2]! };
}

/** RFC 3261 section 18.3: without Content-Length the datagram ends the body; more bytes than that are cut off. */
function cutBody(bytes: Uint8Array, start: number, headers: readonly HeaderField[]): Uint8Array | undefined {
  const text = header({ headers }, "content-length");
  if (text === undefined) return bytes.subarray(start);
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const end = start + Number(text);
  return end > bytes.length ? undefined : bytes.subarray(start, end);
}
