import type { HeaderField } from "./message.ts";

/** Writing of SIP messages (RFC 3261 section 7). Content-Length is always written, last. */

export interface MessageParts {
  readonly headers: readonly HeaderField[];
  /** "" for none. */
  readonly body: string;
}

const encoder = new TextEncoder();

/** Spelling of names that is not plain capitals after hyphens. */
const SPELLING: Readonly<Record<string, string>> = {
  "call-id": "Call-ID",
  cseq: "CSeq",
  "www-authenticate": "WWW-Authenticate",
  "mime-version": "MIME-Version",
  rack: "RAck",
  rseq: "RSeq",
};

export function writeRequest(method: string, uri: string, parts: MessageParts): Uint8Array {
  return writeParts(`${method} ${oneLine(uri)} SIP/2.0`, parts);
}

export function writeResponse(status: number, reason: string, parts: MessageParts): Uint8Array {
  return writeParts(`SIP/2.0 ${status} ${oneLine(reason)}`, parts);
}

function writeParts(startLine: string, { headers, body }: MessageParts): Uint8Array {
  let head = `${startLine}\r\n`;
  for (const { name, value } of headers) head += `${spell(name)}: ${oneLine(value)}\r\n`;
  return encoder.encode(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** A line end inside a value would start a header of somebody else's choice. */
function oneLine(value: string): string {
  return value.replace(/[\r\n]+/g, " ");
}

function spell(name: string): string {
  return (
    SPELLING[name] ?? oneLine(name).replace(/(^|-)([a-z])/g, (_, dash, letter) => `${dash}${letter.toUpperCase()}`)
  );
}

/** The default reason phrase of a status (RFC 3261 section 21). */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? CLASS_REASONS[Math.floor(status / 100)] ?? "Unknown";
}

const CLASS_REASONS: Readonly<Record<number, string>> = {
  1: "Session Progress",
  2: "OK",
  3: "Redirect",
  4: "Request Failure",
  5: "Server Failure",
  6: "Global Failure",
};

const REASONS: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  183: "Session Progress",
  200: "OK",
  202: "Accepted",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Moved Temporarily",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  415: "Unsupported Media Type",
  416: "Unsupported URI Scheme",
  420: "Bad Extension",
  422: "Session Interval Too Small",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  482: "Loop Detected",
  486: "Busy Here",
  487: "Request Terminated",
  489: "Bad Event",
  488: "Not Acceptable Here",
  491: "Request Pending",
  500: "Server Internal Error",
  501: "Not Implemented",
  504: "Server Time-out",
  503: "Service Unavailable",
  505: "Version Not Supported",
  600: "Busy Everywhere",
  603: "Decline",
};
