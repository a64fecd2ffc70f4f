import { type Params, parseParams } from "./params.ts";
import { formatHost, parseHostPort } from "./uri.ts";

/** One Via value (RFC 3261 section 20.42). */
export interface Via {
  /** Upper case: "UDP", "TCP", "TLS", "WS". */
  readonly transport: string;
  /** sent-by host; an IPv6 address without its brackets. */
  readonly host: string;
  /** sent-by port, `undefined` when it is not written. */
  readonly port: number | undefined;
  readonly params: Params;
  /** The value as received, so that responses can copy it byte for byte. */
  readonly text: string;
}

/** A branch that starts so is unique (RFC 3261 section 8.1.1.7); others follow the rules of RFC 2543. */
export const MAGIC_COOKIE = "z9hG4bK";

/** Parses `SIP/2.0/UDP host:port;params`, with the white space RFC 4475 section 3.1.1.1 allows. */
export function parseVia(text: string): Via | undefined {
  const match = /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9.!%*_+`'~-]+)\s+([^;]+)(;.*)?$/is.exec(text);
  if (match === null) return undefined;
  const sentBy = parseHostPort(match[2]!.replace(/\s+/g, ""));
  const params = parseParams(match[3] ?? "");
  if (sentBy === undefined || params === undefined) return undefined;
  return { transport: match[1]!.toUpperCase(), host: sentBy.host, port: sentBy.port, params, text };
}

/** What a server notes in the topmost Via: where the request really came from (RFC 3261 18.2.1, RFC 3581 section 4). */
export function noteSource(via: Via, address: string, port: number): Via {
  const asksForPort = via.params.has("rport");
  if (!asksForPort && sameHost(via.host, address)) return via;
  let text = via.text.replace(/;\s*received\s*=[^;]*/gi, "");
  if (asksForPort) text = text.replace(/;\s*rport\s*(=[^;]*)?(?=;|$)/i, `;rport=${port}`);
  const params = new Map(via.params).set("received", address);
  if (asksForPort) params.set("rport", String(port));
  return { ...via, params, text: `${text};received=${address}` };
}

export function writeVia(transport: string, host: string, port: number, branch: string): string {
  return `SIP/2.0/${transport.toUpperCase()} ${formatHost(host)}:${port};branch=${branch};rport`;
}

export function sameHost(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
